"""Stores of older formats, and what text search holds of sections."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from store_fixtures import put, resolve, stated

from kgqa.errors import StoreError
from kgqa.store import sqlite_file
from kgqa.store.ddl import MIGRATIONS
from kgqa.store.sqlite import SqliteStore
from kgqa.types import Extraction


def with_section(made: Extraction, section: str) -> Extraction:
    return replace(made, passages=(replace(made.passages[0], section=section, page=2, row=7),))


def old_store(path: Path, made: Extraction) -> None:
    """A store that the first format's script made, with a document as its kgqa wrote one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_file, "MIGRATIONS", MIGRATIONS[:1])
        connection = sqlite_file.connect(str(path)).connection
    document, passage = made.document, made.passages[0]
    name = Path(document.source).name
    row = (1, document.id, document.source, name, document.title, document.digest, made.extractor)
    connection.execute(
        "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, document.text)
    )
    place = (passage.start, passage.end, passage.text)
    connection.execute("INSERT INTO passage VALUES (1, ?, 1, ?, ?, ?)", (passage.id, *place))
    vector = np.full(4, 0.5, dtype="<f2").tobytes()
    connection.execute("INSERT INTO passage_vector VALUES (1, ?)", (vector,))
    connection.execute(
        "INSERT INTO passage_text (rowid, title, text) VALUES (1, ?, ?)",
        (document.title, passage.text),
    )
    connection.execute("UPDATE counter SET version = version + 1")
    connection.close()


def words(path: Path) -> list[tuple[object, ...]]:
    """All that the full-text index holds: word, passage, column, position."""
    connection = sqlite3.connect(path)
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.word USING fts5vocab (main, passage_text, instance)"
        )
        connection.execute("INSERT INTO passage_text (passage_text) VALUES ('integrity-check')")
        return connection.execute("SELECT * FROM temp.word").fetchall()
    finally:
        connection.close()


def test_a_store_of_the_first_format_is_read_and_written(tmp_path: Path) -> None:
    path, made = tmp_path / "old.db", stated(1, "Ada", "Bob")
    old_store(path, made)
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (1,)
    before = words(path)
    with SqliteStore.open(f"sqlite:///{path}") as store:
        [scored] = store.passages([made.passages[0].id])
        assert scored.passage == made.passages[0]
        assert store.content_of(made.document.id).extraction.passages == made.passages
        assert [uid for uid, _ in store.search_text("ada", 5)] == [made.passages[0].id]
        other = with_section(stated(2, "Ada", "Eve"), "Results > 2023")
        assert put(store, other) == "added"
        resolve(store)
        assert store.passages([other.passages[0].id])[0].passage == other.passages[0]
        store.delete_document(other.document.id)
    assert words(path) == before
    with SqliteStore.open(f"sqlite:///{path}") as store:
        store.delete_document(made.document.id)
    assert words(path) == []


def test_a_store_of_the_first_format_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    old_store(path, stated(1, "Ada", "Bob"))

    def refuse(connection: sqlite3.Connection, _: str) -> None:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("CREATE TABLE refused (a)")

    monkeypatch.setattr(sqlite_file, "_migrate", refuse)
    with pytest.raises(StoreError, match=r"expected format 2, got 1.*copy the file"):
        SqliteStore.open(f"sqlite:///{path}")


def test_a_text_without_a_section_is_indexed_as_in_the_first_format(tmp_path: Path) -> None:
    made = stated(1, "Ada", "Bob")
    old_store(tmp_path / "old.db", made)
    with SqliteStore.open(f"sqlite:///{tmp_path / 'new.db'}") as store:
        put(store, made)
    assert words(tmp_path / "new.db") == words(tmp_path / "old.db") != []


@pytest.mark.parametrize(
    "section", ["Results > 2023", "", "\u00c9t\u00e9\x00s > \U0001f600 '", " "]
)
def test_what_a_deletion_quotes_is_what_was_indexed(tmp_path: Path, section: str) -> None:
    path = tmp_path / "a.db"
    kept = with_section(stated(1, "Ada", "Bob"), "Results")
    with SqliteStore.open(f"sqlite:///{path}") as store:
        put(store, kept)
    before = words(path)
    gone = with_section(stated(2, "Ada", "Eve"), section)
    with SqliteStore.open(f"sqlite:///{path}") as store:
        put(store, gone)
        put(store, replace(with_section(gone, "Another"), extractor="x2"))
        store.delete_document(gone.document.id)
    assert words(path) == before
    assert ("result", 1, "title", 2) in before
