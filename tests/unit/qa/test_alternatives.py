from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kgqa.lm.backbone import Backbone
from kgqa.qa.alternatives import alternatives
from kgqa.qa.reader import Reader
from kgqa.types import Passage, Question, ScoredPassage

TEXTS = (
    "Die Screaming, Marianne is a 1971 film. It came out before Blue Harbour.",
    "Blue Harbour is a 1994 film.",
)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which film is older, Die Screaming, Marianne or Blue Harbour (1994 Film)?", (0, 1)),
        ("Who came first: blue harbour or Blue Harbour?", ()),
        ("Was Blue Harbour or Die Screaming, Marianne released first?", ()),
        ("Which is older, Red Valley or Blue Harbour?", ()),
        ("Which film came out in 1971?", ()),
    ],
)
def test_two_names_are_offered(question: str, names: tuple[int, ...]) -> None:
    found = alternatives(question, TEXTS)
    assert {TEXTS[text][start:end] for text, start, end in found} == {
        ("Die Screaming, Marianne", "Blue Harbour")[name] for name in names
    }


def test_the_reader_answers_with_one_of_them(tiny_weights: Path, tiny_backbone: Backbone) -> None:
    reader = Reader.load(tiny_weights / "reader", tiny_backbone)
    reader.calibration = replace(reader.calibration, threshold=-1e3)
    passages = [
        ScoredPassage(Passage(str(i), "d", 0, len(text), text), "", "", 1.0)
        for i, text in enumerate(TEXTS)
    ]
    question = Question("q", "Which film came out later, Die Screaming, Marianne or Blue Harbour?")
    answer = reader.answer(question, passages)
    assert answer.text in ("Die Screaming, Marianne", "Blue Harbour")
