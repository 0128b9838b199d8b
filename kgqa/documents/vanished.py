"""Which stored documents are no longer there to read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from kgqa.documents.paths import source_of
from kgqa.types import Document, Rejection


class Reading:
    """Passes on what is read, and keeps what tells which stored documents have vanished.

    Kept, although they were not read, are the documents of a file or folder that could not be
    read (it is there, and may be whole tomorrow), and all below a path that gave no document: a
    folder that is empty or absent is more likely a disk that is not mounted. Patterns retire
    nothing.
    """

    def __init__(self, sources: Iterable[Document | Rejection] = ()) -> None:
        self._sources = sources
        self._found: set[str] = set()
        self._rejected: set[str] = set()
        self._former: set[str] = set()

    def __iter__(self) -> Iterator[Document | Rejection]:
        yield from self.over(self._sources)

    def over(self, sources: Iterable[Document | Rejection]) -> Iterator[Document | Rejection]:
        """Pass these on too."""
        for source in sources:
            kept = self._rejected if isinstance(source, Rejection) else self._found
            kept.add(source.source)
            yield source

    def left(self, source: str) -> None:
        """A file is there, and was not read: its documents stay."""
        self._rejected.add(source)

    def forget(self, files: Iterable[str]) -> None:
        """These files are gone or others than before: what they gave counts as former.

        Args:
            files: sources of files.
        """
        changed = set(files)
        for source in [source for source in self._found if holders(source) & changed]:
            self._found.remove(source)
            self._former.add(source)
        self._rejected = {source for source in self._rejected if not holders(source) & changed}

    def vanished(self, paths: Sequence[str], stored: Iterable[Document]) -> list[Document]:
        """The stored documents below one of the paths that were not read.

        Args:
            paths: what was read, all of it, before this is called.
        """
        is_gone = self._rule(paths)
        return [document for document in stored if is_gone(document.source)]

    def former(self, paths: Sequence[str]) -> list[str]:
        """By the same rule, the sources that have vanished of all that were forgotten; each is
        named once."""
        self._former -= self._found
        is_gone = self._rule(paths)
        gone = sorted(source for source in self._former if is_gone(source))
        self._former.difference_update(gone)
        return gone

    def _rule(self, paths: Sequence[str]) -> Callable[[str], bool]:
        roots = [source_of(os.path.realpath(path)) for path in paths if os.path.lexists(path)]
        read = [root for root in roots if any(_is_within(found, root) for found in self._found)]

        def is_gone(source: str) -> bool:
            return (
                source not in self._found
                and any(_is_within(source, root) for root in read)
                and not holders(source) & self._rejected
            )

        return is_gone


def holders(source: str) -> set[str]:
    """The source, and the files and folders that may hold it, as `file#part` and `file:line`."""
    ends = (i for i, character in enumerate(source) if character in "/#:")
    return {source, *(source[:end] for end in ends)}


def _is_within(source: str, root: str) -> bool:
    """Whether a source is a file, a part of it (`file#title`, `file:line`) or in a folder."""
    if root == "/":
        return source.startswith("/")
    return source == root or (source.startswith(root) and source[len(root)] in "/#:")
