"""The records that cross the GraphStore interface and no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgqa.types import Cluster, Entity, Extraction

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stats:
    """Sizes of a graph, and `digest`: SHA-256 over its canonical, sorted content.

    The digest covers documents (title and text digest), entities (type, name, sorted
    aliases), triples by the names and types of their ends and evidence offsets; not
    scores, vectors, sources or internal ids, nor the section, page and row of a passage.
    It is equal for equal content whatever the order of ingestion and the backend.
    """

    documents: int
    passages: int
    entities: int
    triples: int
    evidence: int
    digest: str


@dataclass(frozen=True, slots=True)
class ClusterContext:
    """A cluster as linking sees it.

    `keys` are the `name_key`s of its name and of every surface form; `vector` is the mean
    of the embeddings of the passages that mention it (zeros without a mention), unit
    length, shape [width]. `document_digest` orders clusters independently of ingestion.
    """

    cluster: Cluster
    keys: tuple[str, ...]
    vector: Vectors
    document_digest: str
    document_title: str
    entity_id: str | None


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """An entity found under a surface form. `count` is how many mentions use that form."""

    entity: Entity
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Edges:
    """Weighted neighbours of a frontier: `sources[i]` -- `targets[i]`, node keys.

    A node key is a backend's integer: passages even, entities odd (`2 * n`, `2 * n + 1`).
    `weights` are > 0 and symmetric; each frontier node's edges are all present, so that
    their sum is its degree.
    """

    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document's extraction, its passage vectors [n_passages, width], and the entity
    (None: not linked) of each of its clusters, by cluster id."""

    extraction: Extraction
    vectors: Vectors
    entities: Mapping[str, str | None]


def summed(
    sources: NDArray[np.int64], targets: NDArray[np.int64], weights: NDArray[np.int64]
) -> Edges:
    """Edges ordered by source and target, parallel ones as one with the sum of their weights.

    Here, as SQLite's GROUP BY takes twice the time of all the rest.

    Args:
        sources, targets, weights: node keys and weights, each of shape [n_rows].
    """
    order = np.lexsort((targets, sources))
    sources, targets, weights = sources[order], targets[order], weights[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(sources) != 0) | (np.diff(targets) != 0)
    starts = np.flatnonzero(first)
    if not len(starts):
        return Edges(sources, targets, weights.astype(np.float32))
    sums = np.add.reduceat(weights, starts)
    return Edges(sources[starts], targets[starts], sums.astype(np.float32))
