"""Entities, triples and their evidence, read from the tables.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from kgqa.store.records import NamedEntity
from kgqa.store.sqlite_rows import json_list, rowids, rows_where
from kgqa.types import Document, Entity, Evidence, Triple

_TRIPLES_AFTER = """
SELECT x.id, h.uid, r.text, t.uid FROM triple AS x
CROSS JOIN label AS r ON r.id = x.relation
CROSS JOIN entity AS h ON h.id = x.head
CROSS JOIN entity AS t ON t.id = x.tail
WHERE x.id > ? ORDER BY x.id LIMIT ?
"""
_TRIPLES_OF = """
SELECT h.uid, r.text, t.uid FROM (
  SELECT x.head, x.relation, x.tail, x.support
  FROM json_each(?1) AS wanted CROSS JOIN triple AS x ON x.head = wanted.value
  UNION
  SELECT x.head, x.relation, x.tail, x.support
  FROM json_each(?1) AS wanted CROSS JOIN triple AS x ON x.tail = wanted.value
) AS triple
CROSS JOIN label AS r ON r.id = triple.relation
CROSS JOIN entity AS h ON h.id = triple.head
CROSS JOIN entity AS t ON t.id = triple.tail
ORDER BY triple.support DESC, h.uid, r.text, t.uid LIMIT ?2
"""
_EVIDENCE = """
SELECT m.triple, p.uid, m.start, m.stop, m.score, x.text
FROM json_each(?) AS wanted
CROSS JOIN relation_mention AS m ON m.triple = wanted.value
CROSS JOIN passage AS p ON p.id = m.passage
CROSS JOIN label AS x ON x.id = m.extractor
ORDER BY m.score DESC, p.uid, m.start, m.stop, x.text
"""


def find_entities(connection: sqlite3.Connection, keys: Sequence[str]) -> list[NamedEntity]:
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for rowid, key, mentions in rows_where(
        connection,
        "SELECT entity, key, mentions FROM alias WHERE key IN ({texts})",
        keys,
    ) + rows_where(connection, "SELECT id, key, 0 FROM entity WHERE key IN ({texts})", keys):
        counts[rowid, key] += mentions
    found = entities_by_rowid(connection, {rowid for rowid, _ in counts})
    named = [NamedEntity(found[rowid], key, count) for (rowid, key), count in counts.items()]
    return sorted(named, key=lambda n: (-n.count, n.key, n.entity.name, n.entity.id))


def entities_by_rowid(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Entity]:
    """rowid -> entity; its aliases are its other names, sorted."""
    wanted = json_list(ids)
    names: dict[int, list[str]] = defaultdict(list)
    for rowid, name in connection.execute(
        "SELECT a.entity, a.name FROM json_each(?) AS wanted "
        "CROSS JOIN alias AS a ON a.entity = wanted.value ORDER BY a.entity, a.name",
        (wanted,),
    ):
        names[rowid].append(name)
    rows = connection.execute(
        "SELECT e.id, e.uid, e.type, e.name, e.description FROM json_each(?) AS wanted "
        "CROSS JOIN entity AS e ON e.id = wanted.value",
        (wanted,),
    )
    return {
        rowid: Entity(
            uid, kind, name, tuple(n for n in names.get(rowid, ()) if n != name), description
        )
        for rowid, uid, kind, name, description in rows
    }


def entities(connection: sqlite3.Connection, entity_ids: Sequence[str]) -> list[Entity]:
    ids = rowids(connection, "entity", entity_ids)
    found = entities_by_rowid(connection, ids.values())
    return [found[ids[uid]] for uid in entity_ids if uid in ids]


def entities_after(connection: sqlite3.Connection, last: str, limit: int) -> list[Entity]:
    """The next `limit` entities after the id `last`, ordered by id."""
    rows = connection.execute(
        "SELECT id FROM entity WHERE uid > ? ORDER BY uid LIMIT ?", (last, limit)
    ).fetchall()
    found = entities_by_rowid(connection, [row[0] for row in rows])
    return [found[row[0]] for row in rows]


def triples_after(
    connection: sqlite3.Connection, last: int, limit: int
) -> list[tuple[int, Triple]]:
    """The next `limit` triples after the rowid `last`, with their rowids."""
    rows = connection.execute(_TRIPLES_AFTER, (last, limit))
    return [(row[0], Triple(*row[1:])) for row in rows]


def triples_of(
    connection: sqlite3.Connection, entity_ids: Sequence[str], limit: int
) -> list[Triple]:
    ends = json_list(rowids(connection, "entity", entity_ids).values())
    return [Triple(*row) for row in connection.execute(_TRIPLES_OF, (ends, max(limit, 0)))]


def evidence_of(connection: sqlite3.Connection, triples: Sequence[Triple]) -> list[Evidence]:
    """Triple by triple as asked, best score first."""
    ids = _triple_ids(connection, triples)
    found: dict[int, list[Any]] = defaultdict(list)
    for triple_id, *place in connection.execute(_EVIDENCE, (json_list(ids.values()),)):
        found[triple_id].append(place)
    return [
        Evidence(triple, *place) for triple, rowid in ids.items() for place in found.get(rowid, ())
    ]


def _triple_ids(connection: sqlite3.Connection, triples: Sequence[Triple]) -> dict[Triple, int]:
    """Triple -> rowid, in the order asked, unknown ones left out."""
    ends = rowids(connection, "entity", (end for t in triples for end in (t.head, t.tail)))
    labels: dict[str, int] = dict(
        rows_where(
            connection,
            "SELECT text, id FROM label WHERE text IN ({texts})",
            (t.relation for t in triples),
        )
    )
    ids: dict[Triple, int] = {}
    for triple in triples:
        key = (ends.get(triple.head), labels.get(triple.relation), ends.get(triple.tail))
        row = connection.execute(
            "SELECT id FROM triple WHERE head = ? AND relation = ? AND tail = ?", key
        ).fetchone()
        if row is not None:
            ids[triple] = row[0]
    return ids


def documents_of(
    connection: sqlite3.Connection, entity_ids: Sequence[str]
) -> dict[str, list[Document]]:
    """See `GraphStore.documents_of`."""
    ids = rowids(connection, "entity", entity_ids)
    found: dict[str, list[Document]] = {uid: [] for uid in entity_ids if uid in ids}
    for uid, *parts in connection.execute(
        "SELECT DISTINCT e.uid, d.uid, d.source, d.title, '', d.digest "
        "FROM json_each(?) AS wanted CROSS JOIN entity AS e ON e.id = wanted.value "
        "CROSS JOIN cluster AS c ON c.entity = e.id "
        "CROSS JOIN document AS d ON d.id = c.document ORDER BY d.source, d.uid",
        (json_list(ids.values()),),
    ):
        found[uid].append(Document(*parts))
    return found


def entities_of(connection: sqlite3.Connection, passage_ids: Sequence[str]) -> dict[str, list[str]]:
    ids = rowids(connection, "passage", passage_ids)
    found: dict[str, list[str]] = {uid: [] for uid in passage_ids if uid in ids}
    for passage, entity in connection.execute(
        "SELECT p.uid, e.uid FROM json_each(?) AS wanted "
        "CROSS JOIN passage AS p ON p.id = wanted.value "
        "CROSS JOIN mentioned AS m ON m.passage = p.id AND m.mentions > 0 "
        "CROSS JOIN entity AS e ON e.id = m.entity ORDER BY e.uid",
        (json_list(ids.values()),),
    ):
        found[passage].append(entity)
    return found
