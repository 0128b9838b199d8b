"""The backends agree: the same writes give the same graph, and a copy is equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import CITY, CURIE, MARIE, REPORT, extraction, put, resolve_by_name, snapshot
from test_store_digest import GIVEN, GIVEN_TRIPLES, STEPS, Deletion, Resolution, mistake

from kgqa.errors import StoreError
from kgqa.store.base import GraphStore
from kgqa.store.copy import copy_graph
from kgqa.store.open import open_store
from kgqa.types import Entity, Extraction, Triple

_NUMBERS = count()


def content(store: GraphStore) -> object:
    """All that a store says, but for the search's scores: each backend has its own BM25."""
    return replace(snapshot(store), searched=[])


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, min_size=3, max_size=10))
def test_the_same_writes_give_the_same_graph(
    new_neo4j_url: Callable[[], str], tmp_path: Path, steps: list[object]
) -> None:
    path = tmp_path / f"{next(_NUMBERS)}.db"
    with open_store(f"sqlite:///{path}") as plain, open_store(new_neo4j_url()) as server:
        for store in (plain, server):
            apply_steps(store, steps)
        assert content(plain) == content(server)
        assert plain.pending_keys() == server.pending_keys()


def apply_steps(store: GraphStore, steps: list[object]) -> None:
    documents: dict[str, Extraction] = {}
    named: set[str] = set()
    for step in steps:
        match step:
            case Extraction():
                put(store, step)
                documents[step.document.id] = step
            case Deletion():
                uid = extraction(step, "").document.id
                store.delete_document(uid)
                documents.pop(uid, None)
            case Entity():
                store.upsert([step], [])
                named.add(step.id)
            case Resolution():
                resolve_by_name(store)
            case _:
                mistake(store, documents)
    store.upsert([], [t for t in GIVEN_TRIPLES if {t.head, t.tail} <= named])


@pytest.mark.parametrize("way", ["to neo4j", "to sqlite"])
def test_a_copy_is_equal_and_goes_on_living(
    new_neo4j_url: Callable[[], str], tmp_path: Path, way: str
) -> None:
    urls = [f"sqlite:///{tmp_path / 'g.db'}", new_neo4j_url()]
    first, second = urls if way == "to neo4j" else reversed(urls)
    with open_store(first) as source, open_store(second) as target:
        source.upsert(GIVEN, [*GIVEN_TRIPLES, Triple(MARIE, "born in", "g1")])
        put(source, CURIE)
        put(source, REPORT)
        resolve_by_name(source)
        put(source, CITY)  # its names are still in the queue
        copy_graph(source, target)
        assert content(target) == content(source)
        assert target.pending_keys() == source.pending_keys() != []
        copy_graph(source, target)
        for store in (source, target):
            resolve_by_name(store)
            store.delete_document(CURIE.document.id)
        assert content(target) == content(source)


def test_a_copy_into_another_graph_is_refused(tmp_path: Path) -> None:
    with (
        open_store(f"sqlite:///{tmp_path / 'a.db'}") as source,
        open_store(f"sqlite:///{tmp_path / 'b.db'}") as target,
    ):
        put(source, CURIE)
        put(target, CITY)
        before = target.stats()
        with pytest.raises(StoreError, match="empty store"):
            copy_graph(source, target)
        assert target.stats() == before
