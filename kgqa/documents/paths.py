"""What the user named (files, folders, patterns) to files, each once, in a stable order."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kgqa.types import Rejection

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: `source` is its absolute, resolved path, with `/` between folders."""

    path: Path
    source: str
    size: int

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Lower case, the last two: `(".warc", ".gz")`."""
        return tuple(suffix.lower() for suffix in self.path.suffixes[-2:])


@dataclass(frozen=True, slots=True)
class StandardInput:
    """The user named `-`."""


def find_files(arguments: Sequence[str]) -> Iterator[FoundFile | StandardInput | Rejection]:
    """Expand folders (recursive, sorted, without hidden files) and patterns, in order.

    A file reached twice, also by a link or another spelling, comes once. A name that
    exists is never read as a pattern.
    """
    seen: set[str] = set()
    for argument in arguments:
        if not argument:
            # What an unset shell variable becomes; as a path it would mean the working folder.
            yield Rejection("", "no such file", "expected a path, got an empty one; name a file")
            continue
        for name in _expanded(argument):
            real = name if name == STANDARD_INPUT else os.path.realpath(name)
            if real not in seen:
                seen.add(real)
                yield from _walk(real, seen)


def _expanded(argument: str) -> list[str]:
    if argument == STANDARD_INPUT or os.path.lexists(argument) or not glob.has_magic(argument):
        return [argument]
    return sorted(glob.glob(argument, recursive=True)) or [argument]


def _walk(real: str, seen: set[str]) -> Iterator[FoundFile | StandardInput | Rejection]:
    if real == STANDARD_INPUT:
        yield StandardInput()
    elif os.path.isdir(real):
        yield from _folder(real, seen)
    else:
        yield _file(real)


def _folder(folder: str, seen: set[str]) -> Iterator[FoundFile | Rejection]:
    refused: list[OSError] = []
    files = 0
    for place, folders, names in os.walk(folder, onerror=refused.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith("."):
                continue
            files += 1
            real = os.path.realpath(os.path.join(place, name))
            if real not in seen:
                seen.add(real)
                yield _file(real)
    for error in refused:
        yield _refused(str(error.filename), error)
    if not files and not refused:
        yield Rejection(source_of(folder), "empty", "expected files, got an empty folder")


def _file(real: str) -> FoundFile | Rejection:
    try:
        status = os.stat(real)
    except OSError as error:
        return _refused(real, error)
    if not stat.S_ISREG(status.st_mode):
        return Rejection(
            source_of(real),
            "unreadable",
            "expected a file or folder, got a device or pipe; pass it on standard input with -",
        )
    return FoundFile(Path(real), source_of(real), status.st_size)


def _refused(real: str, error: OSError) -> Rejection:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Rejection(
            source_of(real), "no such file", "expected a file, folder or pattern; check the path"
        )
    return Rejection(source_of(real), "unreadable", f"{error.strerror}; check its permissions")


def source_of(path: str) -> str:
    """The path as text that any store can keep: bytes that are not UTF-8 are escaped."""
    return Path(os.fsencode(path).decode("utf-8", "backslashreplace")).as_posix()
