"""Full-text and vector search over passages, in Neo4j's own indexes.

Neither the texts nor the vectors are loaded into the process that asks. The vector index is
approximate and compares quantized vectors: several times as many passages as wanted are taken
from it, and ranked by the exact cosines of their vectors.

All graphs of a database share the two indexes. The words of the full-text index tell them
apart; of the vector index's answer the other graphs' passages are left out, and where too few
are left, more are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import snowballstemmer

from kgqa.store.neo4j_ddl import TEXT_INDEX, VECTOR_INDEX
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.passage_matrix import PassageMatrix
from kgqa.store.passage_vectors import from_blobs
from kgqa.store.records import Vectors
from kgqa.store.words import folded_words, query_words

_TITLE_WEIGHT = 4
"""A word of the title counts four times, as in the SQLite store."""
_TIES = 50
_OVERSAMPLED, _MORE = 4, 20
"""Four times the passages wanted, and twenty more, are taken from the vector index. On 5,000
random vectors of 200 clusters it then gave 98.5 of the 100 nearest 50 on Neo4j 2026.08, whose
index compares one bit a dimension, and all on 5.26 (one byte a dimension)."""
_MORE_CROWDED, _MOST_CROWDED = 4, 16
"""Where other graphs hide this one's passages four times as many are taken, and again."""
_SEARCH = f"""
CYPHER 25
MATCH (p:Passage)
  SEARCH p IN (VECTOR INDEX {VECTOR_INDEX} FOR $vector LIMIT $count)
WITH p WHERE p.graph = $graph RETURN p.id, p.half
"""
_PROCEDURE = """
CALL db.index.vector.queryNodes($index, $count, $vector) YIELD node
WITH node AS p WHERE p.graph = $graph RETURN p.id, p.half
"""
SEARCH_SINCE = (2026, 2)


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("porter")


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def stemmed(text: str) -> str:
    """The text's words, folded, stemmed (Porter 1980, as SQLite's FTS5) and parted by blanks."""
    return " ".join(_stem(word) for word in folded_words(text))


def graph_word(keys: Keys) -> str:
    """A word that only this graph's passages have."""
    return f"g{keys.graph:x}"


def lucene_query(text: str, keys: Keys) -> str:
    """Any of the text's telling words; empty for none.

    Folding leaves letters, digits and underscores in small letters, and none of Lucene's
    syntax (https://lucene.apache.org/core/9_9_0/queryparser/) is made of those alone.
    """
    words = dict.fromkeys(_stem(w) for word in query_words(text) for w in folded_words(word))
    if not words:
        return ""
    any_word = " ".join(words)
    return (
        f"+graph_word:{graph_word(keys)}^0 "
        f"+(title_words:({any_word})^{_TITLE_WEIGHT} words:({any_word}))"
    )


def search_text(
    transaction: Transaction, keys: Keys, text: str, limit: int
) -> list[tuple[str, float]]:
    """(passage id, BM25 > 0), best first, ties by id."""
    query = lucene_query(text, keys)
    if not query or limit <= 0:
        return []
    rows = transaction.rows(
        "CALL db.index.fulltext.queryNodes($index, $query, {limit: $count}) YIELD node, score "
        "RETURN node.id, score",
        index=TEXT_INDEX,
        query=query,
        count=limit + _TIES,
    )
    return sorted(((uid, score) for uid, score in rows), key=lambda hit: (-hit[1], hit[0]))[:limit]


class VectorIndex:
    """The vector index of a database, for one of its graphs.

    Args:
        server: its version; from 2026.02 on Cypher has SEARCH, before there is a procedure.
    """

    def __init__(self, server: tuple[int, int]) -> None:
        self._searches = server >= SEARCH_SINCE
        self._width: int | None = None
        self._crowded = 1

    def nearest(
        self, transaction: Transaction, vector: Vectors, limit: int
    ) -> list[tuple[str, float]] | None:
        """(passage id, cosine in [-1, 1]) of the nearest passages, best first, ties by id.

        Args:
            vector: unit length, shape [width].

        Returns:
            None where the index cannot tell: it takes vectors of another width, it has no
            answer to a vector of zeros, or other graphs fill it.
        """
        if self._width is None:
            self._width = _vector_index_width(transaction)
        if limit < 1 or len(vector) != self._width or not vector.any():
            return None
        while True:
            rows = self._candidates(transaction, vector, limit)
            if len(rows) >= limit or len(rows) == _passages(transaction):
                break
            if self._crowded >= _MOST_CROWDED:
                return None
            self._crowded *= _MORE_CROWDED
        found = PassageMatrix([row[0] for row in rows], from_blobs([bytes(row[1]) for row in rows]))
        return found.nearest(vector, limit)

    def _candidates(self, transaction: Transaction, vector: Vectors, limit: int) -> list[list[Any]]:
        """Ids and stored vectors of the graph's passages among the nearest of all graphs."""
        wanted: Sequence[float] = vector.astype(float).tolist()
        count = self._crowded * (_OVERSAMPLED * limit + _MORE)
        if self._searches:
            return transaction.rows(_SEARCH, vector=wanted, count=count)
        return transaction.rows(_PROCEDURE, index=VECTOR_INDEX, vector=wanted, count=count)


def _vector_index_width(transaction: Transaction) -> int:
    """How wide the vectors are that the vector index takes; 0 where there is none."""
    rows = transaction.rows(
        "SHOW INDEXES YIELD name, options WHERE name = $index "
        "RETURN options.indexConfig['vector.dimensions']",
        index=VECTOR_INDEX,
    )
    return int(rows[0][0]) if rows else 0


def _passages(transaction: Transaction) -> int:
    rows = transaction.rows("MATCH (p:Passage {graph: $graph}) RETURN count(p)")
    return int(rows[0][0])


def cosines(
    transaction: Transaction, keys: Keys, vector: Vectors, passage_ids: Sequence[str]
) -> Vectors:
    """Cosine of `vector` [width] with each passage, [len(passage_ids)]; 0 for unknown ones."""
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (p:Passage {uid: uid}) RETURN p.id, p.half",
        uids=list(dict.fromkeys(map(keys.passage, passage_ids))),
    )
    found = PassageMatrix([row[0] for row in rows], from_blobs([bytes(row[1]) for row in rows]))
    return found.cosines(vector, passage_ids)
