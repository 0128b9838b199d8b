"""The queue of name keys, clusters, and what assign does to the graph of every GraphStore."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from store_samples import (
    CITY,
    CURIE,
    MARIE,
    SORBONNE,
    WARSAW,
    extraction,
    put,
    resolve_by_name,
    vectors_for,
)

from kgqa.errors import StoreError
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Entity, Link, Triple

BORN = Triple(MARIE, "P19", WARSAW)
TAUGHT = Triple(MARIE, "P108", SORBONNE)


def test_writes_queue_the_keys_they_touch(store: GraphStore) -> None:
    assert store.pending_keys() == []
    put(store, CURIE)
    assert store.pending_keys() == ["1903", "curie", "marie curie", "sorbonne", "warsaw"]
    store.assign([], [], ["curie", "warsaw", "never seen"])
    assert store.pending_keys() == ["1903", "marie curie", "sorbonne"]
    resolve_by_name(store)
    assert store.pending_keys() == []
    put(store, extraction("curie.txt", "Paris.", [["Paris"]]))
    assert store.pending_keys() == ["1903", "curie", "marie curie", "paris", "sorbonne", "warsaw"]
    resolve_by_name(store)
    store.delete_document(CURIE.document.id)
    assert store.pending_keys() == ["paris"]


def test_unchanged_queues_nothing(store: GraphStore) -> None:
    put(store, CURIE)
    resolve_by_name(store)
    put(store, CURIE)
    assert store.pending_keys() == []


def test_clusters_as_linking_sees_them(store: GraphStore) -> None:
    put(store, CURIE)
    put(store, CITY)
    found = store.clusters(["curie", "marie curie"])
    assert [context.cluster for context in found] == sorted(
        (CURIE.clusters[0], CITY.clusters[1]), key=lambda cluster: cluster.id
    )
    marie = next(c for c in found if c.cluster == CURIE.clusters[0])
    assert marie.keys == ("curie", "marie curie")
    assert (marie.document_digest, marie.document_title) == (CURIE.document.digest, "Marie Curie")
    assert marie.entity_id is None
    mean = vectors_for(CURIE).mean(axis=0)
    np.testing.assert_allclose(marie.vector, mean / np.linalg.norm(mean), atol=2e-3)
    assert marie.vector.dtype == np.float32
    resolve_by_name(store)
    assert {c.entity_id for c in store.clusters(["marie curie"])} == {MARIE}
    assert store.clusters(["unknown", "\ud800"]) == []


def test_a_topic_without_mentions(store: GraphStore) -> None:
    made = extraction("x.txt", "She was born there.", [["Marie Curie"]], title="Marie Curie")
    put(store, made)
    (context,) = store.clusters(["marie curie"])
    assert context.cluster == made.clusters[0]
    assert context.cluster.about
    assert not context.vector.any()
    assert context.vector.shape == vectors_for(made)[0].shape
    resolve_by_name(store)
    assert [e.name for e in store.all_entities()] == ["Marie Curie"]
    assert [n.count for n in store.find_entities(["marie curie"])] == [0]


def test_nothing_is_in_the_graph_before_it_is_linked(store: GraphStore) -> None:
    put(store, CURIE)
    assert (store.stats().entities, store.stats().triples, store.stats().evidence) == (0, 0, 0)
    assert store.find_entities(["warsaw"]) == []


def test_assign_makes_entities_triples_and_evidence(store: GraphStore) -> None:
    put(store, CURIE)
    put(store, CITY)
    resolve_by_name(store)
    stats = store.stats()
    assert (stats.entities, stats.triples, stats.evidence) == (5, 2, 3)
    assert set(store.all_triples()) == {BORN, TAUGHT}
    evidence = store.evidence_of([TAUGHT, BORN])
    assert [e.triple for e in evidence] == [TAUGHT, BORN, BORN]
    assert {e.passage_id for e in evidence} == {CURIE.passages[0].id, CITY.passages[0].id}
    assert (evidence[0].start, evidence[0].end) == (0, CURIE.passages[0].end)
    assert (evidence[0].score, evidence[0].extractor) == (0.5, "x1")


def test_delete_removes_exactly_what_only_it_supported(store: GraphStore) -> None:
    put(store, CITY)
    resolve_by_name(store)
    before = store.stats()
    put(store, CURIE)
    resolve_by_name(store)
    assert store.stats().digest != before.digest
    store.delete_document(CURIE.document.id)
    assert set(store.all_triples()) == {BORN}
    assert store.entities([SORBONNE]) == []
    assert store.entities([MARIE])[0].aliases == ()
    resolve_by_name(store)
    assert store.stats() == before


def test_aliases_are_what_the_linked_clusters_are_called(store: GraphStore) -> None:
    put(store, CURIE)
    put(store, CITY)
    resolve_by_name(store)
    assert store.entities([MARIE])[0] == Entity(MARIE, "person", "Marie Curie", ("Curie",))
    store.assign([], [Link(CURIE.clusters[0].id, None, 0.0)], [])
    assert store.entities([MARIE])[0].aliases == ()
    assert store.find_entities(["curie"]) == []


def test_clusters_of_one_entity_state_nothing_about_it(store: GraphStore) -> None:
    put(store, CURIE)
    names = [Entity("one", "person", "One"), Entity("two", "person", "Two")]
    marie, warsaw, *_ = (cluster.id for cluster in CURIE.clusters)
    store.assign(names, [Link(marie, "one", 1.0), Link(warsaw, "one", 1.0)], [])
    assert list(store.all_triples()) == []
    store.assign(names, [Link(marie, "one", 1.0), Link(warsaw, "two", 1.0)], [])
    assert list(store.all_triples()) == [Triple("one", "P19", "two")]
    store.assign([], [Link(warsaw, None, 1.0)], [])
    assert list(store.all_triples()) == []
    assert [e.id for e in store.all_entities()] == ["one"]


def test_merging_and_parting_leave_no_trace(store: GraphStore) -> None:
    put(store, CURIE)
    put(store, CITY)
    resolve_by_name(store)
    before = store.stats()
    ids = [c.cluster.id for c in store.clusters(["marie curie", "sorbonne"])]
    merged = Entity("merged", "person", "Merged")
    store.assign([merged], [Link(uid, "merged", 1.0) for uid in ids], [])
    assert set(store.all_triples()) == {Triple("merged", "P19", WARSAW)}
    assert store.entities([MARIE, SORBONNE]) == []
    for name, kind, uid in (
        ("Marie Curie", "person", MARIE),
        ("Sorbonne", "organization", SORBONNE),
    ):
        links = [Link(c.cluster.id, uid, 1.0) for c in store.clusters([name.lower()])]
        store.assign([Entity(uid, kind, name)], links, [])
    assert store.entities(["merged"]) == []
    assert store.stats() == before


def test_an_entity_takes_its_new_name_and_type(store: GraphStore) -> None:
    put(store, CURIE)
    resolve_by_name(store)
    renamed = Entity(MARIE, "miscellaneous", "Madame Curie", (), "chemist")
    store.assign([renamed], [], [])
    assert store.entities([MARIE]) == [replace(renamed, aliases=("Curie", "Marie Curie"))]
    assert [n.entity.id for n in store.find_entities(["madame curie"])] == [MARIE]


def test_entities_without_a_cluster_disappear(store: GraphStore) -> None:
    put(store, CURIE)
    store.assign([Entity("idle", "person", "Idle")], [], [])
    assert list(store.all_entities()) == []


def test_a_link_to_no_entity_changes_nothing(store: GraphStore) -> None:
    put(store, CURIE)
    before = store.stats(), store.pending_keys(), store.version()
    link = Link(CURIE.clusters[0].id, "nobody", 1.0)
    with pytest.raises(StoreError, match="nobody"):
        store.assign([Entity("some", "person", "Some")], [link], ["warsaw"])
    assert (store.stats(), store.pending_keys(), store.version()) == before


def test_a_link_of_a_cluster_that_is_gone_is_left_out(store: GraphStore) -> None:
    put(store, CURIE)
    store.assign([Entity("a", "person", "A")], [Link("gone", "a", 1.0)], ["warsaw"])
    assert list(store.all_entities()) == []
    assert "warsaw" not in store.pending_keys()


def test_homonyms_are_found_most_used_first(store: GraphStore) -> None:
    one = extraction("1.txt", "John Smith.", [["John Smith"]])
    two = extraction("2.txt", "John Smith. John Smith. Smith.", [["John Smith", "Smith"]])
    put(store, one)
    put(store, two)
    people = [Entity("p1", "person", "John Smith"), Entity("p2", "person", "John Smith")]
    links = [Link(one.clusters[0].id, "p1", 1.0), Link(two.clusters[0].id, "p2", 1.0)]
    store.assign(people, links, store.pending_keys())
    found = store.find_entities(["john smith", "smith", "unknown", "\ud800"])
    assert [(n.entity.id, n.key, n.count) for n in found] == [
        ("p2", "john smith", 2),
        ("p1", "john smith", 1),
        ("p2", "smith", 1),
    ]


def test_a_key_touched_while_it_was_resolved_stays_pending(store: GraphStore) -> None:
    put(store, CURIE)
    keys = store.pending_keys()
    contexts = store.clusters(keys)
    with open_store(store.url) as other:
        put(other, CITY)
    entity = Entity(MARIE, "person", "Marie Curie")
    store.assign([entity], [Link(contexts[0].cluster.id, MARIE, 1.0)], keys)
    assert store.pending_keys() == ["marie curie", "paris", "warsaw"]


def test_a_resolver_that_was_overtaken_leaves_its_keys_pending(store: GraphStore) -> None:
    put(store, CURIE)
    keys = store.pending_keys()
    with open_store(store.url) as other:
        resolve_by_name(other)
        done = other.stats()
    stale = Link(CURIE.clusters[0].id, "stale", 1.0)
    store.assign([Entity("stale", "person", "Stale")], [stale], keys)
    assert store.pending_keys() == keys
    resolve_by_name(store)
    assert store.pending_keys() == []
    assert store.stats() == done
