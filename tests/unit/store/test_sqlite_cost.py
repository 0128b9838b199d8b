"""What a write or a step costs follows what it touches, not the size of the graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from store_fixtures import put, resolve, stated

from kgqa.store.sqlite import SqliteStore
from kgqa.types import Entity, Triple


def steps_of(store: SqliteStore, act: Callable[[], object]) -> int:
    """How many instructions of SQLite's virtual machine `act` takes, in hundreds."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    with store._session.reading() as connection:
        connection.set_progress_handler(tick, 100)
    act()
    with store._session.reading() as connection:
        connection.set_progress_handler(None, 100)
    return count


def grow(store: SqliteStore, documents: int, triples: int) -> None:
    """Add a graph around the entity `e:hub` and far from `e:near`."""
    for n in range(documents):
        put(store, stated(1_000 + n, "Hub", f"Person {n}"))
    resolve(store)
    store.upsert(
        (Entity(f"g{n}", "person", f"Given {n}") for n in range(triples)),
        (Triple(f"g{n}", "P1", f"g{n // 3}") for n in range(triples)),
    )


def costs(store: SqliteStore) -> dict[str, int]:
    near, one = stated(1, "Near", "Far"), stated(2, "Near", "Hub")
    put(store, near)
    resolve(store)
    keys = list(store.node_keys([near.passages[0].id], ["e:near", "e:far"]).values())
    return {
        "replace": steps_of(store, lambda: put(store, one)),
        "pending and clusters": steps_of(store, lambda: store.clusters(["near"])),
        "assign": steps_of(store, lambda: resolve_near(store)),
        "edges": steps_of(store, lambda: store.edges(keys)),
        "find": steps_of(store, lambda: store.find_entities(["near", "far"])),
        "triples": steps_of(store, lambda: store.triples_of(["e:near"])),
        "evidence": steps_of(store, lambda: store.evidence_of([Triple("e:near", "P1", "e:hub")])),
        "documents of": steps_of(store, lambda: store.documents_of(["e:near"])),
        "entities of": steps_of(store, lambda: store.entities_of([one.passages[0].id])),
        "find documents": steps_of(store, lambda: store.find_documents("000001.txt")),
        "upsert": steps_of(
            store,
            lambda: store.upsert([Entity("new", "person", "New")], [Triple("new", "P1", "e:near")]),
        ),
        "delete": steps_of(store, lambda: store.delete_document(one.document.id)),
    }


def resolve_near(store: SqliteStore) -> None:
    """Link the clusters of the two small documents, and the second's to the hub."""
    from kgqa.types import Link

    near = [c.cluster.id for c in store.clusters(["near"])]
    hub = stated(2, "Near", "Hub").clusters[1].id
    entities = [Entity("e:near", "person", "Near"), Entity("e:hub", "person", "Hub")]
    links = [*(Link(uid, "e:near", 1.0) for uid in near), Link(hub, "e:hub", 1.0)]
    store.assign(entities, links, ["near", "hub"])


def test_costs_do_not_follow_the_size_of_the_graph(tmp_path: Path) -> None:
    with SqliteStore.open(f"sqlite:///{tmp_path / 'small.db'}") as small:
        grow(small, 5, 20)
        before = costs(small)
    with SqliteStore.open(f"sqlite:///{tmp_path / 'large.db'}") as large:
        grow(large, 400, 4_000)
        after = costs(large)
    assert {name: after[name] for name in before if after[name] > 2 * before[name] + 5} == {}
