"""Passage vectors as blobs: float16, by which cosines change by less than 0.001."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np

from kgqa.errors import StoreError
from kgqa.store.base import Vectors
from kgqa.store.sqlite_rows import json_list

_STORED = np.dtype("<f2")


def to_blobs(vectors: Vectors) -> list[bytes]:
    """[n, width] -> n blobs."""
    return [row.tobytes() for row in vectors.astype(_STORED)]


def from_blobs(blobs: Sequence[bytes]) -> Vectors:
    """n blobs -> [n, width], [0, 0] for none."""
    width = len(blobs[0]) // _STORED.itemsize if blobs else 0
    halves = np.frombuffer(b"".join(blobs), dtype=_STORED)
    return halves.reshape(len(blobs), width).astype(np.float32)


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
    return None if row is None else int(row[0]) // _STORED.itemsize


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


def means(
    groups: Sequence[Sequence[int]], keys: Sequence[int], vectors: Vectors, width: int
) -> Vectors:
    """The mean, unit length, of each group's vectors.

    Args:
        groups: sorted, distinct keys.
        keys: the key of each of `vectors` [len(keys), width].

    Returns:
        [len(groups), width]; zeros for an empty group.
    """
    position = {key: n for n, key in enumerate(keys)}
    members = np.fromiter((position[key] for group in groups for key in group), dtype=np.intp)
    sizes = np.array([len(group) for group in groups], dtype=np.intp)
    # Sums of float16 are exact in float64, so that the order of the passages leaves no trace.
    sums = np.zeros((len(groups), width), dtype=np.float64)
    if len(members):
        starts = (sizes.cumsum() - sizes)[sizes > 0]
        sums[sizes > 0] = np.add.reduceat(vectors[members].astype(np.float64), starts)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return (sums / np.where(lengths > 0, lengths, 1)).astype(np.float32)
