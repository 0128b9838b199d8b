"""What goes wrong between kgqa and a server is said in one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from server import free_port

from kgqa.errors import StoreError
from kgqa.store.neo4j import Neo4jStore
from kgqa.store.neo4j_ddl import VECTOR_INDEX, apply_schema, check_schema
from kgqa.store.open import open_store


def test_a_wrong_password(neo4j_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGQA_NEO4J_PASSWORD", "not this one")
    with pytest.raises(StoreError, match="refused the user or password; correct KGQA_NEO4J_USER"):
        open_store(neo4j_url)


def test_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KGQA_NEO4J_PASSWORD", raising=False)
    with pytest.raises(StoreError, match="KGQA_NEO4J_PASSWORD, got none"):
        open_store("neo4j://127.0.0.1/neo4j")


def test_a_database_that_is_not_there(neo4j_url: str) -> None:
    with pytest.raises(StoreError, match="has no database 'absent'"):
        open_store(neo4j_url.rpartition("/")[0] + "/absent")


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGQA_NEO4J_PASSWORD", "some")
    with pytest.raises(StoreError, match="cannot be reached"):
        open_store(f"neo4j://127.0.0.1:{free_port()}/neo4j")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("neo4j://", "no host"),
        ("neo4j://host:70000/neo4j", "expected neo4j://HOST:PORT"),
        ("neo4j://host/a b", "the database name 'a b'"),
        ("neo4j://host/neo4j?database=x", "the options"),
        ("neo4j://me:secret@host/neo4j", "no user or password in the URL"),
    ],
)
def test_urls_that_are_none(url: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGQA_NEO4J_PASSWORD", "some")
    with pytest.raises(StoreError, match=says) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_an_old_server(new_neo4j_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    # The server is real; only the oldest version that is taken is set above its own.
    monkeypatch.setattr("kgqa.store.neo4j_session._OLDEST", (9999, 1))
    with pytest.raises(StoreError, match=r"expected Neo4j .* or newer, got Neo4j/"):
        open_store(new_neo4j_url())


def test_a_database_without_the_schema(new_neo4j_url: Callable[[], str]) -> None:
    url = new_neo4j_url()
    with open_store(url) as store:
        assert isinstance(store, Neo4jStore)
        session = store._session
        session.statement("DROP INDEX kgqa_entity_key")
        try:
            with pytest.raises(StoreError, match="lacks kgqa_entity_key; make them with `kgqa sc"):
                check_schema(session, url)
        finally:
            from kgqa.store.neo4j import prepare

            assert prepare(url) == ["kgqa_entity_key"]
            assert prepare(url) == []


def test_an_index_of_another_kind(new_neo4j_url: Callable[[], str]) -> None:
    url = new_neo4j_url()
    with open_store(url) as store:
        assert isinstance(store, Neo4jStore)
        session = store._session
        session.statement(f"DROP INDEX {VECTOR_INDEX}")
        session.statement(
            f"CREATE VECTOR INDEX {VECTOR_INDEX} FOR (n:Passage) ON (n.vector) OPTIONS "
            "{indexConfig: {`vector.dimensions`: 384, `vector.similarity_function`: 'euclidean'}}"
        )
        try:
            with pytest.raises(StoreError, match=r"to be cosine VECTOR, .* has euclidean VECTOR"):
                check_schema(session, url)
        finally:
            session.statement(f"DROP INDEX {VECTOR_INDEX}")
            assert apply_schema(session) == [VECTOR_INDEX]
        check_schema(session, url)
