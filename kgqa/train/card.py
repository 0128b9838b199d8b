"""The card beside trained weights: what they are, and how to make them again."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from kgqa import __version__
from kgqa.lm.adapter import WEIGHTS_FILE
from kgqa.lm.backbone import Backbone
from kgqa.lm.causal import CausalLM
from kgqa.train.settings import Training
from kgqa.types import digest_of


def training_card(
    kind: str,
    config: Training,
    backbone: Backbone | CausalLM,
    metrics: Mapping[str, float],
    seconds: float,
) -> dict[str, Any]:
    """Command, files with their SHA-256, seed, hardware, time and dev figures (percent)."""
    given = {name: value for name, value in asdict(config).items() if name not in _NOT_OPTIONS}
    files = [path for value in given.values() for path in _paths(value)]
    chosen = {
        name: value
        for name, value in given.items()
        if value not in (None, ()) and value is not False
    }
    options = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f" {_word(value)}")
        for name, value in chosen.items()
    ]
    return {
        "kind": kind,
        "kgqa": __version__,
        "command": f"kgqa train {kind} {' '.join(options)} --out {config.out.name}",
        "files": {_short(path): _sha256(path) for path in files},
        "settings": {
            name: _word(value) if isinstance(value, tuple) else value
            for name, value in chosen.items()
            if not _paths(value)
        },
        "backbone": backbone.digest,
        "backbone_name": backbone.name,
        "precision": str(backbone.dtype).removeprefix("torch."),
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}",
        "seconds": round(seconds),
        "date": datetime.now(UTC).date().isoformat(),
        "metrics": {name: round(value, 2) for name, value in metrics.items()},
    }


def training_digest(config: Training, backbone: Backbone | CausalLM) -> str:
    """Of what decides a training: its options, the contents of its files, and the backbone.

    `blend` is none of it: it mixes what a training reached, and may be chosen afterwards.
    """
    decides = {n: v for n, v in asdict(config).items() if n not in {*_NOT_OPTIONS, "blend"}}
    parts = [f"{n}={[_sha256(p) for p in _paths(v)] or v}" for n, v in decides.items()]
    return digest_of(backbone.digest, *parts)


_NOT_OPTIONS = {"out", "resume"}


def _paths(value: object) -> tuple[Path, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(path for path in values if isinstance(path, Path))


def _word(value: object) -> str:
    """An option's value as the command line takes it, nothing of the machine in it."""
    if isinstance(value, tuple):
        return " ".join(map(_word, value))
    if isinstance(value, str) and "://" in value:
        return f"{value.partition('://')[0]}:///{value.rpartition('/')[2]}"
    return _short(value) if isinstance(value, Path) else str(value)


def _short(path: Path) -> str:
    """Folder and file: enough to tell sets apart, nothing of the machine."""
    return f"{path.resolve().parent.name}/{path.name}"


def _sha256(path: Path) -> str:
    """Of the file; of a weights folder, of its tensors."""
    path = path / WEIGHTS_FILE if path.is_dir() else path
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
