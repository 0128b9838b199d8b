"""From a URL to an open connection on a kgqa store of this code's version.

Recognition reads the file's header without SQLite, so that a file that is not a kgqa
store (https://www.sqlite.org/fileformat.html: application id at byte 68, user version at
byte 60) is never written to.
"""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from kgqa.errors import StoreError
from kgqa.store.ddl import APPLICATION_ID, MIGRATIONS
from kgqa.store.sqlite_frozen import Frozen, connect_frozen, is_refusal

MEMORY = ":memory:"
_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_BUSY_SECONDS = 60.0
_PREFIX = "sqlite:///"
_OLDEST_SQLITE = (3, 35)  # RETURNING


def path_of(url: str) -> str:
    """The absolute file path that `url` names, or `:memory:`.

    Raises:
        StoreError: `url` is not `sqlite:///PATH`.
    """
    name = url.removeprefix(_PREFIX)
    if not url.startswith(_PREFIX) or not name.strip() or "\x00" in name:
        raise StoreError(
            f"store {url!r}: expected sqlite:///relative.db or sqlite:////absolute.db, got no "
            "usable file path; pass --store sqlite:///kgqa.db or set KGQA_STORE"
        )
    return MEMORY if name == MEMORY else os.path.abspath(name)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A connection; `frozen` is the file's state where it can only be read while that stays."""

    connection: sqlite3.Connection
    frozen: Frozen | None = None


def connect(path: str) -> OpenFile:
    """Open the store in the file `path`, making it where there is none.

    One that cannot be written to, or whose folder cannot, is opened to be read.

    Raises:
        StoreError: the file cannot be opened or made, is not a kgqa store, or is newer
            than this code. A file that is refused is left untouched.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(
            f"store {path}: expected SQLite 3.35 or newer, got {sqlite3.sqlite_version}; use a "
            "Python that is built with a newer one"
        )
    if path != MEMORY:
        _recognise(path)
    try:
        return _opened(path)
    except sqlite3.Error as error:
        raise StoreError(
            f"store {path}: cannot be opened ({error}); check that the folder and the file "
            "are writable and the disk is not full"
        ) from error


def _opened(path: str) -> OpenFile:
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _migrate(connection, path)
        _tune(connection, path)
        return OpenFile(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        # Nothing is to be read from a file that is only now made.
        if not is_refusal(error) or not os.path.isfile(path) or not os.path.getsize(path):
            raise
    except BaseException:
        connection.close()
        raise
    frozen = Frozen.of(path)
    connection = connect_frozen(path)
    _tune_reading(connection)
    return OpenFile(connection, frozen)


def _recognise(path: str) -> None:
    folder = Path(path).parent
    if not folder.is_dir():
        raise StoreError(f"store {path}: expected an existing folder {folder}; make it first")
    if os.path.isdir(path):
        raise StoreError(f"store {path}: expected a file, got a folder; name a file in it")
    try:
        with open(path, "rb") as stream:
            header = stream.read(_HEADER_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            f"store {path}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    if not header:  # what a kill between making the file and its first write leaves
        return
    if header[:16] != _MAGIC or int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise StoreError(
            f"store {path}: expected a kgqa store, got "
            f"{'another SQLite file' if header[:16] == _MAGIC else 'another kind of file'}; "
            "it is left untouched, name a new file"
        )
    _refuse_newer(int.from_bytes(header[60:64], "big"), path)


def _refuse_newer(version: int, path: str) -> None:
    if version > len(MIGRATIONS):
        raise StoreError(
            f"store {path}: expected format {len(MIGRATIONS)} or older, got {version}, which a "
            "newer kgqa wrote; it is left untouched, upgrade kgqa"
        )


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the file to the newest format, each step in one transaction with its number.

    A new file gets its application id before it becomes a WAL file, so that the header of
    a kgqa store says so whatever is still in the WAL.
    """
    while True:
        version = _user_version(connection)
        _refuse_newer(version, path)
        if version == len(MIGRATIONS):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _user_version(connection) == version:  # else another process was faster
                for statement in _statements(MIGRATIONS[version]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise


def _user_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    """Split a script; `Connection.executescript` would commit the open transaction."""
    statements, begun = [], ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements


def _tune(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    if path != MEMORY:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
    _tune_reading(connection)


def _tune_reading(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -65536")  # KiB
    connection.execute("PRAGMA mmap_size = 268435456")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait for its lock here, as it does elsewhere."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
