"""All of a graph, page by page: each page is a transaction of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from kgqa.store.sqlite_read import documents_after
from kgqa.store.sqlite_session import Session
from kgqa.types import Document, Entity, Triple

_PAGE = 1_000
_DOCUMENTS_PAGE = 20  # their texts may be long


def documents(session: Session) -> Iterator[Document]:
    """Ordered by source and id."""
    last: Document | None = None
    while True:
        with session.reading() as connection:
            page = documents_after(connection, last, _DOCUMENTS_PAGE)
        if not page:
            return
        yield from page
        last = page[-1]


def entities(
    session: Session, after: Callable[[sqlite3.Connection, str, int], list[Entity]]
) -> Iterator[Entity]:
    """Ordered by id.

    Args:
        after: (connection, id, count) -> that many entities at most, the next after that id.
    """
    last = ""
    while True:
        with session.reading() as connection:
            page = after(connection, last, _PAGE)
        if not page:
            return
        yield from page
        last = page[-1].id


def triples(
    session: Session, after: Callable[[sqlite3.Connection, int, int], list[tuple[int, Triple]]]
) -> Iterator[Triple]:
    """Ordered by rowid.

    Args:
        after: (connection, rowid, count) -> that many triples at most with their rowids, the
            next after that rowid.
    """
    last = 0
    while True:
        with session.reading() as connection:
            page = after(connection, last, _PAGE)
        if not page:
            return
        yield from (triple for _, triple in page)
        last = page[-1][0]
