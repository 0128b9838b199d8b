"""Stores whose folder takes no new file: they can be read, and say so where they cannot."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from store_fixtures import put, resolve, stated

from kgqa.cli.main import main
from kgqa.errors import StoreError
from kgqa.store.copy import copy_graph
from kgqa.store.records import Stats
from kgqa.store.sqlite import SqliteStore

_NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can look into; pytest's own are their owner's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Path(name).chmod(0o755)


def fill(path: Path) -> Stats:
    with SqliteStore.open(f"sqlite:///{path}") as store:
        put(store, stated(1, "Ada", "Bob"))
        resolve(store)
        return store.stats()


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """No file can be made in the folder, and none of it written to, in this block."""
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    was_root = os.geteuid() == 0  # whom no permission binds
    try:
        if was_root:
            os.seteuid(_NOBODY)
        if not os.access(folder, os.X_OK, effective_ids=True):
            pytest.skip("the folder for temporary files is closed to other users")
        yield
    finally:
        if was_root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_store_in_a_read_only_folder_is_read(folder: Path) -> None:
    before = fill(folder / "odd ?name#%20.db")
    url = f"sqlite:///{folder / 'odd ?name#%20.db'}"
    with SqliteStore.open("sqlite:///:memory:") as target, unwritable(folder):
        with SqliteStore.open(url) as store:
            assert store.stats() == before
            assert len(store.search_text("Ada", 5)) == 1
            assert copy_graph(store, target) == before
        assert [path.name for path in folder.iterdir()] == ["odd ?name#%20.db"]


def test_verbs_that_read_work_there_and_those_that_write_say_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(folder / "a.db")
    url = f"sqlite:///{folder / 'a.db'}"
    for verb in ("delete", "inspect"):  # what is imported late is then there
        main([verb, "none", "--store", url])
    capsys.readouterr()
    with unwritable(folder):
        assert main(["inspect", "Ada", "--store", url]) == 0
        assert "Ada" in capsys.readouterr().out
        assert main(["delete", "Document 1", "--store", url]) == 1
        error = capsys.readouterr().err
    assert "can only be read here" in error
    assert error.count("\n") == 1


def test_writes_that_are_still_in_the_wal_are_not_left_out(folder: Path, tmp_path: Path) -> None:
    with SqliteStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        put(store, stated(1, "Ada", "Bob"))
        resolve(store)
        before = store.stats()
        for name in ("a.db", "a.db-wal", "a.db-shm"):
            shutil.copy(tmp_path / name, folder / name)
    with unwritable(folder), SqliteStore.open(f"sqlite:///{folder / 'a.db'}") as store:
        assert store.stats() == before
    (folder / "a.db-shm").unlink()
    with (
        unwritable(folder),
        pytest.raises(StoreError, match=r"a\.db-wal holds writes that are not in the store's file"),
    ):
        SqliteStore.open(f"sqlite:///{folder / 'a.db'}")
    fill(folder / "a.db")
    with unwritable(folder), SqliteStore.open(f"sqlite:///{folder / 'a.db'}") as store:
        assert store.stats() == before


def test_a_store_that_another_user_writes_to_meanwhile(folder: Path) -> None:
    fill(folder / "a.db")
    url = f"sqlite:///{folder / 'a.db'}"
    with unwritable(folder):
        store = SqliteStore.open(url)
    (folder / "a.db").chmod(0o644)
    with SqliteStore.open(url) as owner:
        put(owner, stated(2, "Ada", "Eve"))
    with pytest.raises(StoreError, match="it has changed; open it again"):
        store.stats()
    store.close()


def test_no_store_is_made_in_a_read_only_folder(folder: Path) -> None:
    with unwritable(folder), pytest.raises(StoreError, match=r"cannot be opened.*writable"):
        SqliteStore.open(f"sqlite:///{folder / 'new.db'}")
    (folder / "empty.db").touch()
    with unwritable(folder), pytest.raises(StoreError, match=r"cannot be opened.*writable"):
        SqliteStore.open(f"sqlite:///{folder / 'empty.db'}")


def test_a_file_that_is_read_only_in_a_folder_that_is_not(folder: Path) -> None:
    before = fill(folder / "a.db")
    with unwritable(folder):
        pass
    folder.chmod(0o777)
    was_root = os.geteuid() == 0
    try:
        if was_root:
            os.seteuid(_NOBODY)
        with SqliteStore.open(f"sqlite:///{folder / 'a.db'}") as store:
            assert store.stats() == before
            with pytest.raises(StoreError, match="can only be read here"):
                put(store, stated(2, "Ada", "Eve"))
    finally:
        if was_root:
            os.seteuid(0)


def test_a_damaged_store_in_a_read_only_folder(folder: Path) -> None:
    fill(folder / "a.db")
    content = (folder / "a.db").read_bytes()
    (folder / "a.db").write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with unwritable(folder), pytest.raises(StoreError, match=r"malformed|not a database"):
        SqliteStore.open(f"sqlite:///{folder / 'a.db'}")


def test_sqlite_itself_would_leave_the_wal_out(tmp_path: Path) -> None:
    """Why the WAL is looked at before a file is called immutable."""
    with SqliteStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        put(store, stated(1, "Ada", "Bob"))
        uri = f"{(tmp_path / 'a.db').as_uri()}?immutable=1"
        connection = sqlite3.connect(uri, uri=True)
        assert connection.execute("SELECT count(*) FROM document").fetchone() == (0,)
        connection.close()
