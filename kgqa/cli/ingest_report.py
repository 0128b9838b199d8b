"""`kgqa ingest --report FILE`: where the page goes, and writing it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.errors import ConfigError, KgqaError

if TYPE_CHECKING:
    from kgqa.evaluate.ingest_finds import FindsReport
    from kgqa.models import Models
    from kgqa.store.base import GraphStore
    from kgqa.types import IngestReport


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A page that can be written: that it can is found out before the work."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> ReportFile:
        """
        Raises:
            ConfigError: it is a folder, or its folder is not there or cannot be written to.
        """
        if path.is_dir():
            raise ConfigError(
                f"--report {path}: expected a file, got a folder; name a file in it, such as "
                f"{path / 'report.html'}"
            )
        try:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
            if path.exists() and not os.access(path, os.W_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise ConfigError(
                f"--report {path}: expected a file that can be written to, {error.strerror}; "
                "choose another"
            ) from error
        return cls(path)

    @property
    def source(self) -> str:
        """The source that a document read from it would have."""
        from kgqa.documents.paths import source_of

        return source_of(os.path.realpath(self.path))

    def write(
        self,
        report: FindsReport,
        models: Models,
        *,
        dry_run: bool = False,
        interrupted: bool = False,
    ) -> None:
        """Write the page, whole or not at all.

        Raises:
            KgqaError: it cannot be written.
        """
        from kgqa.evaluate.ingest_page import ingest_page
        from kgqa.evaluate.report_files import write_text

        when = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
        labels = {relation.id: relation.label for relation in models.ontology.relations}
        page = ingest_page(report, labels, when=when, dry_run=dry_run, interrupted=interrupted)
        try:
            # Half a character pair of a damaged text is in no encoding.
            write_text(self.path, [page.encode("utf-8", "replace").decode()])
        except KgqaError as error:
            reason = getattr(error.__cause__, "strerror", None) or error
            raise KgqaError(f"--report {self.path}: cannot be written ({reason})") from error


@contextmanager
def reported(
    store: GraphStore, models: Models, page: ReportFile | None, *, dry_run: bool = False
) -> Iterator[tuple[IngestReport, Callable[[], None]]]:
    """A report to fill, and what writes its page as it is. The page is also written in the end,
    and when the work is interrupted; without a page, nothing is."""
    from kgqa.types import IngestReport

    if page is None:
        yield IngestReport(), lambda: None
        return
    from kgqa.evaluate.ingest_finds import FindsReport

    report = FindsReport(store)
    save = partial(page.write, report, models, dry_run=dry_run)
    try:
        yield report, save
    except BaseException:
        with contextlib.suppress(KgqaError):  # what interrupted it is what is told
            save(interrupted=True)
        raise
    save()
