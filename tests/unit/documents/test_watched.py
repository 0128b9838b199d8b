"""What is told of files that are watched, and when."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kgqa.documents.watched import Changes, Watched


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    (folder / "b.txt").write_text("two")
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watched(folder: Path, clock: Clock) -> Watched:
    return Watched([str(folder)], settle_seconds=2.0, clock=clock)


@pytest.fixture
def look(watched: Watched, clock: Clock) -> Callable[[float], Changes]:
    """Look again after so many seconds."""

    def after(seconds: float) -> Changes:
        clock.now += seconds
        return watched.look()

    return after


Look = Callable[[float], Changes]


def names(changes: Changes) -> tuple[list[str], list[str], list[str]]:
    kinds = (changes.changed, changes.vanished, changes.moving)
    return tuple([found.path.name for found in kind] for kind in kinds)  # type: ignore[return-value]


def test_files_are_told_once_they_have_stayed_the_same_and_not_again(look: Look) -> None:
    assert names(look(0)) == ([], [], ["a.txt", "b.txt"])
    assert names(look(1)) == ([], [], ["a.txt", "b.txt"])
    assert names(look(1)) == (["a.txt", "b.txt"], [], [])
    assert not look(10)


def test_a_file_that_is_still_being_written_waits_and_the_others_do_not(
    look: Look, folder: Path
) -> None:
    look(0)
    look(2)
    (folder / "c.txt").write_text("x")
    (folder / "slow.txt").write_text("x")
    look(1)
    for _ in range(3):
        with (folder / "slow.txt").open("a") as stream:
            stream.write("more")
        changes = look(1.5)
        assert "slow.txt" in names(changes)[2]
    assert names(look(2)) == (["slow.txt"], [], [])


def test_a_change_that_leaves_the_size_as_it_is_is_told(look: Look, folder: Path) -> None:
    look(0)
    look(2)
    status = os.stat(folder / "a.txt")
    (folder / "a.txt").write_text("ONE")
    os.utime(folder / "a.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    look(0)
    assert names(look(2)) == (["a.txt"], [], [])


def test_a_removed_file_is_told_and_one_that_is_replaced_is_not(look: Look, folder: Path) -> None:
    look(0)
    look(2)
    (folder / "a.txt").unlink()
    kept = folder / "b.txt"
    aside = kept.rename(folder.parent / "b.txt")
    assert names(look(1)) == ([], [], ["a.txt", "b.txt"])
    aside.rename(kept)
    changes = look(2)
    assert names(changes)[1] == ["a.txt"]
    assert not look(2).vanished


def test_what_came_to_nothing_is_told_again(look: Look, watched: Watched) -> None:
    look(0)
    changes = look(2)
    watched.again(changes.changed[:1])
    look(0)
    assert names(look(2)) == (["a.txt"], [], [])


def test_a_path_that_cannot_be_looked_at_is_told_once_and_an_empty_folder_is_none(
    tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "link.txt").symlink_to("nowhere")
    watched = Watched([str(tmp_path / "inbox"), str(tmp_path / "link.txt")], clock=clock)
    assert [rejection.reason for rejection in watched.look().rejections] == ["no such file"]
    assert not watched.look()
    assert [rejection.reason for rejection in watched.rejections] == ["no such file"]


def test_files_that_are_left_out_are_not_told(folder: Path, clock: Clock) -> None:
    watched = Watched([str(folder)], lambda found: found.path.name == "a.txt", 0, clock)
    assert names(watched.look()) == (["b.txt"], [], [])


def test_a_look_that_takes_long_is_followed_by_a_long_pause(watched: Watched, clock: Clock) -> None:
    watched.look()
    assert watched.pause_seconds == 1.0
    watched.clock = lambda: clock.now + watched_seconds.pop()
    watched_seconds = [3.0, 0.0]
    watched.look()
    assert watched.pause_seconds == pytest.approx(30.0)
