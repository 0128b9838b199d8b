"""`kgqa copy --from URL --to URL`: a graph from one store into another."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json, printable
from kgqa.cli.stores import open_existing


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "copy", "copy a graph from one store into another", run)
    parser.add_argument(
        "--from", dest="source", metavar="URL", required=True, help="the store to read"
    )
    parser.add_argument("--to", dest="target", metavar="URL", required=True, help="an empty store")


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.errors import StoreError
    from kgqa.store.copy import copy_graph
    from kgqa.store.open import open_store

    if arguments.source == arguments.target:
        raise StoreError(f"copy: expected two stores, got {arguments.source!r} twice")
    ontology = settings_of(arguments).ontology
    with (
        open_existing(arguments.source) as source,
        open_store(arguments.target, ontology) as target,
    ):
        stats = copy_graph(source, target)
    if arguments.json:
        print_json({"from": arguments.source, "to": arguments.target, **asdict(stats)})
    else:
        print(
            f"copied {stats.documents} documents, {stats.entities} entities and "
            f"{stats.triples} triples to {printable(arguments.target)}"
        )
        print(f"digest {stats.digest} in both")
    return 0
