"""SQuAD questions for training and evaluation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kgqa.documents.formats.squad import SquadAnswer, load_squad
from kgqa.errors import DocumentError

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("KGQA_SHARED_DATA", ROOT / "../shared/data"))


def squad_file(path: Path, *questions: dict[str, Any], context: str = "Marie was born.") -> Path:
    article = {"title": "T", "paragraphs": [{"context": context, "qas": list(questions)}]}
    path.write_text(json.dumps({"version": "x", "data": [article]}))
    return path


def asked(**changes: Any) -> dict[str, Any]:
    question = {"id": "1", "question": "Who?", "answers": [{"text": "born", "answer_start": 10}]}
    return question | changes


def test_questions_with_their_answers(tmp_path: Path) -> None:
    squad = load_squad(
        squad_file(tmp_path / "a.json", asked(), asked(id="2", is_impossible=True, answers=[]))
    )
    first, second = squad.questions
    assert (first.answers, first.is_impossible) == ((SquadAnswer("born", 10),), False)
    assert (second.answers, second.is_impossible) == ((), True)
    assert (first.context, first.title, squad.rejections) == ("Marie was born.", "T", ())


@pytest.mark.parametrize("start", [-1, 9, 11, 500])
def test_an_answer_elsewhere_is_left_out_and_its_place_named(tmp_path: Path, start: int) -> None:
    bad = asked(id="2", answers=[{"text": "born", "answer_start": start}])
    squad = load_squad(squad_file(tmp_path / "a.json", asked(), bad))
    assert [question.id for question in squad.questions] == ["1"]
    (rejection,) = squad.rejections
    assert rejection.reason == "answer not in context"
    assert "set answer_start to 10" in rejection.detail


@pytest.mark.parametrize("text", ["", "died"])
def test_an_answer_that_is_nowhere_is_left_out(tmp_path: Path, text: str) -> None:
    bad = asked(answers=[{"text": text, "answer_start": 0}])
    assert len(load_squad(squad_file(tmp_path / "a.json", bad)).rejections) == 1


@pytest.mark.parametrize("name", ["id", "question", "answers"])
def test_a_missing_field_is_named_with_its_place(tmp_path: Path, name: str) -> None:
    question = asked()
    del question[name]
    with pytest.raises(DocumentError, match=rf"qas\[0\].*missing field.*'{name}'"):
        load_squad(squad_file(tmp_path / "a.json", question))


@pytest.mark.parametrize("start", ["10", True, None, 1.5])
def test_a_field_of_another_kind_is_named(tmp_path: Path, start: object) -> None:
    question = asked(answers=[{"text": "born", "answer_start": start}])
    with pytest.raises(DocumentError, match=r"answers\[0\].*'answer_start', a whole number"):
        load_squad(squad_file(tmp_path / "a.json", question))


def test_a_question_that_cannot_be_used_is_left_out_and_named_by_its_id(tmp_path: Path) -> None:
    bad = asked(id="q7", answers=[{"text": "born"}])
    squad = load_squad(squad_file(tmp_path / "a.json", bad, asked()))
    assert [question.id for question in squad.questions] == ["1"]
    (rejection,) = squad.rejections
    assert rejection.reason == "missing field"
    assert rejection.source.endswith("#data[0].paragraphs[0].qas[0].answers[0]")
    assert rejection.detail.startswith("question q7: expected a field 'answer_start'")


def test_a_paragraph_without_its_text_is_an_error_whatever_stands_beside_it(tmp_path: Path) -> None:
    paragraphs = [{"context": "Marie was born.", "qas": [asked()]}, {"qas": []}]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"data": [{"title": "T", "paragraphs": paragraphs}]}))
    with pytest.raises(DocumentError, match=r"paragraphs\[1\].*missing field.*'context'"):
        load_squad(path)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        load_squad(tmp_path / "none.json")
    with pytest.raises(DocumentError, match="unreadable"):
        load_squad(tmp_path)
    (tmp_path / "a.json").write_text('{"data": [')
    with pytest.raises(DocumentError, match=r"malformed JSON.*line 1"):
        load_squad(tmp_path / "a.json")


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/data; set KGQA_SHARED_DATA")
def test_the_shared_dev_set_loads_whole() -> None:
    squad = load_squad(SHARED / "squad" / "dev-v2.0.json")
    impossible = sum(question.is_impossible for question in squad.questions)
    assert (len(squad.questions), impossible, squad.rejections) == (6166, 2961, ())
