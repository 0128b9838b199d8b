"""Walking the passage -- entity -- entity graph by integer node keys.

A passage's node key is twice its rowid, an entity's is that plus one.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain

import numpy as np

from kgqa.store.records import Edges, summed
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
