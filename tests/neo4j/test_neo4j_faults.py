"""A deadlock, and a server that stops and starts in the middle of an ingest: nothing is
lost, nothing is doubled."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import neo4j
import pytest
from server import LTS, PASSWORD, NoServerError, Server
from store_samples import CITY, CURIE, extraction, put, resolve_by_name, vectors_for

from kgqa.errors import StoreError
from kgqa.store import neo4j_write
from kgqa.store.neo4j import Neo4jStore, prepare
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.open import open_store
from kgqa.types import Entity, Extraction


def test_what_failed_leaves_its_connection_to_the_next(new_neo4j_url: Callable[[], str]) -> None:
    """The driver takes the connection of a failed statement back at once; whoever holds it next
    is not to be ended by the failed transaction's end."""
    taken, ended, counts = threading.Event(), threading.Event(), []

    def next_writer(transaction: Transaction) -> bool:
        transaction.write("MERGE (e:Entity {uid: 'a'})")
        taken.set()
        assert ended.wait(60)
        counts.extend(transaction.rows("MATCH (e:Entity {uid: 'a'}) RETURN count(e)"))
        return True

    with Neo4jStore.open(new_neo4j_url()) as store:
        writer = threading.Thread(target=store._session.creating, args=(next_writer,))

        def failing(transaction: Transaction) -> None:
            try:
                transaction.write("RETURN 1 / 0")
            finally:
                writer.start()
                assert taken.wait(60)

        try:
            with pytest.raises(StoreError, match="zero"):
                store._session.creating(failing)
        finally:
            ended.set()
            writer.join()
    assert counts == [[1]]


def test_a_deadlock_is_tried_again(new_neo4j_url: Callable[[], str], tmp_path: Path) -> None:
    url = new_neo4j_url()
    auth = (os.environ["KGQA_NEO4J_USER"], os.environ["KGQA_NEO4J_PASSWORD"])
    address = url.split("?")[0].rpartition("/")[0]
    with (
        Neo4jStore.open(url) as store,
        neo4j.GraphDatabase.driver(address, auth=auth) as driver,
        open_store(f"sqlite:///{tmp_path / 'plain.db'}") as plain,
    ):
        put(store, CURIE)
        for number in range(10):  # the server says which of the two it ends
            text = f"Marie Curie was born in Warsaw, {number}."
            changed = extraction("curie.txt", text, [["Marie Curie"]])
            attempts = attempts_in_deadlock(store, driver, changed)
            put(plain, changed)
            assert store.stats() == plain.stats()
            if attempts > 1:
                return
    pytest.fail("no deadlock ended the store's transaction")


def attempts_in_deadlock(store: Neo4jStore, driver: neo4j.Driver, changed: Extraction) -> int:
    """Replace a document while another program holds it and wants what the store holds; how
    often the store tried."""
    document, graph = store._keys.document(changed.document.id), store._keys.graph
    locked, attempts = threading.Event(), []

    def work(transaction: Transaction) -> str:
        attempts.append(1)
        if len(attempts) == 1:
            locked.set()
            time.sleep(1.0)  # until the other waits for the graph's lock
        return neo4j_write.replace_document(transaction, store._keys, changed, vectors_for(changed))

    with driver.session(database="neo4j") as session:
        # The server seems to end the one that holds fewer locks: the foreign one takes a hundred.
        session.run("UNWIND range(1, 100) AS n CREATE (:Foreign {n: n})").consume()
        foreign = session.begin_transaction()
        foreign.run("MATCH (f:Foreign) SET f.touched = 1").consume()
        foreign.run("MATCH (d:Document {uid: $uid}) SET d.touched = 1", uid=document).consume()

        def take_the_graphs_lock() -> None:
            locked.wait(30)
            with contextlib.suppress(neo4j.exceptions.TransientError):
                foreign.run("MATCH (g:Graph {uid: $uid}) SET g.lock = true", uid=graph).consume()
                foreign.commit()

        other = threading.Thread(target=take_the_graphs_lock)
        other.start()
        assert store._session.writing(work) == "updated"
        other.join()
        foreign.close()
        session.run("MATCH (f:Foreign) DELETE f").consume()
    return len(attempts)


@pytest.fixture
def own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(os.environ.get("KGQA_TEST_NEO4J_VERSION") or LTS, tmp_path / "home")
    try:
        server.start()
    except NoServerError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs Neo4j: {error}")
        pytest.skip(str(error))
    monkeypatch.setenv("KGQA_NEO4J_USER", "neo4j")
    monkeypatch.setenv("KGQA_NEO4J_PASSWORD", PASSWORD)
    yield server
    server.stop()


def test_a_restart_in_the_middle_of_an_ingest(own_server: Server, tmp_path: Path) -> None:
    prepare(own_server.url)
    documents = [CURIE, CITY] + [
        extraction(f"{n}.txt", f"Marie Curie met Person{n}.", [["Marie Curie"], [f"Person{n}"]],
                   [("Marie Curie", "P1", f"Person{n}")])
        for n in range(30)
    ]  # fmt: skip
    begun, failures = threading.Event(), []
    reader = open_store(own_server.url)  # its connection breaks while nothing runs on it
    reader.upsert([Entity("e-reader", "person", "Ada Reader")], [])

    def ingest() -> None:
        try:
            with open_store(own_server.url) as store:
                for number, made in enumerate(documents):
                    if number == 5:
                        begun.set()
                    put(store, made)
                resolve_by_name(store)
        except BaseException as error:
            failures.append(error)
            begun.set()

    writer = threading.Thread(target=ingest)
    writer.start()
    assert begun.wait(60)
    assert writer.is_alive()
    own_server.kill()
    own_server.start()
    writer.join()
    assert failures == []
    assert [one.name for one in reader.entities(["e-reader"])] == ["Ada Reader"]
    reader.close()
    with (
        open_store(own_server.url) as store,
        open_store(f"sqlite:///{tmp_path / 'plain.db'}") as plain,
    ):
        plain.upsert([Entity("e-reader", "person", "Ada Reader")], [])
        for made in documents:
            put(plain, made)
        resolve_by_name(plain)
        assert store.stats() == plain.stats()
        assert store.pending_keys() == []
