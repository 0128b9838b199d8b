"""Passage vectors as blobs: float16, by which cosines change by less than 0.001."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgqa.store.records import Vectors

_STORED = np.dtype("<f2")


def to_blobs(vectors: Vectors) -> list[bytes]:
    """[n, width] -> n blobs."""
    return [row.tobytes() for row in vectors.astype(_STORED)]


def from_blobs(blobs: Sequence[bytes]) -> Vectors:
    """n blobs -> [n, width], [0, 0] for none."""
    width = blob_width(len(blobs[0])) if blobs else 0
    halves = np.frombuffer(b"".join(blobs), dtype=_STORED)
    return halves.reshape(len(blobs), width).astype(np.float32)


def blob_width(n_bytes: int) -> int:
    """The width of a vector whose blob has so many bytes."""
    return n_bytes // _STORED.itemsize


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
