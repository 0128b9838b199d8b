"""`kgqa ingest --watch`: takes in what changes in files and folders, until Ctrl-C."""

from __future__ import annotations

import argparse
import glob
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from kgqa.cli.ingest_report import ReportFile, reported
from kgqa.cli.ingest_sources import own_files, read_options
from kgqa.cli.output import printable
from kgqa.cli.progress import passages_bar
from kgqa.documents.paths import STANDARD_INPUT, FoundFile
from kgqa.documents.vanished import Reading, holders
from kgqa.documents.watched import Watched
from kgqa.errors import ConfigError, KgqaError
from kgqa.types import IngestReport, Rejection, document_id

if TYPE_CHECKING:
    from kgqa.config import Settings
    from kgqa.models import Models
    from kgqa.store.base import GraphStore

_LONGEST_PAUSE = 60.0


def watch(
    arguments: argparse.Namespace, settings: Settings, page: ReportFile | None
) -> IngestReport:
    """Ingest, then ingest what changes; returns after Ctrl-C, with what was done in all.

    Raises:
        ConfigError: there is nothing to watch.
        KgqaError: the store or the weights cannot be read, or the first ingest fails.
    """
    from kgqa.models import Models
    from kgqa.store.open import open_store

    check_watchable(arguments.paths, arguments.dry_run)
    models = Models(settings)
    own = own_files(settings.store, page)
    with (
        open_store(settings.store, settings.ontology) as store,
        reported(store, models, page) as (report, save),
    ):
        watched = Watched(arguments.paths, lambda found: found.source in own)
        retire = arguments.retire is not False
        rounds = Rounds(watched, store, models, report, retire=retire, save=save)
        try:
            rounds.first()
            while True:
                time.sleep(rounds.pause_seconds)
                rounds.next()
        except KeyboardInterrupt:
            report.rejections += watched.rejections
    return report


def check_watchable(paths: Sequence[str], dry_run: bool) -> None:
    """Raises ConfigError where a path is none that can be watched."""
    if dry_run:
        raise ConfigError("--watch: not allowed with --dry-run; leave one of them out")
    for path in paths:
        if path == STANDARD_INPUT:
            raise ConfigError(
                "--watch: expected files and folders, got - (standard input cannot be watched); "
                "leave it out"
            )
        if not os.path.lexists(path) and not glob.has_magic(path):
            raise ConfigError(
                f"--watch: expected a file or folder that is there, got {path!r}; make it, or "
                "check the path"
            )


class Rounds:
    """One ingest after the other, each of what has changed since the last.

    Args:
        report: filled by all rounds.
        retire: delete what was ingested from the paths and is gone.
        save: called after each round.
    """

    def __init__(
        self,
        watched: Watched,
        store: GraphStore,
        models: Models,
        report: IngestReport,
        *,
        retire: bool,
        save: Callable[[], None],
    ) -> None:
        self.watched = watched
        self.store = store
        self.models = models
        self.report = report
        self.retire = retire
        self.save = save
        self._reading = Reading()
        self._failures = 0
        self._told: set[Rejection] = set()

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next round; longer after each that failed."""
        pause = self.watched.pause_seconds
        return min(pause * 2.0**self._failures, max(_LONGEST_PAUSE, pause))

    def first(self) -> None:
        """Ingest all that is there and at rest. What is still being written goes in later.

        Raises:
            KgqaError: it fails; no later round would do better.
        """
        changes, before = self.watched.look(), self._counts()
        if changes.moving:
            time.sleep(self.watched.settle_seconds)
            changes = self.watched.look()
        for found in changes.moving:
            self._reading.left(found.source)
        with passages_bar("ingest") as advance:
            self._ingest(changes.changed, (), advance)
        if self.retire:
            gone = self._reading.vanished(self.watched.paths, self.store.documents())
            self._delete([document.id for document in gone])
        self.save()
        self._tell(before)
        _say(f"watching {', '.join(self.watched.paths)}; Ctrl-C ends it")

    def next(self) -> None:
        """Ingest what has changed, if anything has. An error is told, and the next round does
        what this one could not."""
        changes, before = self.watched.look(), self._counts()
        if not changes and not self._failures:
            return
        try:
            self._ingest(changes.changed, changes.vanished)
            if self.retire:
                self._delete(map(document_id, self._reading.former(self.watched.paths)))
            self.save()
        except (KgqaError, OSError) as error:
            self._failures += 1
            self.watched.again(changes.changed)
            _say(f"error: {error}; trying again in {self.pause_seconds:.0f} s")
        else:
            self._failures = 0
            self._tell(before)

    def _ingest(
        self,
        changed: Sequence[FoundFile],
        vanished: Sequence[FoundFile],
        advance: Callable[[int, int], None] | None = None,
    ) -> None:
        """Ingest the changed files; a file that brings its batch down is rejected alone."""
        from kgqa.documents.read import read_documents
        from kgqa.pipeline import ingest

        files = {found.source for found in (*changed, *vanished)}
        self._reading.forget(files)
        kept = [r for r in self.report.rejections if not holders(r.source) & files]
        self.report.rejections = kept
        sources = read_documents([str(f.path) for f in changed], read_options(self.models.settings))
        reading = self._reading.over(sources)
        try:
            ingest(reading, self.store, self.models, progress=advance, report=self.report)
        except (KgqaError, OSError):
            raise  # of the store or the weights: no other file would do better
        except Exception as error:
            if len(changed) == 1:
                told = f"{type(error).__name__}: {error}"
                self.report.rejections.append(Rejection(changed[0].source, "not extracted", told))
                self._reading.left(changed[0].source)
                return
            if not changed:
                raise
            for found in changed:
                self._ingest([found], (), advance)

    def _delete(self, document_ids: Iterable[str]) -> None:
        from kgqa.link.resolve import resolve

        deleted = 0
        for document in document_ids:
            if self.store.delete_document(document):
                deleted += 1
                self.report.deleted(document)
        if deleted:
            resolve(self.store)

    def _counts(self) -> tuple[int, int, int]:
        return self.report.added, self.report.updated, self.report.retired

    def _tell(self, before: tuple[int, int, int]) -> None:
        """Say what a round did, where it did anything, and what it newly rejected."""
        names = ("added", "updated", "retired")
        done = [
            f"{now - then} {name}"
            for name, now, then in zip(names, self._counts(), before, strict=True)
            if now > then
        ]
        if done:
            _say(f"{time.strftime('%H:%M:%S')} {', '.join(done)}")
        rejections = (*self.report.rejections, *self.watched.rejections)
        for rejection in rejections:
            if rejection not in self._told:
                detail = f": {rejection.detail}" if rejection.detail else ""
                _say(f"rejected, {rejection.reason}: {rejection.source}{detail}")
        self._told = set(rejections)


def _say(line: str) -> None:
    print(f"kgqa: {printable(line)}", file=sys.stderr)
