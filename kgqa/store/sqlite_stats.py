"""Sizes and digest of a graph, streamed from the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from kgqa.store.graph_digest import (
    DigestedEntity,
    DigestedEvidence,
    DigestedTriple,
    Place,
    graph_digest,
)
from kgqa.store.records import Stats

_COUNTS = """
SELECT (SELECT count(*) FROM document), (SELECT count(*) FROM passage),
  (SELECT count(*) FROM entity), (SELECT count(*) FROM triple),
  (SELECT count(*) FROM relation_mention WHERE triple IS NOT NULL)
"""
_ENTITIES = "SELECT id, type, name, given FROM entity ORDER BY id"
_NAMES = "SELECT entity, name FROM alias ORDER BY entity"
_PLACES = """
SELECT c.entity, d.digest, ifnull(m.start, -1), ifnull(m.stop, -1)
FROM cluster AS c JOIN document AS d ON d.id = c.document
LEFT JOIN mention AS m ON m.cluster = c.id
WHERE c.entity IS NOT NULL ORDER BY c.entity
"""
_TRIPLES = """
SELECT t.head, r.text, t.tail, t.given
FROM triple AS t CROSS JOIN label AS r ON r.id = t.relation
"""
_EVIDENCE = """
SELECT t.head, r.text, t.tail, d.digest, m.start, m.stop
FROM relation_mention AS m
CROSS JOIN triple AS t ON t.id = m.triple
CROSS JOIN label AS r ON r.id = t.relation
CROSS JOIN passage AS p ON p.id = m.passage
CROSS JOIN document AS d ON d.id = p.document
"""
_PASSAGES = """
SELECT d.digest, p.start, p.stop FROM passage AS p JOIN document AS d ON d.id = p.document
"""


def stats(connection: sqlite3.Connection) -> Stats:
    """Reads everything: call it within one read transaction."""
    digest = graph_digest(
        (row[0] for row in connection.execute("SELECT digest FROM document")),
        (Place(*row) for row in connection.execute(_PASSAGES)),
        _entities(connection),
        (DigestedTriple(h, r, t, bool(given)) for h, r, t, given in connection.execute(_TRIPLES)),
        (
            DigestedEvidence(h, r, t, Place(*place))
            for h, r, t, *place in connection.execute(_EVIDENCE)
        ),
    )
    documents, passages, entities, triples, evidence = connection.execute(_COUNTS).fetchone()
    return Stats(documents, passages, entities, triples, evidence, digest)


def _entities(connection: sqlite3.Connection) -> Iterator[DigestedEntity]:
    names, places = _Grouped(connection, _NAMES), _Grouped(connection, _PLACES)
    for rowid, kind, name, given in connection.execute(_ENTITIES):
        yield DigestedEntity(
            rowid,
            kind,
            name,
            bool(given),
            [row[1] for row in names.of(rowid)],
            [Place(*row[1:]) for row in places.of(rowid)],
        )


class _Grouped:
    """Rows whose first column rises, handed out by that column, asked in rising order."""

    def __init__(self, connection: sqlite3.Connection, sql: str) -> None:
        self._groups = groupby(connection.execute(sql), key=itemgetter(0))
        self._next = next(self._groups, None)

    def of(self, rowid: int) -> list[tuple[int, str, int, int]]:
        if self._next is None or self._next[0] != rowid:
            return []
        rows = list(self._next[1])
        self._next = next(self._groups, None)
        return rows
