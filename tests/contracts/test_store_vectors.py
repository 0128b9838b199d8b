"""Search by meaning: each backend, whatever it searches with."""

from __future__ import annotations

import numpy as np
import pytest
from store_samples import WIDTH, extraction, put

from kgqa.errors import StoreError
from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors

LINES = extraction("lines.txt", "\n".join(f"Line {n} of {n * n}." for n in range(30)))
QUERY: Vectors = np.full(WIDTH, 1 / np.sqrt(WIDTH), dtype=np.float32)


def all_cosines(store: GraphStore) -> dict[str, float]:
    ids, vectors = store.passage_vectors()
    return dict(zip(ids, (vectors @ QUERY).tolist(), strict=True))


def test_the_nearest_passages_come_best_first(store: GraphStore) -> None:
    put(store, LINES)
    exact = all_cosines(store)
    found = store.search_vectors(QUERY, 5)
    assert [name for name, _ in found] == sorted(exact, key=lambda n: (-exact[n], n))[:5]
    assert [cosine for _, cosine in found] == pytest.approx([exact[name] for name, _ in found])


def test_as_many_as_there_are(store: GraphStore) -> None:
    put(store, LINES)
    assert len(store.search_vectors(QUERY, 1000)) == 30
    assert store.search_vectors(QUERY, 0) == []
    assert store.search_vectors(QUERY, -1) == []


def test_an_empty_store_has_no_nearest(store: GraphStore) -> None:
    assert store.search_vectors(QUERY, 5) == []
    assert store.cosines(QUERY, ["nowhere"]).tolist() == [0.0]


def test_a_vector_of_zeros_is_as_near_to_all(store: GraphStore) -> None:
    put(store, LINES)
    nothing = np.zeros(WIDTH, dtype=np.float32)
    found = store.search_vectors(nothing, 3)
    assert found == [(name, 0.0) for name in sorted(p.id for p in LINES.passages)[:3]]


def test_a_change_is_seen(store: GraphStore) -> None:
    put(store, LINES)
    before = store.search_vectors(QUERY, 5)
    new = extraction("new.txt", "A new line.")
    store.replace_document(new, QUERY[np.newaxis])
    assert [name for name, _ in store.search_vectors(QUERY, 1)] == [new.passages[0].id]
    store.delete_document(new.document.id)
    assert store.search_vectors(QUERY, 5) == before


def test_cosines_with_named_passages(store: GraphStore) -> None:
    put(store, LINES)
    exact = all_cosines(store)
    names = [LINES.passages[n].id for n in (7, 3, 7)]
    found = store.cosines(QUERY, [names[0], "nowhere", *names[1:]])
    assert found.tolist() == pytest.approx([exact[names[0]], 0.0, *(exact[n] for n in names[1:])])
    assert store.cosines(QUERY, []).tolist() == []


def test_another_width_is_refused(store: GraphStore) -> None:
    put(store, LINES)
    wide = np.ones(7, dtype=np.float32) / np.sqrt(7)
    with pytest.raises(StoreError, match=r"width 4.*gives 7"):
        store.search_vectors(wide, 3)
    with pytest.raises(StoreError, match=r"width 4.*gives 7"):
        store.cosines(wide, [LINES.passages[0].id])
