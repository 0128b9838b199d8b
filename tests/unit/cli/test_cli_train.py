from __future__ import annotations

from pathlib import Path

import pytest
from cli_store import Run

from kgqa.cli.main import build_parser
from kgqa.cli.train import config_of
from kgqa.train.settings import ExtractorTraining, ReaderTraining


def test_options_fill_the_settings() -> None:
    words = "train extractor --train a.json b.json --dev d.json --out o --resume --lr 0.01"
    arguments = build_parser().parse_args([*words.split(), "--batch-size", "8", "--limit", "5"])
    assert config_of(arguments, ExtractorTraining) == ExtractorTraining(
        train=(Path("a.json"), Path("b.json")),
        dev=Path("d.json"),
        out=Path("o"),
        resume=True,
        learning_rate=0.01,
        batch_size=8,
        limit=5,
    )


def test_options_left_out_keep_the_settings_defaults() -> None:
    arguments = build_parser().parse_args(["train", "reader", "--train", "a", "--out", "o"])
    assert config_of(arguments, ReaderTraining) == ReaderTraining(train=(Path("a"),), out=Path("o"))


def test_a_folder_that_cannot_be_made_is_told_before_training(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = run("train", "reader", "--train", "none.json", "--out", "file/weights")
    assert outcome.code == 1
    assert outcome.err == "kgqa: error: file/weights: Not a directory; give another path\n"


def test_a_path_that_is_taken_is_told_as_json_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    outcome = run("train", "reader", "--train", "none.json", "--out", "taken", "--json")
    assert outcome.code == 1
    assert outcome.json() == {"error": "taken: File exists; give another path"}


def test_a_store_that_is_not_there_is_not_made(run: Run, tmp_path: Path) -> None:
    words = ["--make-from", "sqlite:///typo.db", "--make-questions", "5", "--out", "o"]
    outcome = run("train", "reader", *words)
    assert outcome.code == 1
    assert "store 'sqlite:///typo.db': expected an existing store" in outcome.err
    assert not (tmp_path / "typo.db").exists()


@pytest.mark.parametrize("given", ["3", "-0.1", "nan", "much"])
def test_a_share_is_from_0_to_1(run: Run, given: str) -> None:
    outcome = run("train", "reader", "--train", "a", "--out", "o", "--distill", given)
    assert outcome.code == 2
    assert f"argument --distill: expected a number from 0 to 1, got {given!r}" in outcome.err


def test_several_alterations_of_each_question_may_be_asked_for(run: Run) -> None:
    words = ["train", "reader", "--train", "a", "--out", "o", "--altered", "1.5"]
    assert config_of(build_parser().parse_args(words), ReaderTraining).altered == 1.5
    outcome = run(*words[:-1], "inf")
    assert outcome.code == 2
    assert "argument --altered: expected a number of 0 or more, got 'inf'" in outcome.err
