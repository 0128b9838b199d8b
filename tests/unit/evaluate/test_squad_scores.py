"""SQuAD scores agree with the official scripts' rules, written out here a second time."""

from __future__ import annotations

import collections
import json
import re
import string
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgqa.documents.formats.squad import SquadAnswer, SquadQuestion
from kgqa.errors import KgqaError, QuestionError
from kgqa.evaluate.squad import (
    Prediction,
    best_over_golds,
    evaluate_squad,
    normalize_answer,
    score_squad,
)


def official_normalize(s: str) -> str:
    """evaluate-v2.0.py, `normalize_answer`."""
    lowered = s.lower()
    exclude = set(string.punctuation)
    without = "".join(ch for ch in lowered if ch not in exclude)
    regex = re.compile(r"\b(a|an|the)\b", re.UNICODE)
    return " ".join(re.sub(regex, " ", without).split())


def official_f1(a_gold: str, a_pred: str) -> float:
    """evaluate-v2.0.py, `compute_f1`."""
    gold_toks = official_normalize(a_gold).split() if a_gold else []
    pred_toks = official_normalize(a_pred).split() if a_pred else []
    common = collections.Counter(gold_toks) & collections.Counter(pred_toks)
    num_same = sum(common.values())
    if len(gold_toks) == 0 or len(pred_toks) == 0:
        return float(gold_toks == pred_toks)
    if num_same == 0:
        return 0.0
    precision = 1.0 * num_same / len(pred_toks)
    recall = 1.0 * num_same / len(gold_toks)
    return (2 * precision * recall) / (precision + recall)


def official_scores(golds: Sequence[str], predicted: str) -> tuple[float, float]:
    """evaluate-v2.0.py, `get_raw_scores` for one question."""
    kept = [gold for gold in golds if official_normalize(gold)] or [""]
    exact = max(int(official_normalize(a) == official_normalize(predicted)) for a in kept)
    return float(exact), max(official_f1(a, predicted) for a in kept)


phrases = st.text(alphabet="aAn the.,'-0Zé\n", max_size=14)


@given(st.lists(phrases, max_size=4), phrases)
def test_scores_are_those_of_the_official_script(golds: list[str], predicted: str) -> None:
    assert best_over_golds(predicted, golds) == pytest.approx(official_scores(golds, predicted))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Denver Broncos.", "denver broncos"),
        ("an A-list, the U.S.", "alist us"),
        ("theory of a flag", "theory of flag"),
        ("the", ""),
    ],
)
def test_normalisation(text: str, expected: str) -> None:
    assert normalize_answer(text) == expected


@pytest.mark.parametrize(
    ("predicted", "golds", "em", "f1"),
    [
        ("Denver Broncos", ["the Denver Broncos", "Broncos"], 1, 1),
        ("Santa Clara, California", ["Santa Clara", "Levi's Stadium"], 0, 0.8),
        ("gold gold", ["gold"], 0, 2 / 3),
        ("Paris", ["London"], 0, 0),
        (None, ["London"], 0, 0),
        (None, [], 1, 1),
        ("", [], 1, 1),
        ("London", [], 0, 0),
    ],
)
def test_known_pairs(predicted: str | None, golds: list[str], em: float, f1: float) -> None:
    assert best_over_golds(predicted, golds) == pytest.approx((em, f1))


def question(identity: str, *golds: str) -> SquadQuestion:
    answers = tuple(SquadAnswer(gold, 0) for gold in golds)
    return SquadQuestion(identity, "Who?", "context", "title", answers, not golds)


def test_parts_appear_only_where_such_questions_exist() -> None:
    answerable = [question("a", "Ann"), question("b", "Bob Lee")]
    impossible = [question("c"), question("d")]
    predictions = {"a": "Ann", "b": "Bob", "c": None, "d": "Dan"}
    metrics = score_squad(predictions, answerable + impossible).metrics(seed=0)
    assert {name: round(metric.value, 2) for name, metric in metrics.items()} == {
        "em": 50.0,
        "f1": round(100 * (1 + 2 / 3 + 1 + 0) / 4, 2),
        "has_answer_f1": round(100 * (1 + 2 / 3) / 2, 2),
        "no_answer_f1": 50.0,
    }
    assert "no_answer_f1" not in score_squad(predictions, answerable).metrics(seed=0)
    assert "has_answer_f1" not in score_squad(predictions, impossible).metrics(seed=0)


def test_a_missing_prediction_is_named() -> None:
    with pytest.raises(QuestionError, match="b has none"):
        score_squad({"a": "Ann"}, [question("a", "Ann"), question("b", "Bob")])


@pytest.fixture
def squad_file(tmp_path: Path) -> Path:
    """Twelve questions, each with the one right answer "n{i}", but the last without any."""
    context = "The numbers are " + " ".join(f"n{i}" for i in range(12)) + "."
    questions = [
        {
            "id": f"q{i}",
            "question": f"Which is number {i}?",
            "answers": [{"text": f"n{i}", "answer_start": context.index(f"n{i}", 16)}],
            "is_impossible": False,
        }
        for i in range(11)
    ]
    questions.append({"id": "q11", "question": "Why?", "answers": [], "is_impossible": True})
    paragraph = {"context": context, "qas": questions}
    path = tmp_path / "set.json"
    content = {"version": "v2.0", "data": [{"title": "Numbers", "paragraphs": [paragraph]}]}
    path.write_text(json.dumps(content))
    return path


def read_right(questions: Sequence[SquadQuestion], may_abstain: bool) -> list[Prediction]:
    return [
        Prediction(question.answers[0].text if question.answers else None, 0.9)
        for question in questions
    ]


def test_evaluation_runs_from_file_to_folder(squad_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = evaluate_squad(
        squad_file, read_right, limit=None, seed=1, settings={"weights": "w"}, out=out
    )
    assert report.n == 12
    assert {name: metric.value for name, metric in report.metrics.items()} == {
        "em": 100,
        "f1": 100,
        "has_answer_f1": 100,
        "no_answer_f1": 100,
    }
    assert report.settings["weights"] == "w"
    assert report.settings["file"] == "set.json"
    rows = [json.loads(line) for line in (out / "predictions.jsonl").read_text().splitlines()]
    assert rows[3]["id"] == "q3"
    assert rows[3]["prediction"] == "n3"
    assert rows[11]["prediction"] is None
    assert (out / "report.html").read_text().count("<svg") == 2


def test_the_limit_draws_the_same_questions_for_the_same_seed(squad_file: Path) -> None:
    asked: list[list[str]] = []

    def read(questions: Sequence[SquadQuestion], may_abstain: bool) -> list[Prediction]:
        assert may_abstain  # the file has unanswerable questions, whichever are drawn
        asked.append([question.id for question in questions])
        return read_right(questions, may_abstain)

    for seed in (3, 3, 4):
        evaluate_squad(squad_file, read, limit=5, seed=seed, settings={}, out=None)
    assert asked[0] == asked[1] != asked[2]
    assert len(set(asked[0])) == 5
    with pytest.raises(KgqaError, match="limit"):
        evaluate_squad(squad_file, read, limit=0, seed=3, settings={}, out=None)


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    path.write_text('{"data": []}')
    with pytest.raises(QuestionError, match="it has none to score"):
        evaluate_squad(path, read_right, limit=None, seed=0, settings={}, out=None)


def test_an_impossible_folder_is_told_before_the_first_question(
    squad_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    asked: list[object] = []

    def read(questions: Sequence[SquadQuestion], may_abstain: bool) -> list[Prediction]:
        asked.extend(questions)
        return []

    with pytest.raises(KgqaError, match=r"taken: .*choose another --out"):
        evaluate_squad(squad_file, read, limit=1, seed=0, settings={}, out=tmp_path / "taken")
    assert not asked
