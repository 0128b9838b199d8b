"""`kgqa import`: triples straight into the graph; again makes no change."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.cli.ingest import rejection_lines
from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json
from kgqa.cli.progress import progress_bar

if TYPE_CHECKING:
    from kgqa.documents.triples import GivenTriple
    from kgqa.link.given import ImportReport
    from kgqa.types import Rejection


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "import", "take triples into the graph", run)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=Path,
        help="head|relation|tail lines, tab-separated lines or JSON lines, or - for standard input",
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.link.given import import_triples
    from kgqa.store.open import open_store

    sources = _read(arguments.files)
    settings = settings_of(arguments)
    with (
        open_store(settings.store, settings.ontology) as store,
        progress_bar("import", "triples") as advance,
    ):
        report = import_triples(sources, store, advance)
    failed = f"no triple was taken, {len(report.rejections)} rejected"
    if arguments.json:
        print_json(report_record(report) | ({} if report.taken else {"error": failed}))
    else:
        print(summary(report))
        for line in rejection_lines(list(report.rejections)):
            print(line, file=sys.stderr)
    if report.taken:
        return 0
    print(f"kgqa: error: {failed}", file=sys.stderr)
    return 1


def _read(files: Sequence[Path]) -> Iterator[GivenTriple | Rejection]:
    """The files one after the other; one that cannot be read is a rejection, as in ingest."""
    from kgqa.documents.build import rejection_of
    from kgqa.documents.triples import read_triples
    from kgqa.errors import DocumentError

    for file in files:
        try:
            yield from read_triples(file)
        except DocumentError as error:
            yield rejection_of(error)


def report_record(report: ImportReport) -> dict[str, object]:
    """What `--json` prints."""
    return {
        "added": report.added,
        "unchanged": report.unchanged,
        "entities": report.entities,
        "rejected": len(report.rejections),
        "rejections": [
            {"source": r.source, "reason": r.reason, "detail": r.detail} for r in report.rejections
        ],
    }


def summary(report: ImportReport) -> str:
    """One line of counts."""
    return (
        f"{report.added} triples and {report.entities} entities added, "
        f"{report.unchanged} triples unchanged, {len(report.rejections)} rejected"
    )
