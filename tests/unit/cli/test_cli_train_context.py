from __future__ import annotations

from pathlib import Path

import pytest
from cli_store import Run

from kgqa.cli.main import build_parser
from kgqa.cli.train import config_of
from kgqa.train.settings import ContextTraining


def test_question_and_triple_files_fill_the_settings() -> None:
    words = "train context --train a b --triples g h --out o --make-questions 50 --seed 3"
    arguments = build_parser().parse_args(words.split())
    assert config_of(arguments, ContextTraining) == ContextTraining(
        train=(Path("a"), Path("b")),
        triples=(Path("g"), Path("h")),
        dev=None,
        out=Path("o"),
        make_questions=50,
        seed=3,
    )


def test_a_graph_without_questions_is_trained_on_made_ones() -> None:
    words = "train context --triples g --make-questions 50 --out o"
    config = config_of(build_parser().parse_args(words.split()), ContextTraining)
    assert (config.train, config.make_questions) == ((), 50)


def test_triples_must_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        build_parser().parse_args(["train", "context", "--train", "a", "--out", "o"])
    assert stop.value.code == 2
    assert "--triples" in capsys.readouterr().err


def test_a_missing_triple_file_is_one_line(run: Run, tmp_path: Path) -> None:
    outcome = run("train", "context", "--train", "q.txt", "--triples", "none.txt", "--out", "w")
    assert outcome.code == 1
    assert outcome.err.strip().splitlines()[-1].startswith("kgqa: error: none.txt: no such file")
