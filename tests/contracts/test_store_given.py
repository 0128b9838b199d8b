"""Given knowledge (upsert) in every GraphStore."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from store_samples import CITY, CURIE, MARIE, WARSAW, put, resolve_by_name

from kgqa.errors import StoreError
from kgqa.store.base import GraphStore
from kgqa.types import Entity, Triple

PIERRE = Entity("g1", "person", "Pierre Curie", ("P. Curie", "Pierre"), "physicist")
FRANCE = Entity("g2", "location", "France")
CITIZEN = Triple("g1", "P27", "g2")


def test_given_knowledge_is_in_the_graph(store: GraphStore) -> None:
    store.upsert(iter([PIERRE, FRANCE]), iter([CITIZEN]))
    assert list(store.all_entities()) == [PIERRE, FRANCE]
    assert list(store.all_triples()) == [CITIZEN]
    assert store.evidence_of([CITIZEN]) == []
    assert [n.entity for n in store.find_entities(["pierre", "france"])] == [FRANCE, PIERRE]
    stats = store.stats()
    assert (stats.entities, stats.triples, stats.evidence) == (2, 1, 0)


def test_again_changes_nothing(store: GraphStore) -> None:
    store.upsert([PIERRE, FRANCE], [CITIZEN])
    before = store.stats()
    store.upsert([PIERRE, FRANCE, FRANCE], [CITIZEN, CITIZEN])
    assert store.stats() == before


def test_an_existing_entity_keeps_its_name_and_gets_the_aliases(store: GraphStore) -> None:
    store.upsert([PIERRE], [])
    store.upsert([Entity("g1", "location", "Mr Curie", ("Pete", "Pierre Curie"))], [])
    aliases = ("Mr Curie", "P. Curie", "Pete", "Pierre")
    assert store.entities(["g1"]) == [Entity("g1", "person", "Pierre Curie", aliases, "physicist")]


def test_given_knowledge_outlives_documents(store: GraphStore) -> None:
    store.upsert(
        [Entity(MARIE, "person", "Marie Sklodowska"), FRANCE], [Triple(MARIE, "P27", "g2")]
    )
    before = store.stats()
    put(store, CURIE)
    resolve_by_name(store)
    assert store.entities([MARIE])[0].name == "Marie Sklodowska"
    assert store.entities([MARIE])[0].aliases == ("Curie", "Marie Curie")
    store.delete_document(CURIE.document.id)
    resolve_by_name(store)
    assert store.stats() == before
    assert store.entities([MARIE])[0].aliases == ()


def test_the_ends_of_a_given_triple_outlive_their_documents(store: GraphStore) -> None:
    put(store, CURIE)
    resolve_by_name(store)
    store.upsert([], [Triple(MARIE, "P19", WARSAW), Triple(MARIE, "P20", WARSAW)])
    assert store.stats().triples == 3
    store.delete_document(CURIE.document.id)
    assert {t.relation for t in store.all_triples()} == {"P19", "P20"}
    assert {e.name for e in store.all_entities()} == {"Marie Curie", "Warsaw"}


def test_a_stated_triple_that_is_also_given_stays(store: GraphStore) -> None:
    ends = [Entity(MARIE, "person", "Marie Curie"), Entity(WARSAW, "location", "Warsaw")]
    store.upsert(ends, [Triple(MARIE, "P19", WARSAW)])
    put(store, CITY)
    resolve_by_name(store)
    assert len(store.evidence_of([Triple(MARIE, "P19", WARSAW)])) == 1
    store.delete_document(CITY.document.id)
    assert list(store.all_triples()) == [Triple(MARIE, "P19", WARSAW)]


def test_given_before_or_after_the_documents(new_store: Callable[[], GraphStore]) -> None:
    given = [Entity(MARIE, "person", "Marie Sklodowska", ("Maria",))]
    first, last = new_store(), new_store()
    first.upsert(given, [])
    put(first, CURIE)
    resolve_by_name(first)
    put(last, CURIE)
    resolve_by_name(last)
    last.upsert(given, [])
    resolve_by_name(last)
    assert first.stats() == last.stats()


@pytest.mark.parametrize("end", ["nobody", "half \ud800"])
def test_a_triple_without_its_entity(store: GraphStore, end: str) -> None:
    with pytest.raises(StoreError, match="expected ids of entities"):
        store.upsert([PIERRE], [Triple("g1", "P26", end)])
    assert list(store.all_triples()) == []
    store.upsert([FRANCE], [CITIZEN])
    assert list(store.all_triples()) == [CITIZEN]


def test_given_names_queue_the_clusters_that_bear_them(store: GraphStore) -> None:
    put(store, CURIE)
    resolve_by_name(store)
    store.upsert([Entity("g3", "person", "M. Curie", ("Curie", "Nobody else"))], [])
    assert store.pending_keys() == ["curie"]
