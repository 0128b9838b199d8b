"""The files of an evaluation: predictions, page and report."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / "predictions.jsonl", lines)
        write_text(folder / "report.html", [report_page(report, outcomes)])
        write_text(folder / "report.json", [summary])
    except OSError as error:
        raise KgqaError(
            f"expected a folder to write the report to, {folder}: "
            f"{error.strerror or error}; choose another --out"
        ) from error


def write_text(path: Path, lines: Iterable[str]) -> None:
    """Write a file that appears whole or not at all. Raises OSError."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="surrogatepass") as stream:
            stream.writelines(lines)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
