"""Neo4j's vector index finds the passages that an exact search finds, on both lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from store_samples import extraction

from kgqa.store.neo4j import Neo4jStore
from kgqa.store.neo4j_ddl import DEFAULT_WIDTH


def test_nearest_passages(new_neo4j_url: Callable[[], str]) -> None:
    random = np.random.default_rng(3)
    made = extraction("a.txt", "\n".join(f"Line {n}." for n in range(40)))
    vectors = random.normal(size=(40, DEFAULT_WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with Neo4jStore.open(new_neo4j_url()) as store, Neo4jStore.open(new_neo4j_url()) as other:
        store.replace_document(made, vectors)
        # The same vectors in another graph of the database are not found.
        elsewhere = extraction("b.txt", "\n".join(f"Line {n}." for n in range(40)))
        other.replace_document(replace(elsewhere), vectors)
        found = store.search_vectors(vectors[7], 5)
        cosines = vectors @ vectors[7]
        best = {made.passages[n].id for n in np.argsort(-cosines)[:5]}
        exact = {passage.id: cosine for passage, cosine in zip(made.passages, cosines, strict=True)}
        # The index compares quantized vectors: a neighbour at the edge may change places.
        assert found[0][0] == made.passages[7].id
        assert len(best & {uid for uid, _ in found}) >= 4
        assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
        for uid, score in found:
            assert abs(score - exact[uid]) < 0.02
        assert store.search_vectors(vectors[7], 0) == []
