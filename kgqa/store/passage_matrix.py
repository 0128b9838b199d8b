"""Passage vectors in memory, compared with a question's one by one: exact search.

SQLite answers from it; Neo4j does where its vector index cannot (`kgqa.store.neo4j_search`).
It is derived from a store, and made again when the store's version has risen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from kgqa.errors import StoreError
from kgqa.store.records import Vectors


class PassageMatrix:
    """All passages of a graph, or some of them.

    Args:
        ids: of the passages.
        vectors: their embeddings, unit length, [len(ids), width].
    """

    def __init__(self, ids: Sequence[str], vectors: Vectors) -> None:
        self._ids, self._vectors = ids, vectors

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self._ids)}

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """(passage id, cosine in [-1, 1]) of the nearest to `vector` [width], best first, ties
        by id. Raises StoreError when the passages' vectors have another width."""
        self._check_width(vector)
        count = min(limit, len(self._ids))
        if count < 1:
            return []
        cosines = self._vectors @ vector
        last = np.partition(cosines, -count)[-count]
        ranked = sorted(
            (-float(cosines[place]), self._ids[place])
            for place in np.flatnonzero(cosines >= last).tolist()
        )
        return [(name, min(1.0, max(-1.0, -cosine))) for cosine, name in ranked[:count]]

    def cosines(self, vector: Vectors, passage_ids: Sequence[str]) -> Vectors:
        """Cosine of `vector` [width] with each passage, [len(passage_ids)]; 0 for one that is
        not here. Raises StoreError when the passages' vectors have another width."""
        self._check_width(vector)
        found = np.zeros(len(passage_ids), np.float32)
        known = [n for n, name in enumerate(passage_ids) if name in self._places]
        if known:
            places = [self._places[passage_ids[n]] for n in known]
            found[known] = self._vectors[places] @ vector
        return found

    def _check_width(self, vector: Vectors) -> None:
        width = self._vectors.shape[1]
        if len(self._ids) and width != len(vector):
            raise StoreError(
                f"the store's passages have vectors of width {width}, the backbone gives "
                f"{len(vector)}; set `backbone` to the one that the store was made with, or "
                "ingest into a new store"
            )
