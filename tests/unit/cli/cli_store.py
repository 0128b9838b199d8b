"""What the tests of the command line share: one extraction, and what a command left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kgqa.types import Cluster, Document, Extraction, Mention, Passage, RelationMention

TEXT = "Marie Curie was born in Warsaw. Curie won two Nobel Prizes."


@dataclass(frozen=True)
class Outcome:
    """What one command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


def curie(source: str = "/texts/marie_curie.txt") -> Extraction:
    """A document with two clusters and one relation between them."""
    document = Document.create(source, "Marie Curie", TEXT)
    first = f"{document.id}:0"
    person = Cluster(
        f"{document.id}/0",
        document.id,
        "person",
        "Marie Curie",
        (
            Mention(first, 0, 11, "Marie Curie", "person", 0.9),
            Mention(first, 32, 37, "Curie", "person", 0.8),
        ),
        about=True,
    )
    city = Cluster(
        f"{document.id}/1",
        document.id,
        "location",
        "Warsaw",
        (Mention(first, 24, 30, "Warsaw", "location", 0.9),),
    )
    relation = RelationMention(person.id, "P19", city.id, first, 0, 31, 0.9, "test")
    passage = Passage(first, document.id, 0, len(TEXT), TEXT)
    return Extraction(document, (passage,), (person, city), (relation,), "test")
