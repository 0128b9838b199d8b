"""Triples with names in place of ids, for people and for `--json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgqa.cli.output import printable

if TYPE_CHECKING:
    from kgqa.ontology import Ontology
    from kgqa.store.base import GraphStore
    from kgqa.types import Entity, Triple


@dataclass(frozen=True, slots=True)
class NamedTriple:
    """A triple with its ends looked up and its relation's label."""

    head: Entity
    relation: str
    label: str
    tail: Entity

    def to_json(self) -> dict[str, object]:
        """As every verb with `--json` shows a triple."""
        return {
            "head": _end(self.head),
            "relation": {"id": self.relation, "label": self.label},
            "tail": _end(self.tail),
        }

    def text(self) -> str:
        """One line: head -- relation -- tail."""
        return (
            f"{printable(self.head.name)} -- {printable(self.label)} -- {printable(self.tail.name)}"
        )


def named_triples(
    triples: Sequence[Triple], store: GraphStore, ontology: Ontology
) -> list[NamedTriple]:
    """Look up the ends and labels; a relation that the ontology lacks is put into words."""
    from kgqa.documents.relation_words import relation_words

    ids = dict.fromkeys(end for triple in triples for end in (triple.head, triple.tail))
    entities = {entity.id: entity for entity in store.entities(list(ids))}
    labels = {relation.id: relation.label for relation in ontology.relations}
    return [
        NamedTriple(
            entities[triple.head],
            triple.relation,
            relation_words(triple.relation, labels),
            entities[triple.tail],
        )
        for triple in triples
        if triple.head in entities and triple.tail in entities
    ]


def triple_lines(triples: Iterable[NamedTriple], indent: str = "  ") -> list[str]:
    """A line for each triple."""
    return [indent + triple.text() for triple in triples]


def _end(entity: Entity) -> dict[str, str]:
    return {"id": entity.id, "type": entity.type, "name": entity.name}
