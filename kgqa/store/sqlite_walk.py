"""Walking the passage -- entity -- entity graph by integer node keys.

A passage's node key is twice its rowid, an entity's is that plus one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from kgqa.store.base import Edges
from kgqa.store.sqlite_rows import json_list, rowids, uids

_EDGES = """
SELECT 2 * m.passage, 2 * m.entity + 1, 1 + (m.about > 0)
FROM json_each(?1) AS passage CROSS JOIN mentioned AS m ON m.passage = passage.value
UNION ALL
SELECT 2 * m.entity + 1, 2 * m.passage, 1 + (m.about > 0)
FROM json_each(?2) AS entity CROSS JOIN mentioned AS m ON m.entity = entity.value
UNION ALL
SELECT 2 * t.head + 1, 2 * t.tail + 1, 1
FROM json_each(?2) AS entity CROSS JOIN triple AS t ON t.head = entity.value
WHERE t.head <> t.tail
UNION ALL
SELECT 2 * t.tail + 1, 2 * t.head + 1, 1
FROM json_each(?2) AS entity CROSS JOIN triple AS t ON t.tail = entity.value
WHERE t.head <> t.tail
"""


def edges(connection: sqlite3.Connection, nodes: Sequence[int]) -> Edges:
    frontier = np.unique(np.asarray(nodes, dtype=np.int64))
    passages, entities = frontier[frontier % 2 == 0] // 2, frontier[frontier % 2 == 1] // 2
    rows = connection.execute(
        _EDGES, (json_list(passages.tolist()), json_list(entities.tolist()))
    ).fetchall()
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=3 * len(rows))
    return summed(*flat.reshape(-1, 3).T)


def summed(
    sources: NDArray[np.int64], targets: NDArray[np.int64], weights: NDArray[np.int64]
) -> Edges:
    """Edges ordered by source and target, parallel ones as one; here, as SQLite's GROUP BY
    takes twice the time of all the rest."""
    order = np.lexsort((targets, sources))
    sources, targets, weights = sources[order], targets[order], weights[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(sources) != 0) | (np.diff(targets) != 0)
    starts = np.flatnonzero(first)
    if not len(starts):
        return Edges(sources, targets, weights.astype(np.float32))
    sums = np.add.reduceat(weights, starts)
    return Edges(sources[starts], targets[starts], sums.astype(np.float32))


def node_keys(
    connection: sqlite3.Connection, passage_ids: Sequence[str], entity_ids: Sequence[str]
) -> dict[str, int]:
    keys = {uid: 2 * rowid for uid, rowid in rowids(connection, "passage", passage_ids).items()}
    for uid, rowid in rowids(connection, "entity", entity_ids).items():
        keys[uid] = 2 * rowid + 1
    return keys


def node_ids(connection: sqlite3.Connection, nodes: Sequence[int]) -> dict[int, str]:
    keys = np.unique(np.asarray(nodes, dtype=np.int64)).tolist()
    passages = uids(connection, "passage", (key // 2 for key in keys if key % 2 == 0))
    entities = uids(connection, "entity", (key // 2 for key in keys if key % 2 == 1))
    ids = {2 * rowid: uid for rowid, uid in passages.items()}
    ids.update((2 * rowid + 1, uid) for rowid, uid in entities.items())
    return ids
