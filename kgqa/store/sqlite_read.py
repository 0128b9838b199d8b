"""Documents, passages and text search, read from the tables.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from kgqa.store.passage_vectors import from_blobs
from kgqa.store.records import Vectors
from kgqa.store.sqlite_rows import is_unicode, rows_where, uids
from kgqa.store.words import query_words
from kgqa.types import Document, Passage, ScoredPassage

_DOCUMENT = "d.uid, d.source, d.title, d.text, d.digest"


def document_state(
    connection: sqlite3.Connection, document_ids: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """uid -> (digest, extractor) of those that are stored."""
    rows = rows_where(
        connection,
        "SELECT uid, digest, extractor FROM document WHERE uid IN ({texts})",
        document_ids,
    )
    return {uid: (digest, extractor) for uid, digest, extractor in rows}


def documents_after(
    connection: sqlite3.Connection, last: Document | None, limit: int
) -> list[Document]:
    """The next `limit` documents after `last` in order of (source, id)."""
    source, uid = (last.source, last.id) if last else ("", "")
    rows = connection.execute(
        f"SELECT {_DOCUMENT} FROM document AS d WHERE (d.source, d.uid) > (?, ?) "
        "ORDER BY d.source, d.uid LIMIT ?",
        (source, uid, limit),
    )
    return [Document(*row) for row in rows]


def find_documents(connection: sqlite3.Connection, name: str) -> list[Document]:
    """Documents whose id, source, file name or title is `name`."""
    if not is_unicode(name):
        return []
    rows = connection.execute(
        f"SELECT {_DOCUMENT} FROM document AS d "
        "WHERE d.uid = ?1 OR d.source = ?1 OR d.file = ?1 OR d.title = ?1 "
        "ORDER BY d.source, d.uid",
        (name,),
    )
    return [Document(*row) for row in rows]


def passages(connection: sqlite3.Connection, passage_ids: Sequence[str]) -> list[ScoredPassage]:
    """Those that are stored, in the order asked, each with a score of 0."""
    rows: list[Any] = rows_where(
        connection,
        "SELECT p.uid, d.uid, p.start, p.stop, p.text, p.section, p.page, p.row, "
        "d.title, d.source "
        "FROM passage AS p JOIN document AS d ON d.id = p.document WHERE p.uid IN ({texts})",
        passage_ids,
    )
    found = {row[0]: ScoredPassage(Passage(*row[:8]), row[8], row[9], 0.0) for row in rows}
    return [found[uid] for uid in passage_ids if uid in found]


def passage_vectors(connection: sqlite3.Connection) -> tuple[list[str], Vectors]:
    """Passage ids, sorted, and their vectors [n, width]; [0, 0] where there are none."""
    rows = connection.execute(
        "SELECT p.uid, v.vector FROM passage AS p "
        "JOIN passage_vector AS v ON v.passage = p.id ORDER BY p.uid"
    ).fetchall()
    return [row[0] for row in rows], from_blobs([row[1] for row in rows])


def search_text(connection: sqlite3.Connection, text: str, limit: int) -> list[tuple[str, float]]:
    """(passage uid, BM25 > 0), best first, ties by uid."""
    query = _match_query(text)
    if not query or limit <= 0:
        return []
    ranked = connection.execute(
        "SELECT rowid, -rank FROM passage_text WHERE passage_text MATCH ? ORDER BY rank", (query,)
    )
    best: list[tuple[int, float]] = []
    for row in ranked:
        if len(best) >= limit and row[1] < best[-1][1]:
            break
        best.append(row)
    names = uids(connection, "passage", (rowid for rowid, _ in best))
    # Equal scores in the order of their ids: which of them are in must not depend on rowids.
    named = ((names[rowid], score) for rowid, score in best)
    return sorted(named, key=lambda hit: (-hit[1], hit[0]))[:limit]


def _match_query(text: str) -> str:
    """Any of the text's telling words, each quoted, so that none is FTS5 syntax."""
    return " OR ".join(f'"{word}"' for word in query_words(text))
