"""Questions for one cell of a table."""

from __future__ import annotations

import pytest

from kgqa.qa.rows import answer_from_rows
from kgqa.types import Passage, Question, ScoredPassage

ROWS = (
    "Setting: snap; Default: 3; Description: tolerance in pixels",
    "Setting: strict; Default: True; Description: stop at errors",
    "Person: Jan Maly; Born: 1971; City: Brno",
    "Person: Eva Roth; Born: 1980; City: Linz",
    "Subsidiary: Eolia SA; Country: Spain; CEO: Marta Ruiz; Head office: Vigo",
)


def ask(question: str, rows: tuple[str, ...] = ROWS, row: int | None = 2) -> str | None:
    passages = [
        ScoredPassage(Passage(f"d:{n}", "d", 100, 100 + len(t), t, "", None, row), "t", "s", 1.0)
        for n, t in enumerate(rows)
    ]
    answer = answer_from_rows(Question("q", question), passages)
    if answer is None:
        return None
    (span,) = answer.spans
    (passage,) = answer.passages
    assert passage.passage.text[span.start - 100 : span.end - 100] == span.text == answer.text
    return answer.text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the default value of snap?", "3"),
        ("What is the description of strict?", "stop at errors"),
        ("Which city is given for Eva Roth?", "Linz"),
        ("When was Eva Roth born?", "1980"),
        ("Who is the CEO of Eolia SA?", "Marta Ruiz"),
        ("Where is the head office of Eolia SA?", "Vigo"),
        ("What is Jan Maly's city?", "Brno"),
    ],
)
def test_row_and_column_name_the_cell(question: str, answer: str) -> None:
    assert ask(question) == answer


@pytest.mark.parametrize(
    "question",
    [
        "When was the default of snap changed?",
        "Who was born in the same city as Eva Roth?",
        "Where was Eva Roth born?",
        "Who is the CEO of Eolia?",
        "Who is the CEO of Vindkraft AB?",
        "What is snap?",
        "Is the default of snap 3?",
        "How do I set the default of snap?",
        "Where is Eva Roth?",
    ],
)
def test_what_asks_for_more_or_less_is_left_to_the_reader(question: str) -> None:
    assert ask(question) is None


def test_two_rows_that_fit_say_nothing_unless_they_agree() -> None:
    rows = ("Name: Eva Roth; City: Linz", "Name: Eva Roth; City: Graz")
    assert ask("What is the city of Eva Roth?", rows) is None
    assert ask("What is the city of Eva Roth?", (rows[0], rows[0])) == "Linz"


def test_prose_is_no_row() -> None:
    assert ask("What is the default value of snap?", row=None) is None
