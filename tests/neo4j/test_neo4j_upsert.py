"""Given knowledge is written by several sessions at once, and beside other writers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_samples import CURIE, MARIE, put, resolve_by_name

from kgqa.errors import StoreError
from kgqa.store import neo4j_triples, neo4j_upsert
from kgqa.store.neo4j import Neo4jStore
from kgqa.store.neo4j_given import create_given_entities
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.open import open_store
from kgqa.types import Entity, Triple

ENTITIES = [
    Entity(f"e{n}", "person", f"Name {n}", (f"Alias {n % 7}",) if n % 3 == 0 else ())
    for n in range(60)
]
# A few hubs, and an end that returns in every batch.
TRIPLES = [Triple(f"e{n}", f"P{n % 5}", f"e{n * n % 11}") for n in range(60)]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_upsert, "ENTITIES_BATCH", 4)
    monkeypatch.setattr(neo4j_triples, "TRIPLES_BATCH", 7)


@pytest.mark.usefixtures("small_batches")
def test_many_batches_at_once_give_what_one_gives(
    new_neo4j_url: Callable[[], str], tmp_path: Path
) -> None:
    again = [Entity("e0", "person", "Later name"), Entity("e59", "location", "Elsewhere")]
    with (
        Neo4jStore.open(new_neo4j_url()) as store,
        open_store(f"sqlite:///{tmp_path / 'plain.db'}") as plain,
    ):
        for target in (plain, store):
            target.upsert([*ENTITIES, *again], [*TRIPLES, *TRIPLES[:20]])
        assert store.stats() == plain.stats()
        assert list(store.all_entities()) == list(plain.all_entities())
        before = store.stats(), store.version()
        store.upsert([*ENTITIES, *again], TRIPLES)
        assert (store.stats(), store.version()) == before


@pytest.mark.usefixtures("small_batches")
def test_writers_of_the_same_entities_meet(
    new_neo4j_url: Callable[[], str], tmp_path: Path
) -> None:
    """Three stores write one graph, with a document's names among it; nothing doubles."""
    url, failures = new_neo4j_url(), []

    def write(part: int) -> None:
        try:
            with Neo4jStore.open(url) as store:
                store.upsert(ENTITIES[part * 10 :] + ENTITIES[: part * 10], TRIPLES)
                if part == 0:
                    put(store, CURIE)
                    resolve_by_name(store)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(part,)) for part in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with (
        Neo4jStore.open(url) as store,
        open_store(f"sqlite:///{tmp_path / 'plain.db'}") as plain,
    ):
        plain.upsert(ENTITIES, TRIPLES)
        put(plain, CURIE)
        for target in (plain, store):
            resolve_by_name(target)
        assert store.stats() == plain.stats()


def test_an_entity_that_another_writer_created_first(new_neo4j_url: Callable[[], str]) -> None:
    with Neo4jStore.open(new_neo4j_url()) as store:
        first, second = Entity("x", "person", "First"), Entity("x", "person", "Second")
        attempts: list[bool] = []

        def create(transaction: Transaction) -> bool:
            if not attempts:
                store.upsert([first], [])  # after this writer took the graph for empty
            attempts.append(True)
            blind = len(attempts) == 1
            return create_given_entities(transaction, store._keys, [second], blind=blind)

        assert store._session.creating(create) is False  # `put_given_entities` follows
        assert len(attempts) == 2
        assert [entity.name for entity in store.all_entities()] == ["First"]


def test_triples_that_another_writer_wrote_between_two_batches(
    new_neo4j_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a call has learnt of a new relation holds only while nobody else writes."""
    monkeypatch.setattr(neo4j_triples, "TRIPLES_BATCH", 1)
    stated = [Triple("e0", "P1", "e1"), Triple("e2", "P1", "e3"), Triple("e4", "P1", "e5")]
    with Neo4jStore.open(new_neo4j_url()) as store:
        store.upsert(ENTITIES[:6], [])
        taken = neo4j_triples.Learnt.take_in

        def take_in(learnt: neo4j_triples.Learnt, batch: neo4j_triples.Batch) -> None:
            taken(learnt, batch)
            monkeypatch.setattr(neo4j_triples.Learnt, "take_in", taken)
            store.upsert([], stated)

        monkeypatch.setattr(neo4j_triples.Learnt, "take_in", take_in)
        store.upsert([], stated)
        assert sorted(store.all_triples(), key=str) == sorted(stated, key=str)


def test_triples_that_another_writer_wrote_while_a_batch_was_created_ahead(
    new_neo4j_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second batch is created beside the commit of the first: it must not double what
    another writer put between the two, nor may those after it."""
    monkeypatch.setattr(neo4j_triples, "TRIPLES_BATCH", 1)
    stated = [Triple(f"e{n}", "P1", f"e{n + 1}") for n in range(0, 12, 2)]
    url = new_neo4j_url()
    create, lock, calls = neo4j_triples.create_given, threading.Lock(), []

    with Neo4jStore.open(url) as store, Neo4jStore.open(url) as other:

        def overtaken(*given: Any) -> None:
            create(*given)
            with lock:
                calls.append(given)
                second = len(calls) == 2
            if second:
                monkeypatch.setattr(neo4j_triples, "create_given", create)
                other.upsert([], stated)

        monkeypatch.setattr(neo4j_triples, "create_given", overtaken)
        store.upsert(ENTITIES[:13], stated)
        assert len(calls) >= 2
        assert sorted(store.all_triples(), key=str) == sorted(stated, key=str)


def test_a_batch_is_created_before_the_one_before_it_is_committed(
    new_neo4j_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_triples, "TRIPLES_BATCH", 1)
    stated = [Triple(f"e{n}", "P1", f"e{n + 1}") for n in range(0, 12, 2)]
    create, created, waited = neo4j_triples.create_given, [threading.Event() for _ in stated], []

    def wait_for_next(transaction: Transaction, types: Any, triples: Any) -> None:
        create(transaction, types, triples)
        place = sum(event.is_set() for event in created)
        created[place].set()
        if place == 1:  # created ahead: its commit waits here for the next one's creation
            waited.append(created[2].wait(30))

    monkeypatch.setattr(neo4j_triples, "create_given", wait_for_next)
    with Neo4jStore.open(new_neo4j_url()) as store:
        store.upsert(ENTITIES[:13], stated)
        assert waited == [True]
        assert sorted(store.all_triples(), key=str) == sorted(stated, key=str)


def test_what_follows_a_batch_that_failed_is_not_written(
    new_neo4j_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_triples, "TRIPLES_BATCH", 1)
    stated = [Triple(f"e{n}", "P1", f"e{n + 1}") for n in range(0, 12, 2)]
    create, ahead = neo4j_triples.create_given, threading.Event()

    def fail_at_third(transaction: Transaction, types: Any, triples: Any) -> None:
        create(transaction, types, triples)
        if triples == asked[3]:
            ahead.set()
        if triples == asked[2]:
            assert ahead.wait(30)
            raise StoreError("the third fails")

    with Neo4jStore.open(new_neo4j_url()) as store:
        _, rows = neo4j_triples.sorted_by_ends(store._keys, stated)
        asked = [[row] for row in rows]
        monkeypatch.setattr(neo4j_triples, "create_given", fail_at_third)
        with pytest.raises(StoreError, match="the third fails"):
            store.upsert(ENTITIES[:13], stated)
        assert len(list(store.all_triples())) == 2
        monkeypatch.setattr(neo4j_triples, "create_given", create)
        store.upsert(ENTITIES[:13], stated)
        assert sorted(store.all_triples(), key=str) == sorted(stated, key=str)


def test_a_batch_does_not_wait_for_ever_for_the_one_before(
    new_neo4j_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another program locks may hold the one before up until this one lets go."""
    monkeypatch.setattr(neo4j_triples, "TRIPLES_BATCH", 1)
    monkeypatch.setattr(neo4j_triples, "_PATIENCE", 0.2)
    stated = [Triple(f"e{n}", "P1", f"e{n + 1}") for n in range(0, 12, 2)]
    create, put, overtaken = neo4j_triples.create_given, neo4j_triples._put, threading.Event()
    calls: list[object] = []

    def hold_up_second(transaction: Transaction, types: Any, triples: Any) -> None:
        create(transaction, types, triples)
        calls.append(triples)
        if triples == second:
            assert overtaken.wait(30)

    def note(*given: Any, **named: Any) -> Any:
        if calls:
            overtaken.set()  # a batch after the first is written in its turn
        return put(*given, **named)

    monkeypatch.setattr(neo4j_triples, "create_given", hold_up_second)
    monkeypatch.setattr(neo4j_triples, "_put", note)
    with Neo4jStore.open(new_neo4j_url()) as store:
        second = [neo4j_triples.sorted_by_ends(store._keys, stated)[1][1]]
        store.upsert(ENTITIES[:13], stated)
        assert overtaken.is_set()
        assert sorted(store.all_triples(), key=str) == sorted(stated, key=str)


def test_names_that_a_cluster_bears_are_queued(new_neo4j_url: Callable[[], str]) -> None:
    with Neo4jStore.open(new_neo4j_url()) as store:
        put(store, CURIE)
        resolve_by_name(store)
        assert store.pending_keys() == []
        store.upsert([Entity(MARIE + "2", "person", "Marie Curie")], [])
        assert store.pending_keys() == ["marie curie"]


def test_an_unknown_end_is_named(new_neo4j_url: Callable[[], str]) -> None:
    with Neo4jStore.open(new_neo4j_url()) as store:
        store.upsert(ENTITIES[:2], [])
        with pytest.raises(StoreError, match="nowhere"):
            store.upsert([], [Triple("e0", "P1", "nowhere")])
        assert list(store.all_triples()) == []


def test_relationship_types_follow_the_ontology_in_use(
    new_neo4j_url: Callable[[], str], tmp_path: Path
) -> None:
    from kgqa.ontology import schema_file

    text = schema_file("ontology.yaml").read_text(encoding="utf-8")
    assert text.count("identifier: PLACE_OF_BIRTH") == 1
    changed = tmp_path / "ontology.yaml"
    changed.write_text(text.replace("identifier: PLACE_OF_BIRTH", "identifier: BORN_AT"))
    kinds = []
    for ontology in (None, changed):
        url = new_neo4j_url()
        with open_store(url, ontology) as store:
            store.upsert(ENTITIES[:2], [Triple("e0", "P19", "e1")])
            assert isinstance(store, Neo4jStore)
            rows = store._session.statement(
                "MATCH (:Entity {graph: $graph})-[r]->(:Entity) RETURN type(r)"
            )
            kinds += [row[0] for row in rows]
    assert kinds == ["PLACE_OF_BIRTH", "BORN_AT"]
