"""Full-text and vector search over passages, in Neo4j's own indexes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import snowballstemmer

from kgqa.store.base import Vectors
from kgqa.store.neo4j_ddl import TEXT_INDEX, VECTOR_INDEX
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_session import Transaction
from kgqa.store.words import folded_words, query_words

_TITLE_WEIGHT = 4
"""A word of the title counts four times, as in the SQLite store."""
_TIES = 50
_OTHER_GRAPHS = 4
"""How many times more passages are asked for where other graphs share the vector index."""
_SEARCH = f"""
CYPHER 25
MATCH (p:Passage)
  SEARCH p IN (VECTOR INDEX {VECTOR_INDEX} FOR $vector LIMIT $count) SCORE AS score
WITH p, score WHERE p.graph = $graph RETURN p.id, score ORDER BY score DESC
"""
_PROCEDURE = """
CALL db.index.vector.queryNodes($index, $count, $vector) YIELD node, score
WHERE node.graph = $graph RETURN node.id, score ORDER BY score DESC
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


def search_vectors(
    transaction: Transaction, vector: Vectors, limit: int, server: tuple[int, int], shared: bool
) -> list[tuple[str, float]]:
    """(passage id, cosine in [-1, 1]) of the approximately nearest passages, best first.

    Args:
        server: its version; from 2026.02 on Cypher has SEARCH, before there is a procedure.
        shared: the index holds passages of other graphs.
    """
    wanted: Sequence[float] = vector.astype(float).tolist()
    count = limit * (_OTHER_GRAPHS if shared else 1)
    if server >= SEARCH_SINCE:
        rows = transaction.rows(_SEARCH, vector=wanted, count=count)
    else:
        rows = transaction.rows(_PROCEDURE, index=VECTOR_INDEX, vector=wanted, count=count)
    # Neo4j gives (1 + cosine) / 2.
    return [(uid, 2 * score - 1) for uid, score in rows[:limit]]
