"""Which stored documents count as vanished."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgqa.documents.read import read_documents
from kgqa.documents.vanished import Reading
from kgqa.types import Document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    (folder / "below").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "below/c.txt"):
        (folder / name).write_text(f"What {name} says is a sentence.")
    (folder / "lines.jsonl").write_text('{"text": "One line."}\n{"text": "Two lines."}\n')
    return folder


def read(*paths: Path) -> tuple[Reading, list[Document]]:
    reading = Reading(read_documents([str(path) for path in paths]))
    return reading, [source for source in reading if isinstance(source, Document)]


def names(documents: list[Document]) -> list[str]:
    return sorted(Path(document.source).name for document in documents)


def test_nothing_vanishes_from_what_is_all_there(folder: Path) -> None:
    reading, stored = read(folder)
    assert len(stored) == 5
    assert reading.vanished([str(folder)], stored) == []


def test_a_removed_file_and_a_removed_line_vanish(folder: Path) -> None:
    _, stored = read(folder)
    (folder / "below/c.txt").unlink()
    (folder / "lines.jsonl").write_text('{"text": "One line."}\n')
    reading, _ = read(folder)
    assert names(reading.vanished([str(folder)], stored)) == ["c.txt", "lines.jsonl:2"]


def test_what_was_read_from_elsewhere_stays(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "in2"  # its name begins as the folder's
    elsewhere.mkdir()
    (elsewhere / "d.txt").write_text("This one is elsewhere.")
    _, stored = read(folder, elsewhere)
    (elsewhere / "d.txt").unlink()
    reading, _ = read(folder)
    assert reading.vanished([str(folder)], stored) == []


def test_a_file_that_became_unreadable_keeps_its_documents(folder: Path) -> None:
    _, stored = read(folder)
    (folder / "a.txt").write_bytes(b"\x00\x01\x02" * 50)
    (folder / "lines.jsonl").write_text('{"text": "One line."}\n{"text": "Two')
    reading, _ = read(folder)
    assert reading.vanished([str(folder)], stored) == []


@pytest.mark.parametrize("absent", [True, False])
def test_an_absent_or_emptied_folder_retires_nothing(folder: Path, absent: bool) -> None:
    _, stored = read(folder)
    moved = folder.rename(folder.with_name("moved"))
    assert moved.is_dir()
    if not absent:
        folder.mkdir()
    reading, found = read(folder)
    assert found == []
    assert reading.vanished([str(folder)], stored) == []


def test_of_what_was_forgotten_only_what_is_gone_has_vanished(folder: Path) -> None:
    reading, _ = read(folder)
    (folder / "b.txt").unlink()
    (folder / "lines.jsonl").write_text('{"text": "One line."}\n')
    changed = [str(folder.resolve() / name) for name in ("b.txt", "lines.jsonl")]
    reading.forget(changed)
    assert len(list(reading.over(read_documents([changed[1]])))) == 1
    gone = reading.former([str(folder)])
    assert [Path(source).name for source in gone] == ["b.txt", "lines.jsonl:2"]
    assert reading.former([str(folder)]) == []


def test_of_a_folder_that_is_away_nothing_has_vanished_until_it_is_back(folder: Path) -> None:
    reading, _ = read(folder)
    files = sorted(str(path.resolve()) for path in folder.rglob("*.*"))
    reading.forget(files)
    assert reading.former([str(folder)]) == []
    (folder / "a.txt").unlink()
    list(reading.over(read_documents([str(folder)])))
    assert [Path(source).name for source in reading.former([str(folder)])] == ["a.txt"]


def test_a_file_that_was_left_for_later_keeps_its_documents(folder: Path) -> None:
    _, stored = read(folder)
    reading = Reading(read_documents([str(folder / "a.txt"), str(folder / "below")]))
    list(reading)
    reading.left(str(folder.resolve() / "lines.jsonl"))
    assert names(reading.vanished([str(folder)], stored)) == ["b.txt"]
