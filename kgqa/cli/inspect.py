"""`kgqa inspect`: every entity of a name, with its aliases, documents and triples."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgqa.cli.options import Commands, add_verb, positive, settings_of
from kgqa.cli.output import print_json, printable
from kgqa.cli.stores import open_existing
from kgqa.cli.triples import NamedTriple, named_triples, triple_lines
from kgqa.errors import QuestionError

if TYPE_CHECKING:
    from kgqa.ontology import Ontology
    from kgqa.store.base import GraphStore
    from kgqa.types import Document, Entity


@dataclass(frozen=True, slots=True)
class Match:
    """An entity that carries the name, with what the graph says of it."""

    entity: Entity
    documents: list[Document]
    triples: list[NamedTriple]

    def to_json(self) -> dict[str, object]:
        """As `kgqa inspect --json` shows it."""
        return {
            "id": self.entity.id,
            "type": self.entity.type,
            "name": self.entity.name,
            "aliases": list(self.entity.aliases),
            "description": self.entity.description,
            "documents": [
                {"id": document.id, "source": document.source, "title": document.title}
                for document in self.documents
            ],
            "triples": [triple.to_json() for triple in self.triples],
        }

    def text(self) -> str:
        """As `kgqa inspect` shows it, lines joined."""
        lines = [f"{printable(self.entity.name)} ({self.entity.type}, id {self.entity.id})"]
        if self.entity.description:
            lines.append(f"  {printable(self.entity.description)}")
        if self.entity.aliases:
            lines.append("  also: " + "; ".join(printable(a) for a in self.entity.aliases))
        lines += ["  triples:", *triple_lines(self.triples, "    ")] if self.triples else []
        if self.documents:
            lines.append("  documents:")
            lines += [f"    {printable(d.title)} ({printable(d.source)})" for d in self.documents]
        return "\n".join(lines)


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "inspect", "what the graph says of an entity", run)
    parser.add_argument("entity", metavar="ENTITY", help="a name, an alias or an entity id")
    parser.add_argument(
        "--limit", metavar="N", type=positive, default=100, help="most triples shown (100)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.ontology import load_ontology

    if not arguments.entity.strip():
        raise QuestionError(
            "expected the name or id of an entity, got an empty one; "
            "try `kgqa inspect 'Marie Curie'`"
        )
    settings = settings_of(arguments)
    with open_existing(settings.store) as store:
        ontology = load_ontology(settings.ontology)
        found = find_matches(store, ontology, arguments.entity, arguments.limit)
    if arguments.json:
        print_json({"matches": [match.to_json() for match in found]})
    elif found:
        print("\n\n".join(match.text() for match in found))
    else:
        print(f"no entity is called {printable(arguments.entity)!r}")
    return 0


def find_matches(store: GraphStore, ontology: Ontology, name: str, limit: int) -> list[Match]:
    """Entities by name (most used first) or id; without a match, by the unqualified name."""
    entities = _called(store, name)
    documents = store.documents_of([entity.id for entity in entities])
    matches = []
    for entity in entities:
        triples = named_triples(store.triples_of([entity.id], limit), store, ontology)
        matches.append(Match(entity, documents.get(entity.id, []), triples))
    return matches


def _called(store: GraphStore, name: str) -> list[Entity]:
    from kgqa.names import name_key, without_qualifier

    for spelling in (name, without_qualifier(name)):
        named = store.find_entities([name_key(spelling)])
        entities = [*store.entities([spelling]), *(found.entity for found in named)]
        if entities:
            return list({entity.id: entity for entity in entities}.values())
    return []
