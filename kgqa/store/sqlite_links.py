"""Clusters to entities, and what follows from it, inside the caller's transaction.

Every statement reaches its rows through an index from the clusters concerned, so that the
cost follows what changes and not the size of the graph.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgqa.errors import StoreError
from kgqa.names import name_key
from kgqa.store.sqlite_rows import json_list, rowids
from kgqa.types import Entity, Link

# Both add (sign 1) or take away (sign -1) what the linked ones among the clusters ?1
# contribute. CROSS JOIN keeps SQLite's planner to this order.
_COUNT_ALIASES = """
INSERT INTO alias (entity, name, key, mentions, clusters, given)
SELECT c.entity, s.name, s.key, ?2 * s.mentions, ?2, 0
FROM json_each(?1) AS wanted
CROSS JOIN cluster AS c ON c.id = wanted.value
CROSS JOIN surface AS s ON s.cluster = c.id
WHERE c.entity IS NOT NULL
ON CONFLICT (entity, name) DO UPDATE
SET mentions = mentions + excluded.mentions, clusters = clusters + excluded.clusters
"""
_COUNT_MENTIONED = """
INSERT INTO mentioned (passage, entity, mentions, about)
SELECT m.passage, c.entity, ?2, 0
FROM json_each(?1) AS wanted
CROSS JOIN cluster AS c ON c.id = wanted.value
CROSS JOIN mention AS m ON m.cluster = c.id
WHERE c.entity IS NOT NULL
UNION ALL
SELECT p.id, c.entity, 0, ?2
FROM json_each(?1) AS wanted
CROSS JOIN cluster AS c ON c.id = wanted.value
CROSS JOIN passage AS p ON p.document = c.document
WHERE c.entity IS NOT NULL AND c.about
ON CONFLICT (passage, entity) DO UPDATE
SET mentions = mentions + excluded.mentions, about = about + excluded.about
"""
_RELATION_MENTIONS = """
SELECT r.id, r.triple FROM json_each(?1) AS wanted
CROSS JOIN relation_mention AS r ON r.head = wanted.value
UNION
SELECT r.id, r.triple FROM json_each(?1) AS wanted
CROSS JOIN relation_mention AS r ON r.tail = wanted.value
"""
_STATED_TRIPLES = """
SELECT r.id, h.entity, r.relation, t.entity
FROM json_each(?1) AS wanted
CROSS JOIN relation_mention AS r ON r.id = wanted.value
CROSS JOIN cluster AS h ON h.id = r.head
CROSS JOIN cluster AS t ON t.id = r.tail
WHERE h.entity <> t.entity
"""
_COUNT_TRIPLE = """
INSERT INTO triple (head, relation, tail, support, given) VALUES (?, ?, ?, 1, 0)
ON CONFLICT (head, relation, tail) DO UPDATE SET support = support + 1
"""
_POINT_AT_TRIPLE = """
UPDATE relation_mention SET triple =
  (SELECT id FROM triple WHERE head = ?2 AND relation = ?3 AND tail = ?4)
WHERE id = ?1
"""


def put_linked_entities(
    connection: sqlite3.Connection, entities: Sequence[Entity]
) -> dict[str, int]:
    """Insert or rename entities that clusters support; given ones keep what was given.

    Returns:
        uid -> rowid.
    """
    connection.executemany(
        "INSERT INTO entity (uid, type, name, key, description, given) VALUES (?, ?, ?, ?, ?, 0) "
        "ON CONFLICT (uid) DO UPDATE SET type = excluded.type, name = excluded.name, "
        "key = excluded.key, description = excluded.description WHERE given = 0",
        [(e.id, e.type, e.name, name_key(e.name), e.description) for e in entities],
    )
    return rowids(connection, "entity", (entity.id for entity in entities))


def write_links(
    connection: sqlite3.Connection, entities: Sequence[Entity], links: Sequence[Link]
) -> None:
    """Put the entities, link the clusters, and drop entities that this leaves empty.

    A link of a cluster that is gone (its document was replaced meanwhile) is left out.

    Raises:
        StoreError: a link names an entity that is neither stored nor among `entities`.
    """
    new = put_linked_entities(connection, entities)
    targets = rowids(connection, "entity", (k.entity_id for k in links if k.entity_id is not None))
    clusters = rowids(connection, "cluster", (link.cluster_id for link in links))
    wanted: dict[int, int | None] = {}
    for link in links:
        if link.entity_id is not None and link.entity_id not in targets:
            raise StoreError(
                f"cluster {link.cluster_id!r}: expected a link to an entity that is stored or "
                f"passed along, got id {link.entity_id!r}"
            )
        if link.cluster_id in clusters:
            wanted[clusters[link.cluster_id]] = targets.get(link.entity_id or "")
    relink(connection, wanted)
    _drop_empty(connection, new.values())


def relink(connection: sqlite3.Connection, links: Mapping[int, int | None]) -> None:
    """Point clusters (rowids) at entities (rowids) or at nothing; derived rows follow."""
    before = dict(
        connection.execute(
            "SELECT c.id, c.entity FROM json_each(?) AS wanted "
            "CROSS JOIN cluster AS c ON c.id = wanted.value",
            (json_list(links),),
        )
    )
    moved = [cluster for cluster, entity in before.items() if links[cluster] != entity]
    if not moved:
        return
    clusters = json_list(moved)
    stated = _detach_relations(connection, clusters)
    for count in (_COUNT_ALIASES, _COUNT_MENTIONED):
        connection.execute(count, (clusters, -1))
    connection.executemany(
        "UPDATE cluster SET entity = ? WHERE id = ?", [(links[c], c) for c in moved]
    )
    for count in (_COUNT_ALIASES, _COUNT_MENTIONED):
        connection.execute(count, (clusters, 1))
    _attach_relations(connection, stated.relation_mentions)
    left = {before[cluster] for cluster in moved} - {None}
    _drop_unsupported(connection, clusters, left, stated.triples)
    _drop_empty(connection, left)


@dataclass(frozen=True, slots=True)
class _Detached:
    relation_mentions: list[int]
    triples: list[int]


def _detach_relations(connection: sqlite3.Connection, clusters: str) -> _Detached:
    """Take the relation mentions of the clusters off their triples."""
    rows = connection.execute(_RELATION_MENTIONS, (clusters,)).fetchall()
    in_graph = [(triple, mention) for mention, triple in rows if triple is not None]
    connection.executemany(
        "UPDATE triple SET support = support - 1 WHERE id = ?", [(t,) for t, _ in in_graph]
    )
    connection.executemany(
        "UPDATE relation_mention SET triple = NULL WHERE id = ?", [(m,) for _, m in in_graph]
    )
    return _Detached([mention for mention, _ in rows], sorted({t for t, _ in in_graph}))


def _attach_relations(connection: sqlite3.Connection, relation_mentions: list[int]) -> None:
    rows = connection.execute(_STATED_TRIPLES, (json_list(relation_mentions),)).fetchall()
    connection.executemany(_COUNT_TRIPLE, [row[1:] for row in rows])
    connection.executemany(_POINT_AT_TRIPLE, rows)


def _drop_unsupported(
    connection: sqlite3.Connection, clusters: str, entities: Iterable[int], triples: Iterable[int]
) -> None:
    connection.executemany(
        "DELETE FROM triple WHERE id = ? AND support = 0 AND given = 0", [(t,) for t in triples]
    )
    connection.executemany(
        "DELETE FROM alias WHERE entity = ? AND clusters = 0 AND given = 0",
        [(entity,) for entity in entities],
    )
    connection.execute(
        "DELETE FROM mentioned WHERE mentions = 0 AND about = 0 AND passage IN ("
        "SELECT p.id FROM json_each(?) AS wanted "
        "CROSS JOIN cluster AS c ON c.id = wanted.value "
        "CROSS JOIN passage AS p ON p.document = c.document)",
        (clusters,),
    )


def _drop_empty(connection: sqlite3.Connection, entities: Iterable[int]) -> None:
    """Delete those entities that have no cluster and were not given."""
    connection.executemany(
        "DELETE FROM entity WHERE id = ? AND given = 0 "
        "AND NOT EXISTS (SELECT 1 FROM cluster WHERE cluster.entity = entity.id)",
        [(entity,) for entity in entities],
    )
