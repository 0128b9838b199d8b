"""The built wheel, installed alone: its schemas and its command work outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the backend that pyproject.toml names, without a network."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; run `make install`")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("kgqa-*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`kgqa` in a venv that holds the wheel alone; its requirements are lent by this one."""
    folder = tmp_path_factory.mktemp("venv")
    uv = shutil.which("uv")
    venv.create(folder, with_pip=uv is None)  # bringing pip in takes many times as long
    python = folder / "bin" / "python"
    install = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    subprocess.run([*install, "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    # A path line in a .pth file: what is installed there is importable, but that folder's
    # own .pth files (the editable kgqa) are not read.
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "kgqa"


def call(command: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment = {k: v for k, v in environment.items() if not k.startswith("KGQA_")}
    return subprocess.run(
        [command, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_wheel_holds_schemas_licence_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"kgqa/schemas/{path.name}" for path in (ROOT / "schemas").iterdir()} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.partition("/")[0] for name in names}
    assert all(top in {"kgqa", "flows"} or top.endswith(".dist-info") for top in tops)


def test_wheel_holds_every_shipped_weight(wheel: Path) -> None:
    shipped = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "kgqa" / "weights").rglob("*")
        if path.is_file()
    }
    assert shipped <= set(zipfile.ZipFile(wheel).namelist())


def test_installed_command_uses_its_own_files(command: Path, tmp_path: Path) -> None:
    program = (
        "import kgqa, kgqa.ontology as o; print(kgqa.__file__, o.schema_file('ontology.yaml'))"
    )
    ended = subprocess.run(
        [command.parent / "python", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    for path in ended.stdout.split():
        assert Path(path).is_relative_to(command.parents[1]), path


def test_installed_command_checks_its_ontology(command: Path, tmp_path: Path) -> None:
    ended = call(command, tmp_path, "schema", "check", "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["relations"] == 96


def test_installed_command_tells_a_missing_store(command: Path, tmp_path: Path) -> None:
    ended = call(command, tmp_path, "stats")
    assert ended.returncode == 1
    assert ended.stderr.startswith("kgqa: error: store 'sqlite:///kgqa.db'")
    assert list(tmp_path.iterdir()) == []


def test_installed_command_ingests_and_asks(command: Path, tmp_path: Path) -> None:
    """With the shipped weights, from a folder that knows nothing of the checkout."""
    articles = [ROOT / "data" / "articles" / f"{name}.txt" for name in ("ada_lovelace", "ibm")]
    taken = call(command, tmp_path, "ingest", *map(str, articles), "--json")
    assert taken.returncode == 0, taken.stderr
    assert json.loads(taken.stdout)["added"] == 2
    asked = call(command, tmp_path, "ask", "Where was Ada Lovelace born?", "--json")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer["text"] == "London"
    mark = answer["evidence"][0]
    assert articles[0].read_text()[mark["start"] : mark["end"]] == "London"
