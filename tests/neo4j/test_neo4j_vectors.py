"""Neo4j's vector index finds the passages that an exact search finds, on both lines, and
where it cannot serve a graph the answers are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from store_samples import extraction

from kgqa.errors import StoreError
from kgqa.store.neo4j import Neo4jStore
from kgqa.store.neo4j_ddl import DEFAULT_WIDTH
from kgqa.store.neo4j_search import SEARCH_SINCE
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.open import open_store
from kgqa.store.records import Vectors
from kgqa.types import Extraction

COUNT = 300
MADE = extraction("a.txt", "\n".join(f"Line {n}." for n in range(COUNT)))


def clustered(seed: int, count: int, width: int = DEFAULT_WIDTH) -> Vectors:
    """Unit vectors around 12 centres, as texts on a dozen subjects have: [count, width]."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(12, width))
    near = centres[random.integers(0, 12, count)] + 0.7 * random.normal(size=(count, width))
    unit = near / np.linalg.norm(near, axis=1, keepdims=True)
    return np.asarray(unit, dtype=np.float32)


VECTORS = clustered(3, COUNT)


def lines(source: str, count: int) -> Extraction:
    return extraction(source, "\n".join(f"Line {n}." for n in range(count)))


@pytest.fixture
def new_store(new_neo4j_url: Callable[[], str]) -> Iterator[Callable[[], Neo4jStore]]:
    """Opens an empty store at each call; they are empty again at the end, so that the vectors
    of one test are not in the way of another's in the index that all graphs share."""
    stores: list[Neo4jStore] = []

    with ExitStack() as opened:

        def new() -> Neo4jStore:
            stores.append(opened.enter_context(Neo4jStore.open(new_neo4j_url())))
            return stores[-1]

        yield new
        for store in stores:
            for document in list(store.documents()):
                store.delete_document(document.id)


def test_it_finds_what_sqlite_finds(new_store: Callable[[], Neo4jStore], tmp_path: Path) -> None:
    store = new_store()
    with open_store(f"sqlite:///{tmp_path / 'plain.db'}") as plain:
        for target in (plain, store):
            target.replace_document(MADE, VECTORS)
        for question in (*VECTORS[:10], *clustered(3, COUNT + 10)[COUNT:]):
            exact = plain.search_vectors(question, 5)
            found = store.search_vectors(question, 5)
            assert [name for name, _ in found] == [name for name, _ in exact]
            assert [c for _, c in found] == pytest.approx([c for _, c in exact], abs=1e-6)
            best = {name for name, _ in plain.search_vectors(question, 50)}
            assert len(best & {name for name, _ in store.search_vectors(question, 50)}) >= 48
        names = [passage.id for passage in MADE.passages]
        assert store.cosines(VECTORS[0], names) == pytest.approx(
            plain.cosines(VECTORS[0], names), abs=1e-6
        )
        assert store._matrix is None, "the vectors were loaded"


def test_search_is_used_where_the_server_has_it(
    new_store: Callable[[], Neo4jStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, sent = new_store(), []
    store.replace_document(MADE, VECTORS)
    rows = Transaction.rows

    def noted(transaction: Transaction, cypher: str, **parameters: object) -> list[list[object]]:
        sent.append(cypher)
        return rows(transaction, cypher, **parameters)

    monkeypatch.setattr(Transaction, "rows", noted)
    assert len(store.search_vectors(VECTORS[0], 5)) == 5
    clause, procedure = (any(word in one for one in sent) for word in ("SEARCH p IN", "queryNodes"))
    newer = store._session.server_version() >= SEARCH_SINCE
    assert (clause, procedure) == (newer, not newer)


@pytest.mark.parametrize(("others", "held"), [(60, False), (1200, True)])
def test_another_graph_crowds_the_index(
    new_store: Callable[[], Neo4jStore], others: int, held: bool
) -> None:
    """Passages of another graph that lie nearer are not found, nor do they hide any."""
    store, other = new_store(), new_store()
    few, crowd, question = lines("few.txt", 8), lines("crowd.txt", others), VECTORS[0]
    far = clustered(5, 8)
    store.replace_document(few, far)
    near = question + np.random.default_rng(9).normal(scale=0.005, size=(others, DEFAULT_WIDTH))
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    other.replace_document(crowd, near.astype(np.float32))
    expected = [few.passages[n].id for n in np.argsort(-(far @ question))[:3]]
    for _ in range(2):
        assert [name for name, _ in store.search_vectors(question, 3)] == expected
    assert (store._matrix is not None) is held
    new = lines("new.txt", 1)
    store.replace_document(new, question[np.newaxis])
    assert store.search_vectors(question, 1)[0][0] == new.passages[0].id
    assert all(cosine > 0.98 for _, cosine in other.search_vectors(question, 50))


def test_vectors_that_the_index_does_not_take(new_store: Callable[[], Neo4jStore]) -> None:
    narrow, made, store = clustered(7, 20, 64), lines("narrow.txt", 20), new_store()
    store.replace_document(made, narrow)
    assert store.search_vectors(narrow[4], 1)[0][0] == made.passages[4].id
    with pytest.raises(StoreError, match=f"width 64.*gives {DEFAULT_WIDTH}"):
        store.search_vectors(VECTORS[0], 5)
