"""The sample corpus in `data/` keeps the promises that its README makes."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from kgqa.names import name_key, without_qualifier

SAMPLE = Path(__file__).resolve().parents[2] / "data"
HOMONYMS = {
    "Atlas": {"computer", "particle detector"},
    "Cambridge": {"England", "Massachusetts"},
    "Henry Moseley": {"mathematician", "physicist"},
    "Principia Mathematica": {"Newton", "Whitehead and Russell"},
    "Thomas Watson": {"executive", "inventor"},
}


@pytest.fixture(scope="module")
def articles() -> dict[str, str]:
    """Text by title, exactly as it stands in the files."""
    texts = [path.read_bytes().decode("utf-8") for path in sorted(SAMPLE.glob("articles/*.txt"))]
    titled = {text.split("\n", 1)[0]: text for text in texts}
    assert len(titled) == len(texts), "two articles have the same title"
    return titled


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    """The SQuAD articles of questions.json."""
    loaded = json.loads((SAMPLE / "questions.json").read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = loaded["data"]
    return entries


@pytest.fixture(scope="module")
def questions(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each question with the `title` and `context` that it stands on."""
    return [
        {**question, "title": entry["title"], "context": paragraph["context"]}
        for entry in entries
        for paragraph in entry["paragraphs"]
        for question in paragraph["qas"]
    ]


def test_articles_are_many_short_and_titled(articles: dict[str, str]) -> None:
    assert len(articles) >= 30
    for title, text in articles.items():
        first, blank, body = text.split("\n", 2)
        assert (first, blank) == (title, "")
        assert len(title) <= 100
        assert not title.endswith(".")
        assert 90 <= len(body.split()) <= 220, title
        assert text.endswith(".\n")
        assert "\r" not in text


def test_homonyms_have_an_article_each(articles: dict[str, str]) -> None:
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for title in articles:
        by_name[name_key(without_qualifier(title))].add(title)
    shared = {name: titles for name, titles in by_name.items() if len(titles) > 1}
    assert shared == {
        name_key(name): {f"{name} ({qualifier})" for qualifier in qualifiers}
        for name, qualifiers in HOMONYMS.items()
    }


@pytest.mark.parametrize("name", HOMONYMS)
def test_other_articles_use_the_bare_homonym(name: str, articles: dict[str, str]) -> None:
    others = [text for title, text in articles.items() if without_qualifier(title) != name]
    assert any(name.casefold() in text.casefold() for text in others)


def test_contexts_are_the_article_files(
    articles: dict[str, str], entries: list[dict[str, Any]]
) -> None:
    found = [(e["title"], p["context"]) for e in entries for p in e["paragraphs"]]
    assert sorted(found) == sorted(articles.items())


def test_there_are_sixty_questions_with_unique_ids(questions: list[dict[str, Any]]) -> None:
    assert len(questions) == 60
    assert len({question["id"] for question in questions}) == 60
    assert len({question["question"] for question in questions}) == 60
    assert all(question["question"].endswith("?") for question in questions)


def test_every_answer_stands_at_its_offset(questions: list[dict[str, Any]]) -> None:
    for question in questions:
        for answer in question["answers"]:
            start, text = answer["answer_start"], answer["text"]
            assert text
            assert text == text.strip()
            assert question["context"][start : start + len(text)] == text, question["id"]


def test_only_the_unanswerable_have_no_answer(questions: list[dict[str, Any]]) -> None:
    impossible = [question for question in questions if question["is_impossible"]]
    assert 4 <= len(impossible) <= 6
    for question in questions:
        assert bool(question["answers"]) is not question["is_impossible"], question["id"]


def test_a_third_of_the_questions_needs_two_articles(
    articles: dict[str, str], questions: list[dict[str, Any]]
) -> None:
    two_hop = [question for question in questions if question.get("hops") == 2]
    assert len(two_hop) >= 20
    for question in two_hop:
        bridge, last = question["supporting"]
        assert bridge != last
        assert {bridge, last} <= articles.keys()
        assert last == question["title"]
        answer = question["answers"][0]["text"]
        assert without_qualifier(last) not in question["question"], question["id"]
        assert answer not in question["question"], question["id"]
