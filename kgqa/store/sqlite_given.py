"""Given knowledge (an imported graph), batch by batch, inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from kgqa.errors import StoreError
from kgqa.names import name_key
from kgqa.store.sqlite_rows import json_list, label_ids, rows_where
from kgqa.types import Entity, Triple

_KNOWN_ENDS = 500_000  # about 60 MB

_PUT_ENTITY = """
INSERT INTO entity (uid, type, name, key, description, given) VALUES (?, ?, ?, ?, ?, 1)
ON CONFLICT (uid) DO UPDATE SET type = excluded.type, name = excluded.name,
  key = excluded.key, description = excluded.description, given = 1
WHERE given = 0
"""
_PUT_ALIAS = """
INSERT INTO alias (entity, name, key, mentions, clusters, given)
SELECT id, ?1, ?2, 0, 0, 1 FROM entity WHERE uid = ?3 AND name <> ?1
ON CONFLICT (entity, name) DO UPDATE SET given = 1 WHERE given = 0
"""
_PUT_TRIPLE = """
INSERT INTO triple (head, relation, tail, support, given) VALUES (?, ?, ?, 0, 1)
ON CONFLICT (head, relation, tail) DO UPDATE SET given = 1 WHERE given = 0
"""
_TOUCH = """
INSERT INTO pending_key (key, touched)
SELECT DISTINCT key, (SELECT version + 1 FROM counter) FROM surface WHERE key IN ({texts})
ON CONFLICT (key) DO UPDATE SET touched = excluded.touched
"""


def put_given_entities(connection: sqlite3.Connection, entities: Sequence[Entity]) -> None:
    """Add entities. The first given name, type and description of an id stay; a later
    name becomes an alias. Names that clusters bear are queued: they may now link here.
    """
    rows = [(e.id, e.type, e.name, name_key(e.name), e.description) for e in entities]
    connection.executemany(_PUT_ENTITY, rows)
    names = [(name, e.id) for e in entities for name in (e.name, *e.aliases)]
    aliases = [(name, name_key(name), uid) for name, uid in names]
    connection.executemany(_PUT_ALIAS, aliases)
    if connection.execute("SELECT 1 FROM surface LIMIT 1").fetchone():
        rows_where(connection, _TOUCH, (key for _, key, _ in aliases))


def put_given_triples(
    connection: sqlite3.Connection, triples: Sequence[Triple], known: dict[str, int]
) -> None:
    """Add triples between stored entities, whose ends count as given from now on.

    Args:
        known: uid -> rowid of ends of earlier batches, to be passed on to the next. They
            are given, so that nothing can have deleted them since.

    Raises:
        StoreError: an end is not an entity.
    """
    if len(known) > _KNOWN_ENDS:
        known.clear()
    _learn_ends(connection, triples, known)
    labels = label_ids(connection, [triple.relation for triple in triples])
    try:
        rows = [(known[t.head], labels[t.relation], known[t.tail]) for t in triples]
    except KeyError as error:
        raise StoreError(
            f"a triple's ends: expected ids of entities, got {error.args[0]!r}; "
            "add the entity with the triple"
        ) from error
    rows.sort()  # neighbours in the index are written together
    connection.executemany(_PUT_TRIPLE, rows)


def _learn_ends(
    connection: sqlite3.Connection, triples: Sequence[Triple], known: dict[str, int]
) -> None:
    """Add the triples' ends to `known`, and mark them as given."""
    ends = {t.head for t in triples} | {t.tail for t in triples}
    newly_given: list[int] = []
    for uid, rowid, given in rows_where(
        connection,
        "SELECT uid, id, given FROM entity WHERE uid IN ({texts})",
        ends - known.keys(),
    ):
        known[uid] = rowid
        if not given:
            newly_given.append(rowid)
    connection.execute(
        "UPDATE entity SET given = 1 WHERE id IN (SELECT value FROM json_each(?))",
        (json_list(newly_given),),
    )
