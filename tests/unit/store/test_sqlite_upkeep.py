"""Derived tables equal what they derive from, after any writes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from store_fixtures import put, resolve, stated

from kgqa.errors import StoreError
from kgqa.store.sqlite import SqliteStore
from kgqa.types import Entity, Extraction, Link

_DERIVED = {
    "SELECT entity, name, mentions, clusters FROM alias WHERE clusters > 0": (
        "SELECT c.entity, s.name, sum(s.mentions), count(*) FROM cluster c "
        "JOIN surface s ON s.cluster = c.id WHERE c.entity IS NOT NULL GROUP BY 1, 2"
    ),
    "SELECT passage, entity, mentions FROM mentioned WHERE mentions > 0": (
        "SELECT m.passage, c.entity, count(*) FROM cluster c "
        "JOIN mention m ON m.cluster = c.id WHERE c.entity IS NOT NULL GROUP BY 1, 2"
    ),
    "SELECT head, relation, tail, support FROM triple WHERE support > 0": (
        "SELECT h.entity, r.relation, t.entity, count(*) FROM relation_mention r "
        "JOIN cluster h ON h.id = r.head JOIN cluster t ON t.id = r.tail "
        "WHERE h.entity <> t.entity GROUP BY 1, 2, 3"
    ),
    "SELECT count(*) FROM entity WHERE given = 0 AND id NOT IN "
    "(SELECT entity FROM cluster WHERE entity IS NOT NULL)": "SELECT 0",
    "SELECT count(*) FROM triple WHERE support = 0 AND given = 0": "SELECT 0",
    "SELECT count(*) FROM alias WHERE clusters = 0 AND given = 0": "SELECT 0",
    "SELECT count(*) FROM mentioned WHERE mentions = 0 AND about = 0": "SELECT 0",
}


def check_derived(path: Path) -> None:
    connection = sqlite3.connect(path)
    for derived, plain in _DERIVED.items():
        rows = connection.execute(derived).fetchall()
        assert sorted(rows) == sorted(connection.execute(plain).fetchall()), derived
    connection.close()


def test_derived_tables_follow_links_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    documents = [stated(n, f"Ada {n % 3}", f"Bob {n % 4}") for n in range(12)]
    with SqliteStore.open(f"sqlite:///{path}") as store:
        for made in documents:
            put(store, made)
        resolve(store)
        check_derived(path)
        store.upsert([Entity("e:ada 0", "person", "Ada", ("Ada 0",))], [])
        merged = [Link(c.id, "e:one", 1.0) for made in documents[::2] for c in made.clusters]
        store.assign([Entity("e:one", "person", "One")], merged, [])
        check_derived(path)
        for made in documents[:6]:
            store.delete_document(made.document.id)
        check_derived(path)
        store.assign([], [Link(c.id, None, 0.0) for made in documents for c in made.clusters], [])
        check_derived(path)
        assert [e.id for e in store.all_entities()] == ["e:ada 0"]


def test_no_row_is_left_of_what_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    documents = [stated(n, f"Ada {n % 3}", f"Bob {n % 4}") for n in range(6)]
    with SqliteStore.open(f"sqlite:///{path}") as store:
        for made in documents:
            put(store, made)
        resolve(store)
        for made in documents:
            store.delete_document(made.document.id)
    connection = sqlite3.connect(path)
    for table in ("document", "passage", "passage_vector", "cluster", "surface", "mention",
                  "relation_mention", "entity", "alias", "mentioned", "triple"):  # fmt: skip
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    connection.close()


def test_an_error_in_the_middle_rolls_back(tmp_path: Path) -> None:
    with SqliteStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        first, second = stated(1, "Ada", "Bob"), stated(2, "Ada", "Eve")
        put(store, first)
        resolve(store)
        before = store.stats()
        taken = Extraction(
            second.document,
            second.passages,
            tuple(type(c)(c.id, second.document.id, c.type, c.name, ()) for c in first.clusters),
            (),
        )
        with pytest.raises(StoreError, match="UNIQUE"):
            put(store, taken)
        assert store.stats() == before
        assert store.pending_keys() == []
        assert put(store, second) == "added"


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from store_fixtures import put, resolve, stated\n"
        "from kgqa.store.open import open_store\n"
        "first = int(sys.argv[3])\n"
        "with open_store(sys.argv[1]) as store:\n"
        "    for n in range(first, first + 40):\n"
        "        put(store, stated(n, f'Ada {n % 7}', f'Bob {n % 5}'))\n"
        "        if n % 3 == 0: resolve(store)\n"
    )
    folder = str(Path(__file__).parent)
    running = [
        subprocess.Popen([sys.executable, "-c", code, f"sqlite:///{path}", folder, str(first)])
        for first in (0, 100)
    ]
    assert [writer.wait(60) for writer in running] == [0, 0]
    with (
        SqliteStore.open(f"sqlite:///{path}") as shared,
        SqliteStore.open(f"sqlite:///{tmp_path / 'b.db'}") as plain,
    ):
        resolve(shared)
        for n in [*range(100, 140), *range(40)]:
            put(plain, stated(n, f"Ada {n % 7}", f"Bob {n % 5}"))
        resolve(plain)
        assert shared.stats() == plain.stats()
    check_derived(path)


def test_a_batch_may_read_from_the_store_it_goes_into(tmp_path: Path) -> None:
    with SqliteStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        put(store, stated(1, "Ada", "Bob"))
        resolve(store)
        store.upsert(store.all_entities(), store.all_triples())
        assert store.delete_document(stated(1, "Ada", "Bob").document.id)
        assert (store.stats().entities, store.stats().triples) == (2, 1)


def test_threads_resolve_apart(tmp_path: Path) -> None:
    """What one thread has seen of the queue says nothing about another's view."""
    with SqliteStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        put(store, stated(1, "Ada", "Bob"))
        store.pending_keys()
        put(store, stated(2, "Ada", "Eve"))
        thread = threading.Thread(target=store.pending_keys)
        thread.start()
        thread.join()
        store.assign([], [], ["ada", "bob", "eve"])
        assert store.pending_keys() == ["ada", "eve"]
