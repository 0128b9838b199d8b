"""Which documents `kgqa evaluate multihop` measures over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgqa.cli.corpus import read_corpus
from kgqa.errors import QuestionError
from kgqa.types import Document

QUESTIONS = [
    {
        "id": "1",
        "question": "Who?",
        "answer": "Ada",
        "paragraphs": [
            {"title": "Ada", "paragraph_text": "Ada was first.", "is_supporting": True},
            {"title": "Bob", "paragraph_text": "Bob was second.", "is_supporting": False},
            {"title": "Ada", "paragraph_text": "Ada was first.", "is_supporting": True},
        ],
    }
]


def test_a_corpus_file_is_read(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.json"
    corpus.write_text(json.dumps([{"title": "T", "text": "One."}, {"title": "U", "text": "Two."}]))
    found = read_corpus(tmp_path / "q.json", corpus, 10_000)
    assert [d.title for d in found if isinstance(d, Document)] == ["T", "U"]


def test_without_a_corpus_the_questions_paragraphs_are_it(tmp_path: Path) -> None:
    path = tmp_path / "q.json"
    path.write_text(json.dumps(QUESTIONS))
    found = read_corpus(path, None, 10_000)
    assert [d.text for d in found if isinstance(d, Document)] == [
        "Ada was first.",
        "Bob was second.",
    ]
    assert [d.source for d in found] == [f"{path}#0:Ada", f"{path}#1:Bob"]


def test_a_corpus_without_a_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=r"none\.json: expected a corpus.*no such file"):
        read_corpus(tmp_path / "q.json", tmp_path / "none.json", 10_000)
