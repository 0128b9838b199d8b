"""Passages that lie nearest to a question: by words (BM25) and by meaning (dense vectors)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors


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
    """Both searches over one store, each one call of it.

    How a store searches is its own affair: SQLite has BM25 in its file and compares the
    question with all vectors, held in memory; Neo4j has a full-text and a vector index.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def bm25(self, question: str, limit: int) -> list[RankedPassage]:
        """The passages that share the question's rarest words, best first."""
        return [RankedPassage(*found) for found in self._store.search_text(question, limit)]

    def dense(self, vector: Vectors, limit: int) -> list[RankedPassage]:
        """The nearest passages by cosine (negative ones count as 0), best first.

        Args:
            vector: the question's embedding, unit length, shape [width].

        Raises:
            StoreError: the store's vectors have another width.
        """
        nearest = self._store.search_vectors(vector, limit)
        return [RankedPassage(name, max(0.0, cosine)) for name, cosine in nearest]

    def cosines(self, vector: Vectors, passage_ids: Sequence[str]) -> Vectors:
        """Cosine with the question's embedding [width] for each passage, 0 where unknown."""
        return self._store.cosines(vector, passage_ids)


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
