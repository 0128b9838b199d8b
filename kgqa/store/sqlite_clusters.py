"""What linking reads: the queue of name keys, and the clusters under them.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence

from kgqa.store.records import ClusterContext
from kgqa.store.resolver import Seen
from kgqa.store.sqlite_rows import json_list, rows_where
from kgqa.store.sqlite_vectors import mean_vectors
from kgqa.types import Cluster, Mention


def counters(connection: sqlite3.Connection) -> Seen:
    """As they are now."""
    return Seen(*connection.execute("SELECT version, assigned FROM counter").fetchone())


def pending_keys(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT key FROM pending_key ORDER BY key")]


def settle_keys(connection: sqlite3.Connection, keys: Iterable[str], seen: Seen | None) -> bool:
    """Take resolved keys off the queue, unless what resolved them has been overtaken.

    `seen` is what the resolver saw when it read the queue; None settles without question.
    A key that was touched since stays. If another resolver wrote since, its decisions may
    just have been overwritten by older ones: then all the keys go (back) on the queue, and
    the answer is False.
    """
    now = counters(connection)
    connection.execute("UPDATE counter SET assigned = assigned + 1")
    if seen is not None and now.assigned != seen.assigned:
        connection.executemany(
            "INSERT INTO pending_key (key, touched) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET touched = excluded.touched",
            [(key, now.version + 1) for key in keys],
        )
        return False
    latest = now.version if seen is None else seen.version
    connection.executemany(
        "DELETE FROM pending_key WHERE key = ? AND touched <= ?",
        [(key, latest) for key in keys],
    )
    return True


def clusters(connection: sqlite3.Connection, keys: Sequence[str]) -> list[ClusterContext]:
    """See `GraphStore.clusters`."""
    found = rows_where(
        connection, "SELECT DISTINCT cluster FROM surface WHERE key IN ({texts})", keys
    )
    wanted = json_list({row[0] for row in found})
    mentions, places = _mentions(connection, wanted)
    surfaces = _keys(connection, wanted)
    rows = connection.execute(
        "SELECT c.id, c.uid, d.uid, c.type, c.name, c.about, d.digest, d.title, e.uid "
        "FROM json_each(?) AS wanted CROSS JOIN cluster AS c ON c.id = wanted.value "
        "CROSS JOIN document AS d ON d.id = c.document "
        "LEFT JOIN entity AS e ON e.id = c.entity ORDER BY c.uid",
        (wanted,),
    ).fetchall()
    vectors = mean_vectors(connection, [places.get(row[0], ()) for row in rows])
    return [
        ClusterContext(
            Cluster(uid, document, kind, name, tuple(mentions.get(rowid, ())), bool(about)),
            tuple(sorted(surfaces[rowid])),
            vector,
            digest,
            title,
            entity,
        )
        for (rowid, uid, document, kind, name, about, digest, title, entity), vector in zip(
            rows, vectors, strict=True
        )
    ]


def _keys(connection: sqlite3.Connection, wanted: str) -> dict[int, set[str]]:
    """Cluster rowid -> name keys."""
    keys: dict[int, set[str]] = defaultdict(set)
    for cluster, key in connection.execute(
        "SELECT s.cluster, s.key FROM json_each(?) AS wanted "
        "CROSS JOIN surface AS s ON s.cluster = wanted.value",
        (wanted,),
    ):
        keys[cluster].add(key)
    return keys


def _mentions(
    connection: sqlite3.Connection, wanted: str
) -> tuple[dict[int, list[Mention]], dict[int, list[int]]]:
    """Cluster rowid -> its mentions as they came, and the rowids of their passages."""
    mentions: dict[int, list[Mention]] = defaultdict(list)
    places: dict[int, list[int]] = defaultdict(list)
    for cluster, passage, *parts in connection.execute(
        "SELECT m.cluster, m.passage, p.uid, m.start, m.stop, m.text, m.type, m.score "
        "FROM json_each(?) AS wanted CROSS JOIN mention AS m ON m.cluster = wanted.value "
        "CROSS JOIN passage AS p ON p.id = m.passage ORDER BY m.id",
        (wanted,),
    ):
        mentions[cluster].append(Mention(*parts))
        places[cluster].append(passage)
    return mentions, places
