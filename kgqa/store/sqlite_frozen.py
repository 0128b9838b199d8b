"""A store in a folder that takes no new file, as on a read-only disk, opened to be read.

SQLite keeps two files beside one in WAL mode and cannot read it without them, unless it is told
that nobody writes to it (https://www.sqlite.org/wal.html#read_only_databases). It then takes no
locks, and leaves aside what is still in the WAL: hence the two checks here, before and while
such a store is read.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from kgqa.errors import StoreError
from kgqa.store.ddl import MIGRATIONS

_PENDING = ("-wal", "-journal")


def is_read_only(error: sqlite3.Error) -> bool:
    """Whether SQLite failed because it must not write to the file or its folder."""
    return _code(error) == sqlite3.SQLITE_READONLY


def is_refusal(error: sqlite3.Error) -> bool:
    """Whether SQLite failed for that, or as it cannot open a file beside the store's."""
    return _code(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF  # without what extends it


@dataclass(frozen=True, slots=True)
class Frozen:
    """A store's file as it was: when and how long, and which it was."""

    path: str
    state: tuple[int, int, int]

    @classmethod
    def of(cls, path: str) -> Frozen:
        """As it is now."""
        found = os.stat(path)
        return cls(path, (found.st_mtime_ns, found.st_size, found.st_ino))

    def check(self) -> None:
        """Raises StoreError where the file is not what it was."""
        try:
            unchanged = Frozen.of(self.path) == self
        except OSError:
            unchanged = False
        if not unchanged:
            raise StoreError(
                f"store {self.path}: expected a file that nobody writes to, as it is read without "
                "locks where its folder cannot be written to, but it has changed; open it again"
            )


def connect_frozen(path: str) -> sqlite3.Connection:
    """Open the store's file to be read, for as long as it does not change.

    Raises:
        StoreError: there are writes that are not in the file yet, or it is of an older format.
        sqlite3.Error: it is damaged.
    """
    pending = [path + end for end in _PENDING if _size(path + end)]
    if pending:
        raise StoreError(
            f"store {path}: its folder cannot be written to, and {pending[0]} holds writes that "
            "are not in the store's file yet; open it once where it can be written to, as with "
            "`kgqa stats`, or copy both files into a folder that can be"
        )
    connection = sqlite3.connect(
        f"{Path(path).as_uri()}?mode=ro&immutable=1",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != len(MIGRATIONS):
            raise StoreError(
                f"store {path}: expected format {len(MIGRATIONS)}, got {version}, which cannot be "
                "brought up to date where its folder or file cannot be written to; copy the file "
                "to where it can be"
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _size(path: str) -> int:
    return os.path.getsize(path) if os.path.exists(path) else 0
