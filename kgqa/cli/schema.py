"""`kgqa schema show|check|apply`: the ontology in force, and a server's database schema."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.cli.options import Commands, add_group, add_verb, positive, settings_of
from kgqa.cli.output import print_json, printable

if TYPE_CHECKING:
    from kgqa.ontology import Ontology, Relation


def add(commands: Commands) -> None:
    """The verb, its own verbs and their options."""
    verbs = add_group(commands, "schema", "show or check the ontology, prepare a database")
    add_verb(verbs, "show", "print the mention types and relations in force", show)
    parser = add_verb(verbs, "check", "validate an ontology file", check)
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        nargs="?",
        help="a YAML file; without it, the ontology that the settings name",
    )

    parser = add_verb(verbs, "apply", "make a Neo4j database's constraints and indexes", apply)
    parser.add_argument(
        "--width",
        type=positive,
        default=384,
        metavar="N",
        help="width of the passage vectors, as the backbone makes them (default: 384)",
    )


def apply(arguments: argparse.Namespace) -> int:
    """`kgqa schema apply`; its exit code."""
    url = settings_of(arguments).store
    made: list[str] = []
    if not url.startswith("sqlite:"):  # a SQLite store has its schema from when it is made
        from kgqa.store.neo4j import prepare

        made = prepare(url, arguments.width)
    if arguments.json:
        print_json({"store": url, "made": made})
    else:
        what = f"made {len(made)} constraints and indexes" if made else "nothing to do"
        print(f"{printable(url)}: {what}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """`kgqa schema show`; its exit code."""
    from kgqa.ontology import load_ontology

    ontology = load_ontology(settings_of(arguments).ontology)
    if arguments.json:
        print_json(asdict(ontology))
    else:
        print(_table(ontology))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """`kgqa schema check`; its exit code."""
    from kgqa.ontology import load_ontology

    path = arguments.file or settings_of(arguments).ontology
    ontology = load_ontology(path)
    name = "the packaged ontology" if path is None else str(path)
    types, relations = len(ontology.mention_types), len(ontology.relations)
    if arguments.json:
        print_json(
            {
                "file": None if path is None else str(path),
                "mention_types": types,
                "relations": relations,
                "digest": ontology.digest,
            }
        )
    else:
        print(f"{name} is valid: {types} mention types, {relations} relations")
        print(f"digest {ontology.digest}")
    return 0


def _table(ontology: Ontology) -> str:
    lines = [f"ontology {ontology.version}, digest {ontology.digest}", "", "mention types"]
    lines += [f"  {kind.id:<14} {printable(kind.description)}" for kind in ontology.mention_types]
    lines += ["", "relations"]
    lines += [_row(relation) for relation in ontology.relations]
    return "\n".join(lines)


def _row(relation: Relation) -> str:
    ends = f"{'|'.join(relation.head)} -> {'|'.join(relation.tail)}"
    marks = ["symmetric"] if relation.symmetric else []
    marks += [f"inverse {relation.inverse}"] if relation.inverse else []
    suffix = f"  [{', '.join(marks)}]" if marks else ""
    return f"  {relation.id:<6} {printable(relation.label)}: {ends}{suffix}"
