"""Opening the store of a verb that only reads or changes what is there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kgqa.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from kgqa.store.base import GraphStore


def open_existing(url: str, ontology: Path | None = None) -> GraphStore:
    """Open a store, but do not make one; `ontology` as for `open_store`.

    Raises:
        StoreError: there is no file, it is empty, or it cannot be opened as a store.
    """
    from kgqa.store.open import open_store

    check_exists(url)
    return open_store(url, ontology)


def check_exists(url: str) -> None:
    """Raises StoreError where there is no file, or an empty one."""
    if not store_exists(url):
        raise StoreError(
            f"store {url!r}: expected an existing store, there is no such file or an empty one; "
            "make it with `kgqa ingest` or `kgqa import`, or name another, as with --store or "
            "KGQA_STORE"
        )


def store_exists(url: str) -> bool:
    """Whether the URL's file is there and not empty; other URLs are left to `open_store`.

    SQLite takes an empty file for a new database, and a verb that only reads would fill it.
    """
    if not url.startswith("sqlite:///"):
        return True
    from kgqa.store.sqlite_file import path_of

    path = path_of(url)
    return os.path.lexists(path) and not (os.path.isfile(path) and os.path.getsize(path) == 0)
