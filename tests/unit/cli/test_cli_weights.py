"""Weights of one kind beside the shipped ones of the others, by the verbs that take them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kgqa.config import load_settings
from kgqa.lm.adapter import shipped_weights
from kgqa.models import Models
from kgqa.pipeline import ask
from kgqa.qa.question import question_of
from kgqa.store.open import open_store

if TYPE_CHECKING:
    from cli_store import Run

ADA = {"title": "Ada", "paragraph_text": "Ada Lovelace was born in London.", "is_supporting": True}
QUESTION = {
    "id": "1",
    "question": "Where was Ada Lovelace born?",
    "answer": "London",
    "paragraphs": [ADA],
}


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.json"
    path.write_text(json.dumps([QUESTION]), encoding="utf-8")
    return path


def test_a_readers_folder_is_measured_over_what_the_shipped_extractor_reads(
    run: Run, questions: Path
) -> None:
    reader = str(shipped_weights("reader"))
    outcome = run("evaluate", "multihop", str(questions), "--weights", reader, "--json")
    assert outcome.code == 0, outcome.err
    report = outcome.json()
    assert report["settings"]["weights"] == reader
    assert report["metrics"]["em"]["value"] == 100


@pytest.mark.parametrize("verb", ["multihop", "squad"])
def test_weights_without_what_is_measured_are_refused(run: Run, questions: Path, verb: str) -> None:
    other = str(shipped_weights("context"))
    outcome = run("evaluate", verb, str(questions), "--weights", other)
    assert outcome.code == 1
    assert f"{other}: expected reader weights to measure, got others" in outcome.err


def test_text_only_does_not_ask_a_given_graph(run: Run, tmp_path: Path) -> None:
    triples = tmp_path / "kb.txt"
    triples.write_text("Top Gun|directed_by|Tony Scott\n", encoding="utf-8")
    assert run("import", str(triples)).code == 0
    models, question = Models(load_settings()), question_of("Who directed Top Gun?")
    with open_store(models.settings.store) as store:
        assert ask(question, store, models).text == "Tony Scott"
        assert ask(question, store, models, context=False).text is None
