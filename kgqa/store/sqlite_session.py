"""One SQLite connection for all threads of a process, and its transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kgqa.errors import StoreError
from kgqa.store.sqlite_file import OpenFile
from kgqa.store.sqlite_frozen import is_read_only


class Session:
    """Lends the connection to one thread at a time; `place` names the store in errors."""

    def __init__(self, opened: OpenFile, place: str) -> None:
        self._connection, self._frozen = opened.connection, opened.frozen
        self._place = place
        self._lock = threading.RLock()

    def close(self) -> None:
        """Close the connection; waits for the thread that has it."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """All statements within see one state of the store.

        Raises:
            StoreError: SQLite failed (closed, locked, damaged, disk full), or a file that is
                read without locks was written to.
        """
        with self._lock, self._translated():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.rollback()
                if self._frozen is not None:
                    self._frozen.check()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises the store's version if anything was written.

        Raises:
            StoreError: as `reading`, the store can only be read, or the text to write is not
                Unicode.
        """
        with self._lock, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            before = self._connection.total_changes
            try:
                yield self._connection
                if self._connection.total_changes != before:
                    self._connection.execute("UPDATE counter SET version = version + 1")
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if is_read_only(error):
                raise StoreError(
                    f"store {self._place}: can only be read here ({error}); to write, expected a "
                    "file and a folder that are writable, check their permissions"
                ) from error
            raise StoreError(
                f"store {self._place}: {error}; expected an open, readable and writable kgqa "
                "store, check the disk and what else uses the file"
            ) from error
        except UnicodeEncodeError as error:
            raise StoreError(
                f"store {self._place}: expected Unicode text, got half of a surrogate pair in "
                f"{error.object[:40]!r}; write the character itself or both halves"
            ) from error
