"""`kgqa export`: the graph as JSON lines, GraphML, CSV or Neo4j's bulk files."""

from __future__ import annotations

import argparse
from pathlib import Path

from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json
from kgqa.cli.stores import open_existing


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "export", "write the graph to a file", run)
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="its suffix tells: .jsonl, .graphml or .csv"
    )
    parser.add_argument(
        "--format",
        choices=("neo4j-csv",),
        help="take FILE for a folder: what `neo4j-admin database import full` loads",
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.store.export import export

    settings = settings_of(arguments)
    with open_existing(settings.store) as store:
        paths = export(store, arguments.file, arguments.format, settings.ontology)
    written = [str(path) for path in paths]
    if arguments.json:
        print_json({"files": written})
    else:
        print(f"wrote {', '.join(written)}")
    return 0
