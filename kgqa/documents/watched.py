"""What changes in files and folders that are watched.

A plain look at names, sizes and times, again and again: it sees network folders, mounted disks
and folders that come back, which the notices of operating systems do not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kgqa.documents.paths import FoundFile, find_files
from kgqa.types import Rejection

SETTLE_SECONDS = 2.0
_LOOK_SECONDS = 1.0
# Looking takes at most this share of the time: 10,000 files are not looked at every second.
_LOOKING_SHARE = 0.1

State = tuple[int, int, int]
"""A file's bytes, and when its content and its entry were last changed, in ns."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a look found; paths are absolute and resolved.

    Attributes:
        changed: files that are new or others than before, and have settled.
        vanished: files that are no longer there.
        moving: files that are still being written, or may be.
        rejections: paths that could not be looked at, each told once. A folder that is empty is
            none: it waits for its first file.
    """

    changed: tuple[FoundFile, ...] = ()
    vanished: tuple[FoundFile, ...] = ()
    moving: tuple[FoundFile, ...] = ()
    rejections: tuple[Rejection, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.vanished or self.rejections)


@dataclass(slots=True)
class _Moving:
    state: State | None
    since: float


@dataclass(slots=True)
class Watched:
    """Files, folders and patterns, compared with the last look.

    Args:
        paths: as `read_documents` takes them, without `-`.
        is_left_out: files that are none of ours.
        settle_seconds: a file is told once it has stayed the same for so long: one that is
            being written is not read half.
        rejections: what the last look could not look at.
    """

    paths: Sequence[str]
    is_left_out: Callable[[FoundFile], bool] = lambda found: False
    settle_seconds: float = SETTLE_SECONDS
    clock: Callable[[], float] = time.monotonic
    rejections: tuple[Rejection, ...] = ()
    _known: dict[Path, tuple[FoundFile, State]] = field(default_factory=dict)
    _moving: dict[Path, _Moving] = field(default_factory=dict)
    _looked_seconds: float = 0.0

    def look(self) -> Changes:
        """What is other than when it was last told; that counts as told now."""
        now = self.clock()
        files, rejections = self._list()
        changed, vanished, moving = [], [], []
        self._moving = {p: m for p, m in self._moving.items() if p in files or p in self._known}
        for path in files.keys() | self._known.keys():
            found, state = files.get(path) or (self._known[path][0], None)
            if path in self._known and state == self._known[path][1]:
                self._moving.pop(path, None)
            elif not self._has_settled(path, state, now):
                moving.append(found)
            elif state is None:
                vanished.append(self._known.pop(path)[0])
            else:
                self._known[path] = found, state
                changed.append(found)
        self._looked_seconds = self.clock() - now
        return Changes(_in_order(changed), _in_order(vanished), _in_order(moving), rejections)

    def again(self, files: Sequence[FoundFile]) -> None:
        """What was told of these files came to nothing: tell it once more."""
        for found in files:
            self._known.pop(found.path, None)

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next look."""
        return max(_LOOK_SECONDS, self._looked_seconds / _LOOKING_SHARE)

    def _list(self) -> tuple[dict[Path, tuple[FoundFile, State]], tuple[Rejection, ...]]:
        files, rejections = {}, []
        for found in find_files(self.paths):
            if isinstance(found, Rejection):
                if found.reason != "empty":
                    rejections.append(found)
            elif isinstance(found, FoundFile) and not self.is_left_out(found):
                try:
                    status = os.stat(found.path)
                except OSError:
                    continue  # gone since it was listed
                state = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                files[found.path] = found, state
        new = tuple(rejection for rejection in rejections if rejection not in self.rejections)
        self.rejections = tuple(rejections)
        return files, new

    def _has_settled(self, path: Path, state: State | None, now: float) -> bool:
        seen = self._moving.get(path)
        if seen is None or seen.state != state:
            seen = self._moving[path] = _Moving(state, now)
        if now - seen.since < self.settle_seconds:
            return False
        del self._moving[path]
        return True


def _in_order(files: list[FoundFile]) -> tuple[FoundFile, ...]:
    return tuple(sorted(files, key=lambda found: found.source))
