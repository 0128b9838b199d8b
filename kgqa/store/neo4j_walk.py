"""Walking the passage -- entity -- entity graph by integer node keys.

A passage's node key is twice its uid, an entity's is that plus one.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.records import Edges, summed

_EDGES = """
CALL () {
  UNWIND $passages AS uid MATCH (:Passage {uid: uid})-[m:MENTIONS]->(e:Entity)
  RETURN 2 * uid AS source, collect(2 * e.uid + 1) AS targets,
    collect(CASE WHEN m.about > 0 THEN 2 ELSE 1 END) AS weights
  UNION ALL
  UNWIND $entities AS uid MATCH (:Entity {uid: uid})<-[m:MENTIONS]-(p:Passage)
  RETURN 2 * uid + 1 AS source, collect(2 * p.uid) AS targets,
    collect(CASE WHEN m.about > 0 THEN 2 ELSE 1 END) AS weights
  UNION ALL
  UNWIND $entities AS uid MATCH (e:Entity {uid: uid})-[r]-(o:Entity) WHERE o <> e
  RETURN 2 * uid + 1 AS source, collect(2 * o.uid + 1) AS targets, [] AS weights
}
RETURN source, targets, weights
"""


def edges(transaction: Transaction, nodes: Sequence[int]) -> Edges:
    frontier = np.unique(np.asarray(nodes, dtype=np.int64))
    passages, entities = frontier[frontier % 2 == 0] // 2, frontier[frontier % 2 == 1] // 2
    rows = transaction.rows(_EDGES, passages=passages.tolist(), entities=entities.tolist())
    sizes = [len(row[1]) for row in rows]
    sources = np.repeat(np.array([row[0] for row in rows], dtype=np.int64), sizes)
    targets = np.array([t for row in rows for t in row[1]], dtype=np.int64)
    weights = np.array([w for row in rows for w in row[2] or [1] * len(row[1])], dtype=np.int64)
    return summed(sources, targets, weights)


def node_keys(
    transaction: Transaction, keys: Keys, passage_ids: Sequence[str], entity_ids: Sequence[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for label, odd, uids in (
        ("Passage", 0, map(keys.passage, passage_ids)),
        ("Entity", 1, map(keys.entity, entity_ids)),
    ):
        rows = _ids(transaction, label, list(dict.fromkeys(uids)))
        found |= {name: 2 * uid + odd for uid, name in rows}
    return found


def node_ids(transaction: Transaction, nodes: Sequence[int]) -> dict[int, str]:
    asked = np.unique(np.asarray(nodes, dtype=np.int64)).tolist()
    found: dict[int, str] = {}
    for label, odd in (("Passage", 0), ("Entity", 1)):
        rows = _ids(transaction, label, [node // 2 for node in asked if node % 2 == odd])
        found |= {2 * uid + odd: name for uid, name in rows}
    return found


def _ids(transaction: Transaction, label: str, uids: Sequence[int]) -> list[list[Any]]:
    """Key and id of those of the nodes that are stored; nothing to ask costs no round trip."""
    if not uids:
        return []
    return transaction.rows(
        f"UNWIND $uids AS uid MATCH (n:{label} {{uid: uid}}) RETURN uid, n.id", uids=list(uids)
    )
