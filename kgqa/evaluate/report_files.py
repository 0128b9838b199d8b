"""The files of an evaluation: predictions, page and report."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kgqa.errors import KgqaError
from kgqa.evaluate.page import report_page
from kgqa.evaluate.report import EvaluationReport, Outcomes


def write_report(
    report: EvaluationReport,
    predictions: Iterable[Mapping[str, object]],
    folder: Path,
    outcomes: Outcomes | None = None,
) -> None:
    """Write predictions.jsonl, report.html and, last, report.json; each appears whole.

    Raises:
        KgqaError: the folder cannot be made or written.
    """
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in predictions)
    summary = json.dumps(report.to_json(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    make_folder(folder)
    write_text(folder / "predictions.jsonl", lines)
    write_text(folder / "report.html", [report_page(report, outcomes)])
    write_text(folder / "report.json", [summary])


def make_folder(folder: Path) -> None:
    """Make the folder, and see that it can be written to: before the long work, not after it.

    Raises:
        KgqaError: it cannot be made or written.
    """
    with _writing_into(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def write_text(path: Path, lines: Iterable[str]) -> None:
    """Write a file that appears whole or not at all.

    Raises:
        KgqaError: it cannot be written.
    """
    with _writing_into(path.parent):
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8", errors="surrogatepass") as stream:
                stream.writelines(lines)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _writing_into(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KgqaError(
            f"expected a folder to write to, {folder}: {error.strerror or error}; "
            "choose another --out"
        ) from error
