"""Whole documents and given knowledge, read back from the tables to move them.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from kgqa.errors import StoreError
from kgqa.store.passage_vectors import from_blobs
from kgqa.store.records import DocumentContent
from kgqa.types import (
    Cluster,
    Document,
    Entity,
    Extraction,
    Mention,
    Passage,
    RelationMention,
    Triple,
)

_RELATIONS = """
SELECT h.uid, r.text, t.uid, p.uid, m.start, m.stop, m.score, x.text
FROM cluster AS h
CROSS JOIN relation_mention AS m ON m.head = h.id
CROSS JOIN cluster AS t ON t.id = m.tail
CROSS JOIN label AS r ON r.id = m.relation
CROSS JOIN label AS x ON x.id = m.extractor
CROSS JOIN passage AS p ON p.id = m.passage
WHERE h.document = ? ORDER BY m.id
"""


def content_of(connection: sqlite3.Connection, document_id: str) -> DocumentContent:
    """See `GraphStore.content_of`."""
    row = connection.execute(
        "SELECT id, source, title, text, digest, extractor FROM document WHERE uid = ?",
        (document_id,),
    ).fetchone()
    if row is None:
        raise StoreError(f"expected a stored document, got id {document_id!r}")
    rowid, *parts, extractor = row
    passages = connection.execute(
        "SELECT v.vector, p.uid, p.start, p.stop, p.text, p.section, p.page, p.row "
        "FROM passage AS p JOIN passage_vector AS v ON v.passage = p.id "
        "WHERE p.document = ? ORDER BY p.id",
        (rowid,),
    ).fetchall()
    clusters = connection.execute(
        "SELECT c.id, c.uid, c.type, c.name, c.about, e.uid FROM cluster AS c "
        "LEFT JOIN entity AS e ON e.id = c.entity WHERE c.document = ? ORDER BY c.id",
        (rowid,),
    ).fetchall()
    mentions = _mentions(connection, rowid)
    extraction = Extraction(
        Document(document_id, *parts),
        tuple(Passage(p[1], document_id, *p[2:]) for p in passages),
        tuple(
            Cluster(uid, document_id, kind, name, tuple(mentions[number]), bool(about))
            for number, uid, kind, name, about, _ in clusters
        ),
        tuple(RelationMention(*r) for r in connection.execute(_RELATIONS, (rowid,))),
        extractor,
    )
    return DocumentContent(
        extraction, from_blobs([p[0] for p in passages]), {c[1]: c[5] for c in clusters}
    )


def _mentions(connection: sqlite3.Connection, document: int) -> dict[int, list[Mention]]:
    """Cluster rowid -> its mentions as they came."""
    found: dict[int, list[Mention]] = defaultdict(list)
    for cluster, *parts in connection.execute(
        "SELECT m.cluster, p.uid, m.start, m.stop, m.text, m.type, m.score FROM cluster AS c "
        "CROSS JOIN mention AS m ON m.cluster = c.id CROSS JOIN passage AS p ON p.id = m.passage "
        "WHERE c.document = ? ORDER BY m.id",
        (document,),
    ):
        found[cluster].append(Mention(*parts))
    return found


def given_entities_after(connection: sqlite3.Connection, last: str, limit: int) -> list[Entity]:
    """The next `limit` given entities after the id `last`, ordered by id."""
    rows = connection.execute(
        "SELECT id, uid, type, name, description FROM entity WHERE given = 1 AND uid > ? "
        "ORDER BY uid LIMIT ?",
        (last, limit),
    ).fetchall()
    return [
        Entity(uid, kind, name, _given_names(connection, rowid, name), description)
        for rowid, uid, kind, name, description in rows
    ]


def _given_names(connection: sqlite3.Connection, entity: int, name: str) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT name FROM alias WHERE entity = ? AND given = 1 AND name <> ? ORDER BY name",
        (entity, name),
    )
    return tuple(row[0] for row in rows)


def given_triples_after(
    connection: sqlite3.Connection, last: int, limit: int
) -> list[tuple[int, Triple]]:
    """The next `limit` given triples after the rowid `last`, with their rowids."""
    rows = connection.execute(
        "SELECT x.id, h.uid, r.text, t.uid FROM triple AS x "
        "CROSS JOIN label AS r ON r.id = x.relation "
        "CROSS JOIN entity AS h ON h.id = x.head CROSS JOIN entity AS t ON t.id = x.tail "
        "WHERE x.id > ? AND x.given = 1 ORDER BY x.id LIMIT ?",
        (last, limit),
    )
    return [(row[0], Triple(*row[1:])) for row in rows]
