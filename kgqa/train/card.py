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
from kgqa.lm.backbone import Backbone
from kgqa.train.settings import ExtractorTraining, ReaderTraining


def training_card(
    kind: str,
    config: ReaderTraining | ExtractorTraining,
    backbone: Backbone,
    metrics: Mapping[str, float],
    seconds: float,
) -> dict[str, Any]:
    """Command, files with their SHA-256, seed, hardware, time and dev figures (percent)."""
    settings = {
        name: value
        for name, value in asdict(config).items()
        if name not in {"train", "dev", "out", "resume"}
    }
    options = " ".join(
        f"--{name.replace('_', '-')} {value}"
        for name, value in settings.items()
        if value is not None
    )
    files = [*config.train, *([config.dev] if config.dev else [])]
    dev = f" --dev {_short(config.dev)}" if config.dev else ""
    trains = " ".join(f"--train {_short(path)}" for path in config.train)
    return {
        "kind": kind,
        "kgqa": __version__,
        "command": f"kgqa train {kind} {trains}{dev} --out {config.out.name} {options}",
        "files": {_short(path): _sha256(path) for path in files},
        "settings": settings,
        "backbone": backbone.digest,
        "backbone_name": backbone.name,
        "precision": str(backbone.dtype).removeprefix("torch."),
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}",
        "seconds": round(seconds),
        "date": datetime.now(UTC).date().isoformat(),
        "metrics": {name: round(value, 2) for name, value in metrics.items()},
    }


def _short(path: Path) -> str:
    """Folder and file: enough to tell sets apart, nothing of the machine."""
    return f"{path.resolve().parent.name}/{path.name}"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
