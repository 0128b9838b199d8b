"""`kgqa ingest`: documents into the graph; again makes no change."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json, printable
from kgqa.cli.progress import progress_bar
from kgqa.cli.stores import store_exists

if TYPE_CHECKING:
    from pathlib import Path

    from kgqa.store.base import GraphStore
    from kgqa.types import IngestReport, Refusal, Rejection

_SHOWN = 5


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "ingest", "take documents into the graph", run)
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="files, folders and patterns (.txt .md .html .jsonl .json .warc .wet), "
        "or - for standard input",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and change nothing"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.documents.read import ReadOptions, read_documents
    from kgqa.models import Models
    from kgqa.pipeline import ingest

    settings = settings_of(arguments)
    sources = read_documents(arguments.paths, ReadOptions(max_bytes=settings.max_document_bytes))
    dry_run = arguments.dry_run
    with (
        _target(settings.store, settings.ontology, dry_run) as store,
        progress_bar("ingest", "documents") as advance,
    ):
        report = ingest(sources, store, Models(settings), progress=advance, dry_run=dry_run)
    failed = f"no document was taken, {len(report.rejections)} rejected"
    if arguments.json:
        print_json(report_record(report, dry_run) | ({} if report.taken else {"error": failed}))
    else:
        print(summary(report, dry_run))
        for line in rejection_lines(report.rejections):
            print(line, file=sys.stderr)
    if report.taken:
        return 0
    print(f"kgqa: error: {failed}", file=sys.stderr)
    return 1


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


def report_record(report: IngestReport, dry_run: bool) -> dict[str, object]:
    """What `--json` prints."""
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": len(report.rejections),
        "rejections": [
            {"source": r.source, "reason": r.reason, "detail": r.detail} for r in report.rejections
        ],
        "refused": [asdict(refusal) for refusal in summed(report.refused)],
        "dry_run": dry_run,
    }


def summary(report: IngestReport, dry_run: bool) -> str:
    """One line of counts."""
    counts = (
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{len(report.rejections)} rejected"
    )
    return f"dry run, nothing written: {counts}" if dry_run else counts


def summed(refusals: Iterable[Refusal]) -> list[Refusal]:
    """One refusal for each kind that the ontology does not allow, the most frequent first."""
    from kgqa.types import Refusal

    counts: Counter[tuple[str, str, str]] = Counter()
    for refusal in refusals:
        counts[refusal.relation, refusal.head_type, refusal.tail_type] += refusal.count
    return [Refusal(*kind, count) for kind, count in counts.most_common()]


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
