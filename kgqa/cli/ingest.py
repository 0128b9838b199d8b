"""`kgqa ingest`: documents into the graph; again makes no change."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.cli.formats import print_formats
from kgqa.cli.ingest_report import ReportFile, reported
from kgqa.cli.ingest_sources import own_files, read_options, without
from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json, printable
from kgqa.cli.progress import passages_bar
from kgqa.cli.stores import store_exists

if TYPE_CHECKING:
    from kgqa.config import Settings
    from kgqa.documents.vanished import Reading
    from kgqa.store.base import GraphStore
    from kgqa.types import IngestReport, Rejection

_SHOWN = 5


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "ingest", "take documents into the graph", run)
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="files, folders and patterns (--list-formats says which), or - for standard input",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and change nothing"
    )
    parser.add_argument(
        "--list-formats", action="store_true", help="the formats that are read, and what they need"
    )
    parser.add_argument(
        "--language",
        metavar="CODE",
        help="of all documents (ISO 639-1, such as en); else each document's own is told from "
        "its text",
    )
    parser.add_argument(
        "--xml-element",
        metavar="NAME",
        help="the element of .xml files whose text is a document",
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 where anything was rejected"
    )
    parser.add_argument(
        "--report",
        metavar="FILE.html",
        type=Path,
        help="write a page of what was read, found and rejected",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="go on, and take in what changes, until Ctrl-C; what vanishes is retired",
    )
    vanished = parser.add_mutually_exclusive_group()
    vanished.add_argument(
        "--retire",
        action="store_true",
        default=None,
        help="delete documents that were ingested from these paths and are gone",
    )
    vanished.add_argument(
        "--keep",
        dest="retire",
        action="store_false",
        help="retire no document (so it is without --watch)",
    )
    parser.set_defaults(wrong_usage=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    if arguments.list_formats:
        return print_formats(arguments.json)
    if not arguments.paths:
        arguments.wrong_usage("the following arguments are required: PATH")
    settings = settings_of(
        arguments, language=arguments.language, xml_element=arguments.xml_element
    )
    page = None if arguments.report is None else ReportFile.at(arguments.report)
    if arguments.watch:
        from kgqa.cli.ingest_watch import watch

        report = watch(arguments, settings, page)
    else:
        report = _ingest(arguments, settings, page)
    return told(report, arguments)


def _ingest(
    arguments: argparse.Namespace, settings: Settings, page: ReportFile | None
) -> IngestReport:
    from kgqa.documents.read import read_documents
    from kgqa.documents.vanished import Reading
    from kgqa.models import Models
    from kgqa.pipeline import ingest

    models, dry_run = Models(settings), arguments.dry_run
    sources = read_documents(arguments.paths, read_options(settings))
    reading = Reading(without(own_files(settings.store, page), sources))
    with (
        _target(settings.store, settings.ontology, dry_run) as store,
        reported(store, models, page, dry_run=dry_run) as (report, _),
    ):
        with passages_bar("ingest") as advance:
            ingest(reading, store, models, progress=advance, dry_run=dry_run, report=report)
        if arguments.retire:
            _retire(reading, arguments.paths, store, report, dry_run)
    return report


@contextmanager
def _target(url: str, ontology: Path | None, dry_run: bool) -> Iterator[GraphStore]:
    """The store; a dry run without one looks at an empty store that is gone afterwards."""
    from kgqa.store.open import open_store

    if not dry_run or store_exists(url):
        with open_store(url, ontology) as store:
            yield store
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/empty.db") as store,
    ):
        yield store


def _retire(
    reading: Reading, paths: list[str], store: GraphStore, report: IngestReport, dry_run: bool
) -> None:
    """Delete what was ingested from the paths and is gone."""
    from kgqa.link.resolve import resolve

    for document in reading.vanished(paths, store.documents()):
        if dry_run or store.delete_document(document.id):
            report.deleted(document.id)
    if report.retired and not dry_run:
        resolve(store)


def told(report: IngestReport, arguments: argparse.Namespace) -> int:
    """Print what was done; the exit code."""
    rejected = len(report.rejections)
    failed = ""
    # A watch may wait for its first document.
    if not report.taken and not arguments.watch:
        failed = f"no document was taken, {rejected} rejected"
    elif arguments.strict and rejected:
        failed = f"{rejected} rejected, expected none with --strict"
    if arguments.json:
        record = report_record(report, arguments.dry_run)
        print_json(record | ({"error": failed} if failed else {}))
    else:
        print(summary(report, arguments.dry_run))
        for line in rejection_lines(report.rejections):
            print(line, file=sys.stderr)
    if failed:
        print(f"kgqa: error: {failed}", file=sys.stderr)
    return 1 if failed else 0


def report_record(report: IngestReport, dry_run: bool) -> dict[str, object]:
    """What `--json` prints."""
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "retired": report.retired,
        "rejected": len(report.rejections),
        "rejections": [
            {"source": r.source, "reason": r.reason, "detail": r.detail} for r in report.rejections
        ],
        "refused": [asdict(refusal) for refusal in report.refusals],
        "formats": _named(report.formats),
        "languages": _named(report.languages),
        "unread_languages": report.unread_languages,
        "dry_run": dry_run,
    }


def _named(counts: Counter[str]) -> dict[str, int]:
    return {name or "unknown": n for name, n in counts.most_common()}


def summary(report: IngestReport, dry_run: bool) -> str:
    """One line of counts."""
    counts = (
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        + (f"{report.retired} retired, " if report.retired else "")
        + f"{len(report.rejections)} rejected"
    )
    unread = report.unread_languages
    if unread:
        each = ", ".join(f"{code} {n}" for code, n in unread.items())
        counts += (
            f"; {sum(unread.values())} in languages that the weights do not read ({each}): stored, "
            "nothing extracted"
        )
    return f"dry run, nothing written: {counts}" if dry_run else counts


def rejection_lines(rejections: list[Rejection]) -> list[str]:
    """Rejections grouped by reason, the most frequent first, a few sources of each."""
    groups: dict[str, list[Rejection]] = {}
    for rejection in rejections:
        groups.setdefault(rejection.reason, []).append(rejection)
    lines = []
    for reason, group in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        lines.append(f"rejected, {reason}: {len(group)}")
        for rejection in group[:_SHOWN]:
            detail = f": {printable(rejection.detail)}" if rejection.detail else ""
            lines.append(f"  {printable(rejection.source)}{detail}")
        if len(group) > _SHOWN:
            lines.append(f"  and {len(group) - _SHOWN} more (--json lists all)")
    return lines
