from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from retrieve_corpus import WordEncoder, film_store, put

from kgqa.link.candidates import seed_entities
from kgqa.retrieve.entity_scores import EntitySettings, entity_scores
from kgqa.retrieve.node_cache import NodeCache
from kgqa.retrieve.retriever import RetrievalSettings, Retriever
from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors

QUESTION = "Where was the director of Night Harbour born?"


@dataclass(frozen=True)
class GivenGates:
    """Opens P19 as far as it is told, every other relation not at all."""

    vector: Vectors
    forward: float = 0.0
    backward: float = 0.0
    topics: list[tuple[int, int]] = field(default_factory=list)

    def gates(
        self, topics: Sequence[tuple[int, int]], relations: Sequence[str]
    ) -> NDArray[np.float32]:
        self.topics.extend(topics)
        rows = [(self.forward, self.backward) if r == "P19" else (0.0, 0.0) for r in relations]
        return np.array(rows, np.float32).reshape(-1, 2)


@dataclass(frozen=True)
class GivenReader:
    encoder: WordEncoder
    forward: float = 0.0
    backward: float = 0.0

    def read(self, question: str) -> GivenGates:
        return GivenGates(self.encoder.encode([question])[0], self.forward, self.backward)


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def store(tmp_path: Path, encoder: WordEncoder) -> Iterator[GraphStore]:
    with film_store(tmp_path, encoder) as opened:
        yield opened


def scores_of(
    store: GraphStore, question: GivenGates, settings: EntitySettings, text: str = QUESTION
) -> dict[str, float]:
    """Entity name -> score."""
    cache = NodeCache(store)
    cache.refresh()
    found = entity_scores(store, cache, seed_entities(store, text), question, settings)
    return {entity.name: found[entity.id] for entity in store.entities(list(found))}


def test_an_open_relation_leads_one_step_in_its_direction(
    store: GraphStore, encoder: WordEncoder
) -> None:
    only = EntitySettings(named=0.3, mentioned=0.0, namesake=0.0)
    read = GivenReader(encoder, forward=0.8).read(QUESTION)
    found = scores_of(store, read, only)
    assert found["Night Harbour"] == pytest.approx(0.3)
    assert found["Olga Brandt"] == pytest.approx(0.8)
    assert found.get("Tallinn", 0.0) == 0.0
    assert [QUESTION[a:b] for a, b in read.topics] == ["Night Harbour"]
    back = scores_of(store, GivenReader(encoder, backward=0.8).read(QUESTION), only)
    assert back.get("Olga Brandt", 0.0) == 0.0
    asked = "Who directed films, Olga Brandt?"
    back = scores_of(store, GivenReader(encoder, backward=0.8).read(asked), only, asked)
    assert back["Night Harbour"] == pytest.approx(0.8)


def test_what_an_article_mentions_counts_without_a_triple(
    tmp_path: Path, encoder: WordEncoder
) -> None:
    found = {}
    with film_store(tmp_path, encoder) as store:
        for share in (0.0, 0.25):
            settings = EntitySettings(named=0.0, mentioned=share, namesake=0.0)
            found[share] = scores_of(store, GivenReader(encoder).read(QUESTION), settings)
    assert found[0.0].get("Olga Brandt", 0.0) == 0.0
    assert found[0.25]["Olga Brandt"] == pytest.approx(0.25)


def test_a_question_that_names_nothing_has_no_scores(
    store: GraphStore, encoder: WordEncoder
) -> None:
    text = "what do bakers bake from flour?"
    read = GivenReader(encoder, forward=1.0).read(text)
    assert scores_of(store, read, EntitySettings(), text) == {}


def test_the_article_that_the_open_relation_leads_to_rises(
    tmp_path: Path, encoder: WordEncoder
) -> None:
    question = "Which director made Night Harbour?"
    crowd = [(f"Director {n}", f"A director made Night Harbour {n}.", "") for n in range(6)]
    weights = RetrievalSettings(passage_weight=5.0, graph_weight=2.0)
    with film_store(tmp_path, encoder) as store:
        put(store, encoder, crowd)
        retriever = Retriever(store, encoder, weights, GivenReader(encoder, forward=1.0))
        with_graph = [found.title for found in retriever.passages(question, 100)]
        found = retriever.passages(question, 100, graph=False)
        without = [one.title for one in found]
        plain = Retriever(store, encoder, weights).passages(question, 100)
    assert found == plain
    assert with_graph.index("Olga Brandt") < without.index("Olga Brandt")


def test_weight_zero_leaves_the_network_out(store: GraphStore, encoder: WordEncoder) -> None:
    off = Retriever(
        store, encoder, RetrievalSettings(graph_weight=0.0), GivenReader(encoder, forward=1.0)
    )
    assert not off.reads_graph
    assert off.passages(QUESTION) == Retriever(store, encoder).passages(QUESTION)


def test_fused_scores_fall_from_one(store: GraphStore, encoder: WordEncoder) -> None:
    retriever = Retriever(store, encoder, reader=GivenReader(encoder, forward=0.9))
    scores = [found.score for found in retriever.passages(QUESTION)]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert retriever.reads_graph
