from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kgqa.link.resolve import resolve
from kgqa.qa.support import with_support
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import (
    Answer,
    AnswerSpan,
    Cluster,
    Document,
    Extraction,
    Mention,
    Passage,
    RelationMention,
    Subgraph,
)

TEXT = "Ada Brandt died in Old Tallinn. Her sister Eva Brandt lives in Old Tallinn in Estonia."
NAMES = ("Ada Brandt", "Old Tallinn", "Eva Brandt", "Estonia")
STATED = (("Ada Brandt", "P20", "Old Tallinn"), ("Eva Brandt", "P551", "Old Tallinn"),
          ("Old Tallinn", "P17", "Estonia"), ("Ada Brandt", "P3373", "Eva Brandt"))  # fmt: skip
SECOND = TEXT.index("Her")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    """The first relation is stated in the first sentence, the others in the second."""
    document = Document.create("a.txt", "Brandt", TEXT)
    passage = Passage("p", document.id, 0, len(TEXT), TEXT)
    clusters = []
    for name in NAMES:
        start = TEXT.index(name)
        mention = Mention("p", start, start + len(name), name, "location", 1.0)
        clusters.append(Cluster(name, document.id, "location", name, (mention,)))
    relations = tuple(
        RelationMention(h, r, t, "p", SECOND if n else 0, len(TEXT) if n else SECOND, 0.9, "test")
        for n, (h, r, t) in enumerate(STATED)
    )
    with open_store(f"sqlite:///{tmp_path / 'g.db'}") as opened:
        made = Extraction(document, (passage,), tuple(clusters), relations, "test")
        opened.replace_document(made, np.ones((1, 2), np.float32))
        resolve(opened)
        yield opened


def supported(store: GraphStore, seed: str, answer: Answer) -> tuple[Answer, list[str]]:
    entities = list(store.all_entities())
    names = {entity.id: entity.name for entity in entities}
    seeds = tuple(entity.id for entity in entities if entity.name == seed)
    subgraph = Subgraph(seeds, tuple(entities), tuple(store.all_triples()))
    found = with_support(answer, subgraph, store)
    return found, [f"{names[t.head]} {t.relation} {names[t.tail]}" for t in found.triples]


def answered(text: str, start: int) -> Answer:
    span = AnswerSpan("p", "a.txt", start, start + len(text), text)
    return Answer("q", text, 0.9, spans=(span,))


def test_what_joins_seed_and_answer_comes_before_what_stands_beside_it(store: GraphStore) -> None:
    found, triples = supported(
        store, "Ada Brandt", answered("Old Tallinn", TEXT.rindex("Old Tallinn"))
    )
    assert triples[0] == "Ada Brandt P20 Old Tallinn"
    assert set(triples[1:]) == {
        "Eva Brandt P551 Old Tallinn", "Old Tallinn P17 Estonia", "Ada Brandt P3373 Eva Brandt"
    }  # fmt: skip
    assert [evidence.triple for evidence in found.evidence] == list(found.triples)
    assert TEXT[found.evidence[0].start : found.evidence[0].end].startswith("Ada Brandt died")


def test_a_triple_of_the_answer_alone_is_no_support(store: GraphStore) -> None:
    _, triples = supported(store, "Ada Brandt", answered("Tallinn", TEXT.index("Tallinn")))
    assert triples == ["Ada Brandt P20 Old Tallinn"]


def test_an_abstention_has_no_support(store: GraphStore) -> None:
    found, triples = supported(store, "Ada Brandt", Answer("q", None, 0.1))
    assert (found.evidence, triples) == ((), [])
