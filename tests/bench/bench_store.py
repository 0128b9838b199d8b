"""How fast the SQLite store takes given triples and answers graph steps.

    python tests/bench/bench_store.py [--triples 1000000] [--entities 200000] [--folder DIR]

Rows a second of `upsert`, and the same integer triples into a bare SQLite table in the
same run; the file's size; the median time of a step from a frontier of 200 nodes.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from kgqa.store.sqlite import SqliteStore
from kgqa.types import Entity, Triple

_RELATIONS = 96
_FRONTIER = 200
_STEPS = 50
_TARGET = 50_000


def ids(count: int) -> list[str]:
    """Scattered, as hashes are."""
    return [f"{n * 2654435761 % 2**32:016x}" for n in range(count)]


def entities(count: int) -> Iterator[Entity]:
    for n, uid in enumerate(ids(count)):
        yield Entity(uid, "person", f"Entity number {n}")


def numbers(count: int, triples: int) -> Iterator[tuple[int, int, int]]:
    """(head, relation, tail) with a few hubs, as knowledge graphs have; seldom repeated."""
    random = np.random.default_rng(7)
    for start in range(0, triples, 100_000):
        size = min(100_000, triples - start)
        heads = random.integers(0, count, size)
        tails = (count * random.random(size) ** 3).astype(int)
        relations = random.integers(0, _RELATIONS, size)
        yield from zip(heads.tolist(), relations.tolist(), tails.tolist(), strict=True)


def triples(count: int, size: int) -> Iterator[Triple]:
    uids, relations = ids(count), [f"P{n}" for n in range(_RELATIONS)]
    for head, relation, tail in numbers(count, size):
        yield Triple(uids[head], relations[relation], uids[tail])


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def bare(path: Path, count: int, size: int) -> float:
    """Seconds that executemany takes into the same table without a store around it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        "CREATE TABLE triple (id INTEGER PRIMARY KEY, head INTEGER, relation INTEGER, "
        "tail INTEGER, UNIQUE (head, relation, tail))"
    )
    connection.execute("CREATE INDEX triple_tail ON triple (tail, head)")
    sql = "INSERT INTO triple (head, relation, tail) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

    def insert() -> None:
        with connection:
            connection.executemany(sql, numbers(count, size))

    seconds = timed(insert)
    connection.close()
    return seconds


def steps(store: SqliteStore, count: int) -> float:
    """Median seconds of `edges` over random frontiers."""
    random = np.random.default_rng(11)
    draws = [2 * random.integers(1, count, _FRONTIER) + 1 for _ in range(_STEPS)]
    return statistics.median(timed(lambda d=d: store.edges(d)) for d in draws)  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--entities", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, help="where the files go; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "bench.db"
        with SqliteStore.open(f"sqlite:///{path}") as store:
            first = timed(lambda: store.upsert(entities(options.entities), ()))
            second = timed(lambda: store.upsert((), triples(options.entities, options.triples)))
            again = timed(lambda: store.upsert((), triples(options.entities, 100_000)))
            digest = timed(store.stats)
            stored = store.stats().triples
            step = steps(store, options.entities)
        size = path.stat().st_size
        plain = bare(Path(folder) / "bare.db", options.entities, options.triples)
    rate = options.triples / second
    print(f"entities   {options.entities / first:12,.0f} rows/s")
    print(f"triples    {rate:12,.0f} rows/s  (target {_TARGET:,}: {rate / _TARGET:.2f} of it)")
    print(f"again      {100_000 / again:12,.0f} rows/s  (rows that are already in)")
    print(f"bare       {options.triples / plain:12,.0f} rows/s  (store/bare {plain / second:.2f})")
    print(f"file       {size / 2**20:12,.1f} MiB for {stored:,} distinct triples")
    print(f"digest     {digest:12,.1f} s")
    print(f"step       {1_000 * step:12,.2f} ms median, {_FRONTIER} random entities")


if __name__ == "__main__":
    main()
