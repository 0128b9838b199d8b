"""Which stored documents are no longer there to read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from kgqa.documents.paths import source_of
from kgqa.types import Document, Rejection


class Reading:
    """Passes on what is read, and keeps what tells which stored documents have vanished."""

    def __init__(self, sources: Iterable[Document | Rejection]) -> None:
        self._sources = sources
        self._found: set[str] = set()
        self._rejected: set[str] = set()

    def __iter__(self) -> Iterator[Document | Rejection]:
        for source in self._sources:
            kept = self._rejected if isinstance(source, Rejection) else self._found
            kept.add(source.source)
            yield source

    def vanished(self, paths: Sequence[str], stored: Iterable[Document]) -> list[Document]:
        """The stored documents below one of the paths that were not read.

        Kept are those of a file or folder that could not be read (it is there, and may be
        whole tomorrow), and all below a path that gave no document: a folder that is empty
        or absent is more likely a disk that is not mounted. Patterns retire nothing.

        Args:
            paths: what was read, all of it, before this is called.
        """
        roots = [source_of(os.path.realpath(path)) for path in paths if os.path.lexists(path)]
        read = [root for root in roots if any(_is_within(found, root) for found in self._found)]
        return [
            document
            for document in stored
            if document.source not in self._found
            and any(_is_within(document.source, root) for root in read)
            and not self._was_rejected(document.source)
        ]

    def _was_rejected(self, source: str) -> bool:
        """Whether the source, or the file or folder that holds it, was rejected."""
        ends = (i for i, character in enumerate(source) if character in "/#:")
        return source in self._rejected or any(source[:end] in self._rejected for end in ends)


def _is_within(source: str, root: str) -> bool:
    """Whether a source is a file, a part of it (`file#title`, `file:line`) or in a folder."""
    if root == "/":
        return source.startswith("/")
    return source == root or (source.startswith(root) and source[len(root)] in "/#:")
