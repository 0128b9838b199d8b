"""Weight files are known by their SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kgqa.errors import WeightsError


def check_sha256(path: Path, expected: str) -> None:
    """Raise WeightsError unless the file exists and has this SHA-256."""
    if not path.is_file():
        raise WeightsError(f"{path}: no such weight file; reinstall kgqa or name other weights")
    with path.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    if actual != expected:
        raise WeightsError(
            f"{path}: SHA-256 is {actual[:16]}..., expected {expected[:16]}...; "
            "the file was changed or cut short: reinstall it"
        )
