"""Recognising, making, migrating and refusing store files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kgqa.errors import StoreError
from kgqa.store import sqlite_file
from kgqa.store.ddl import APPLICATION_ID, MIGRATIONS
from kgqa.store.open import open_store


def pragma(path: Path, name: str) -> object:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]
    finally:
        connection.close()


def test_a_new_store_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    open_store(f"sqlite:///{path}").close()
    assert pragma(path, "application_id") == APPLICATION_ID
    assert pragma(path, "user_version") == len(MIGRATIONS)
    assert pragma(path, "journal_mode") == "wal"
    assert pragma(path, "integrity_check") == "ok"


def test_relative_and_absolute_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///rel.db") as store:
        assert store.url == "sqlite:///rel.db"
    assert (tmp_path / "rel.db").exists()
    open_store(f"sqlite:////{str(tmp_path / 'odd ?name#%20.db').lstrip('/')}").close()
    assert (tmp_path / "odd ?name#%20.db").exists()


def test_a_store_in_memory_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///:memory:") as store:
        assert store.stats().documents == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    ["sqlite:///", "sqlite:///  ", "sqlite://rel.db", "sqlite://", "sqlite:///a\x00b", "x.db"],
)
def test_a_url_without_a_path(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="expected sqlite:///"):
        open_store(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "got"), [("graph", "got no scheme"), ("redis://host/0", "got scheme 'redis'")]
)
def test_a_url_of_no_backend(url: str, got: str) -> None:
    with pytest.raises(StoreError, match=got):
        open_store(url)


@pytest.mark.parametrize("content", [b"x", b"{}\n" * 500, b"SQLite format 3\x00", bytes(4096)])
def test_another_file_is_left_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="left untouched"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_another_sqlite_file_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE document (id INTEGER)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="another SQLite file"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_newer_store_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    open_store(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="newer kgqa"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_store(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    open_store(f"sqlite:///{path}").close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with pytest.raises(StoreError, match=r"malformed|not a database"):
        open_store(f"sqlite:///{path}")


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with open_store(f"sqlite:///{path}") as store:
        assert store.stats().documents == 0


def test_folders_that_do_not_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="existing folder"):
        open_store(f"sqlite:///{tmp_path}/none/a.db")
    with pytest.raises(StoreError, match="got a folder"):
        open_store(f"sqlite:///{tmp_path}")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="existing folder"):
        open_store(f"sqlite:///{tmp_path}/file/a.db")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that refuses files")
def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(StoreError, match="writable"):
        open_store("sqlite:////proc/self/kgqa.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.db"
    open_store(f"sqlite:///{path}").close()
    path.chmod(0)
    with pytest.raises(StoreError, match="permissions"):
        open_store(f"sqlite:///{path}")


def test_an_older_store_is_migrated_and_keeps_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with open_store(url) as store:
        store.upsert([], [])
        before = store.stats()
    step = "CREATE TABLE added (a TEXT); -- one\nINSERT INTO added VALUES ('semi;colon');"
    monkeypatch.setattr(sqlite_file, "MIGRATIONS", (*MIGRATIONS, step))
    with open_store(url) as store:
        assert store.stats() == before
    assert pragma(tmp_path / "old.db", "user_version") == len(MIGRATIONS) + 1


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    open_store(f"sqlite:///{path}").close()
    monkeypatch.setattr(
        sqlite_file, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE half (a);\nSELECT * FROM nowhere;")
    )
    with pytest.raises(StoreError, match="nowhere"):
        open_store(f"sqlite:///{path}")
    monkeypatch.undo()
    open_store(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    assert connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = 'half'"
    ).fetchone() == (0,)
    connection.close()


def test_processes_that_make_one_store_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from kgqa.store.open import open_store; from kgqa.types import Entity\n"
        "with open_store(sys.argv[1]) as s: s.upsert([Entity(sys.argv[2], 't', 'n')], [])"
    )
    url = f"sqlite:///{tmp_path / 'race.db'}"
    running = [subprocess.Popen([sys.executable, "-c", code, url, str(n)]) for n in range(4)]
    assert [writer.wait(60) for writer in running] == [0] * 4
    with open_store(url) as store:
        assert [e.id for e in store.all_entities()] == ["0", "1", "2", "3"]
