"""Passages that lie nearest to a question: by words (BM25) and by meaning (dense vectors)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kgqa.errors import StoreError
from kgqa.store.base import GraphStore, Vectors


class Encoder(Protocol):
    """What retrieval needs of the backbone."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit-length embeddings, float32 [len(texts), width]."""
        ...


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """`score` in [0, 1] for dense and fused rankings, > 0 for BM25; comparable within one."""

    passage_id: str
    score: float


class PassageIndex:
    """Both searches over one store. Vectors are held in memory until the store changes."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._version: int | None = None
        self._ids: list[str] = []
        self._places: dict[str, int] = {}
        self._vectors: Vectors = np.zeros((0, 0), np.float32)

    def bm25(self, question: str, limit: int) -> list[RankedPassage]:
        """The passages that share the question's rarest words, best first."""
        return [RankedPassage(*found) for found in self._store.search_text(question, limit)]

    def dense(self, vector: Vectors, limit: int) -> list[RankedPassage]:
        """Exact nearest passages by cosine (negative ones count as 0), best first.

        Args:
            vector: the question's embedding, unit length, shape [width].

        Raises:
            StoreError: the store's vectors have another width.
        """
        self._refresh(vector)
        if not self._ids or limit < 1:
            return []
        cosines = self._vectors @ vector
        count = min(limit, len(cosines))
        nearest = np.argpartition(-cosines, count - 1)[:count]
        ranked = sorted((-float(cosines[place]), self._ids[place]) for place in nearest)
        return [RankedPassage(name, min(1.0, max(0.0, -cosine))) for cosine, name in ranked]

    def cosines(self, vector: Vectors, passage_ids: Sequence[str]) -> NDArray[np.float32]:
        """Cosine with the question's embedding [width] for each passage, 0 where unknown."""
        self._refresh(vector)
        found = np.zeros(len(passage_ids), np.float32)
        known = [n for n, name in enumerate(passage_ids) if name in self._places]
        if known:
            places = [self._places[passage_ids[n]] for n in known]
            found[known] = self._vectors[places] @ vector
        return found

    def _refresh(self, vector: Vectors) -> None:
        version = self._store.version()
        if version != self._version:
            self._ids, self._vectors = self._store.passage_vectors()
            self._places = {name: place for place, name in enumerate(self._ids)}
            self._version = version
        width = self._vectors.shape[1]
        if self._ids and width != len(vector):
            raise StoreError(
                f"store {self._store.url!r}: its passages have vectors of width {width}, the "
                f"backbone gives {len(vector)}; set `backbone` to the one that the store was "
                "made with, or ingest into a new store"
            )


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[RankedPassage]], constant: float = 60.0
) -> list[RankedPassage]:
    """Merge rankings by the sum of 1 / (constant + rank), scaled so that 1 is first in all.

    Cormack, Clarke & Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and
    individual Rank Learning Methods" (SIGIR 2009). Ties go by passage id.
    """
    sums: dict[str, float] = {}
    for ranking in rankings:
        for rank, ranked in enumerate(ranking):
            sums[ranked.passage_id] = sums.get(ranked.passage_id, 0.0) + 1 / (constant + rank)
    best = len(rankings) / constant
    ordered = sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))
    return [RankedPassage(name, score / best) for name, score in ordered]
