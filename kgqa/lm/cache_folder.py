"""The user's cache folder: what may be lost at any time, and is made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """`kgqa` in $XDG_CACHE_HOME, else in ~/.cache; it need not be there."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kgqa"


def remember(path: Path, content: bytes) -> None:
    """Write a file of the cache folder, whole or not at all; nothing where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError:
        return  # a read-only home costs the work once a process, nothing else
