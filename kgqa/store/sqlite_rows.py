"""Asking SQLite for many keys at once.

Integer keys travel as one JSON array (`json_each`). Text keys travel as parameters, in
chunks: SQLite's JSON ends a string at its first NUL.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from kgqa.store.chunks import chunked

_CHUNK = 900  # below SQLITE_MAX_VARIABLE_NUMBER of every build since 2008


def json_list(numbers: Iterable[int]) -> str:
    """The argument of `json_each`."""
    return json.dumps(list(numbers))


def rows_where(connection: sqlite3.Connection, sql: str, texts: Iterable[str]) -> list[Any]:
    """All rows of `sql`, whose `{texts}` stands for the list of an IN.

    Text that cannot be UTF-8 (half of a surrogate pair) is in no store and finds nothing.
    """
    rows: list[Any] = []
    for chunk in chunked(dict.fromkeys(texts), _CHUNK):
        try:
            rows += _rows_of(connection, sql, chunk)
        except UnicodeEncodeError:
            rows += _rows_of(connection, sql, [text for text in chunk if is_unicode(text)])
    return rows


def _rows_of(connection: sqlite3.Connection, sql: str, texts: list[str]) -> list[Any]:
    marks = ",".join("?" * len(texts))
    return connection.execute(sql.format(texts=marks), texts).fetchall()


def rowids(connection: sqlite3.Connection, table: str, uids: Iterable[str]) -> dict[str, int]:
    """uid -> rowid in `table` (document, passage, cluster or entity); unknown ones left out."""
    return dict(
        rows_where(connection, f"SELECT uid, id FROM {table} WHERE uid IN ({{texts}})", uids)
    )


def uids(connection: sqlite3.Connection, table: str, ids: Iterable[int]) -> dict[int, str]:
    """rowid -> uid in `table`; unknown ones left out."""
    return dict(
        connection.execute(
            f"SELECT t.id, t.uid FROM json_each(?) AS wanted "
            f"CROSS JOIN {table} AS t ON t.id = wanted.value",
            (json_list(ids),),
        )
    )


def label_ids(connection: sqlite3.Connection, texts: Sequence[str]) -> dict[str, int]:
    """text -> id of its label, made where it is new."""
    distinct = [(text,) for text in sorted(set(texts))]
    connection.executemany("INSERT INTO label (text) VALUES (?) ON CONFLICT DO NOTHING", distinct)
    return dict(
        rows_where(connection, "SELECT text, id FROM label WHERE text IN ({texts})", set(texts))
    )


def is_unicode(text: str) -> bool:
    """False for text with half of a surrogate pair, which UTF-8 cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
