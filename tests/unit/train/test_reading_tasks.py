from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgqa.errors import QuestionError
from kgqa.train.reading_tasks import ReadingTask, TaskPassage, TaskSpan, spans_of
from kgqa.train.task_files import load_multihop_tasks, load_squad_tasks

LISBON = TaskPassage("p1", "Lisbon", "Lisbon is in Portugal. New  York is not, lisbon is.")


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_spans_are_whole_words_in_any_case() -> None:
    found = spans_of(["Lisbon", "New York", "Port"], [LISBON])
    texts = [LISBON.text[span.start : span.end] for span in found]
    assert texts == ["Lisbon", "New  York", "lisbon"]
    assert len(spans_of(["Lisbon"], [LISBON], any_case=False)) == 1
    assert spans_of([" "], [LISBON]) == ()


@pytest.mark.parametrize(
    ("kind", "answers", "spans", "message"),
    [
        ("span", ("Lisbon",), (), "expected spans"),
        ("none", ("Lisbon",), (), "expected answers unless"),
        ("yes", (), (), "expected answers unless"),
        ("span", ("Lisbon",), (TaskSpan("p1", 40, 90),), "inside its supporting"),
        ("span", ("Lisbon",), (TaskSpan("p9", 0, 3),), "inside its supporting"),
    ],
)
def test_a_task_that_contradicts_itself_is_refused(
    kind: str, answers: tuple[str, ...], spans: tuple[TaskSpan, ...], message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        ReadingTask("t", "Where?", kind, answers, spans, (LISBON,), ())  # type: ignore[arg-type]


def test_a_passage_stands_once() -> None:
    spans = (TaskSpan("p1", 0, 6),)
    with pytest.raises(QuestionError, match="each passage once"):
        ReadingTask("t", "Where?", "span", ("Lisbon",), spans, (LISBON,), (LISBON,))


def test_hotpotqa_paragraphs_become_passages(tmp_path: Path) -> None:
    record = {
        "_id": "q1",
        "question": "Where was the director of Oz born?",
        "answer": "Lisbon",
        "context": [
            ["Oz", ["Oz is by Ann.", " It is long."]],
            ["Dice", ["A game of Lisbon."]],
            ["Ann", ["Ann is from Lisbon."]],
        ],
        "supporting_facts": [["Oz", 0], ["Ann", 0]],
    }
    both = {**record, "_id": "q2", "answer": "no"}
    nowhere = {**record, "_id": "q3", "answer": "Madrid"}
    tasks = load_multihop_tasks(write(tmp_path / "q.json", [record, both, nowhere]))
    assert [(task.id, task.kind, task.hops) for task in tasks] == [
        ("q1", "span", 2),
        ("q2", "no", 2),
    ]
    assert [p.title for p in tasks[0].supporting] == ["Oz", "Ann"]
    assert [p.title for p in tasks[0].distractors] == ["Dice"]
    (span,) = tasks[0].spans
    assert tasks[0].supporting[1].text[span.start : span.end] == "Lisbon"
    assert tasks[1].answers == ("no",)


def test_2wiki_passages_come_from_its_corpus(tmp_path: Path) -> None:
    questions = [
        {
            "id": "q1",
            "question": "When was the director of Oz born?",
            "answer": "1950",
            "evidence": [["Oz", "director", "Ann"], ["Ann", "date of birth", "1950"]],
        }
    ]
    corpus = [
        {"title": "Oz", "text": "Oz is a film by Ann."},
        {"title": "Ann", "text": "Ann was born in 1950."},
        {"title": "Near", "text": "Near is about Ann too."},
        *({"title": f"Far {n}", "text": "Nothing."} for n in range(5)),
    ]
    places = write(tmp_path / "q.json", questions), write(tmp_path / "c.json", corpus)
    (task,) = load_multihop_tasks(*places, distractors=3)
    assert [p.title for p in task.supporting] == ["Oz", "Ann"]
    assert task.distractors[0].title == "Near"
    assert len(task.distractors) == 3
    assert load_multihop_tasks(*places, distractors=3) == [task]


def test_squad_questions_have_their_article_as_distractors(tmp_path: Path) -> None:
    def asked(number: int, text: str, impossible: bool) -> dict[str, object]:
        answers = [] if impossible else [{"text": text, "answer_start": 0}]
        question = {"id": f"q{number}", "question": "Who?", "answers": answers}
        return {**question, "is_impossible": impossible}

    paragraphs = [
        {"context": f"Ann{n} lives here.", "qas": [asked(n, f"Ann{n}", n == 2)]} for n in range(4)
    ]
    squad = {"data": [{"title": "The_Town", "paragraphs": paragraphs}]}
    tasks = list(load_squad_tasks(write(tmp_path / "s.json", squad), distractors=2))
    assert [task.kind for task in tasks] == ["span", "span", "none", "span"]
    assert [len(task.distractors) for task in tasks] == [2, 2, 3, 2]
    assert tasks[0].supporting[0].title == "The Town"
    assert tasks[2].distractors[0].text == "Ann2 lives here."
    assert tasks[2].supporting == ()
