"""The vectors of stored passages: their width, and the mean of some."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from kgqa.errors import StoreError
from kgqa.store.passage_vectors import blob_width, from_blobs, means
from kgqa.store.records import Vectors
from kgqa.store.sqlite_rows import json_list


def check_width(connection: sqlite3.Connection, width: int) -> None:
    """Raises StoreError when the store holds vectors of another width."""
    stored = stored_width(connection)
    if stored is not None and stored != width:
        raise StoreError(
            f"expected passage vectors of width {stored}, which the store holds, got {width}: "
            "the backbone has changed; set it back, or ingest into a new store"
        )


def stored_width(connection: sqlite3.Connection) -> int | None:
    """The width of the vectors that the store holds; None without any."""
    row = connection.execute("SELECT length(vector) FROM passage_vector LIMIT 1").fetchone()
    return None if row is None else blob_width(int(row[0]))


def mean_vectors(connection: sqlite3.Connection, groups: Sequence[Sequence[int]]) -> Vectors:
    """The mean vector, unit length, of the distinct passages (rowids) of each group.

    Returns:
        [len(groups), width]; zeros for an empty group.
    """
    distinct = [sorted(set(group)) for group in groups]
    rows = connection.execute(
        "SELECT v.passage, v.vector FROM json_each(?) AS wanted "
        "CROSS JOIN passage_vector AS v ON v.passage = wanted.value",
        (json_list({passage for group in distinct for passage in group}),),
    ).fetchall()
    width = stored_width(connection) or 0
    return means(distinct, [row[0] for row in rows], from_blobs([row[1] for row in rows]), width)
