"""Reading and walking the graph of every GraphStore."""

from __future__ import annotations

import numpy as np
import pytest
from store_samples import (
    CITY,
    CURIE,
    MARIE,
    SORBONNE,
    WARSAW,
    edges_by_id,
    entity_id,
    extraction,
    put,
    resolve_by_name,
)

from kgqa.store.base import GraphStore
from kgqa.types import Entity, Triple

PARIS, YEAR = entity_id("Paris", "location"), entity_id("1903", "time")


@pytest.fixture
def graph(store: GraphStore) -> GraphStore:
    put(store, CURIE)
    put(store, CITY)
    resolve_by_name(store)
    return store


def test_entities_in_the_order_asked(graph: GraphStore) -> None:
    found = graph.entities([WARSAW, "none", MARIE, WARSAW, "\ud800"])
    assert [e.id for e in found] == [WARSAW, MARIE, WARSAW]


def test_triples_of_best_supported_first(graph: GraphStore) -> None:
    born, taught = Triple(MARIE, "P19", WARSAW), Triple(MARIE, "P108", SORBONNE)
    assert graph.triples_of([MARIE, WARSAW]) == [born, taught]
    assert graph.triples_of([SORBONNE, "none"]) == [taught]
    assert graph.triples_of([MARIE], limit=1) == [born]
    assert graph.triples_of([PARIS]) == graph.triples_of([]) == graph.triples_of([MARIE], 0) == []


def test_evidence_of_unknown_and_repeated_triples(graph: GraphStore) -> None:
    born = Triple(MARIE, "P19", WARSAW)
    unknown = [Triple(WARSAW, "P19", MARIE), Triple(MARIE, "P999", WARSAW), Triple("", "", "")]
    assert graph.evidence_of(unknown) == []
    assert len(graph.evidence_of([born, *unknown, born])) == 2


def test_documents_of(graph: GraphStore) -> None:
    found = graph.documents_of([WARSAW, PARIS, "none"])
    assert [d.source for d in found[WARSAW]] == ["curie.txt", "folder/warsaw.txt"]
    assert [d.title for d in found[PARIS]] == ["Warsaw"]
    assert {d.text for documents in found.values() for d in documents} == {""}
    assert set(found) == {WARSAW, PARIS}


def test_entities_of(graph: GraphStore) -> None:
    first, second = CURIE.passages
    assert graph.entities_of([second.id, first.id, "none"]) == {
        second.id: sorted([YEAR, MARIE, SORBONNE]),
        first.id: sorted([MARIE, WARSAW]),
    }


def test_edges_weigh_mentions_topics_and_triples(graph: GraphStore) -> None:
    graph.upsert([], [Triple(WARSAW, "P1", MARIE), Triple(MARIE, "P20", WARSAW)])
    (first, second), (third, fourth) = ([p.id for p in made.passages] for made in (CURIE, CITY))
    half = {
        (first, MARIE): 2.0,
        (second, MARIE): 2.0,
        (third, MARIE): 1.0,
        (first, WARSAW): 1.0,
        (third, WARSAW): 2.0,
        (fourth, WARSAW): 2.0,
        (second, SORBONNE): 1.0,
        (second, YEAR): 1.0,
        (fourth, PARIS): 1.0,
        (MARIE, WARSAW): 3.0,
        (MARIE, SORBONNE): 1.0,
    }
    assert edges_by_id(graph) == half | {(t, s): w for (s, t), w in half.items()}


def test_a_topic_is_joined_to_all_passages_of_its_document(store: GraphStore) -> None:
    made = extraction("x.txt", "She was born.\nShe worked.", [["Marie Curie"]], title="Marie Curie")
    put(store, made)
    resolve_by_name(store)
    edges = edges_by_id(store)
    assert {edges[passage.id, MARIE] for passage in made.passages} == {2.0}
    assert store.entities_of([made.passages[0].id]) == {made.passages[0].id: []}


def test_edges_of_a_frontier_are_all_of_its_edges_once(graph: GraphStore) -> None:
    keys = graph.node_keys([CURIE.passages[0].id], [MARIE])
    nodes = [keys[MARIE], keys[CURIE.passages[0].id], keys[MARIE]]
    edges = graph.edges(nodes)
    names = graph.node_ids(edges.targets.tolist())
    marie = sorted(
        names[target]
        for source, target in zip(edges.sources.tolist(), edges.targets.tolist(), strict=True)
        if source == keys[MARIE]
    )
    passages = [p.id for p in (*CURIE.passages, CITY.passages[0])]
    assert marie == sorted([*passages, WARSAW, SORBONNE])
    assert set(edges.sources.tolist()) == set(nodes)


def test_edges_of_nothing(graph: GraphStore) -> None:
    for nodes in ([], [10**12, 10**12 + 1]):
        edges = graph.edges(nodes)
        assert len(edges.sources) == len(edges.targets) == len(edges.weights) == 0
        assert edges.sources.dtype == np.int64
        assert edges.weights.dtype == np.float32


def test_a_triple_with_itself_is_no_edge(store: GraphStore) -> None:
    store.upsert([Entity("a", "person", "A"), Entity("b", "person", "B")],
                 [Triple("a", "P1", "a"), Triple("a", "P1", "b")])  # fmt: skip
    assert edges_by_id(store) == {("a", "b"): 1.0, ("b", "a"): 1.0}


def test_node_keys_and_back(graph: GraphStore) -> None:
    passage = CURIE.passages[0].id
    keys = graph.node_keys([passage, "none"], [WARSAW, "none"])
    assert set(keys) == {passage, WARSAW}
    assert (keys[passage] % 2, keys[WARSAW] % 2) == (0, 1)
    assert graph.node_ids([*keys.values(), 10**12]) == {k: uid for uid, k in keys.items()}
    assert graph.node_keys() == {}


def test_many_keys_in_one_call(graph: GraphStore) -> None:
    padding = [f"none {n}" for n in range(3_000)]
    assert [e.id for e in graph.entities([*padding, MARIE])] == [MARIE]
    assert len(graph.find_entities([*padding, "warsaw"])) == 1
    assert len(graph.passages([*padding, CURIE.passages[0].id])) == 1
