"""JSON lines, JSON lists and SQuAD files as documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgqa.documents.read import ReadOptions, read_documents
from kgqa.types import Document, Rejection


def read(
    path: Path, content: str | bytes, max_bytes: int = 1_000_000
) -> tuple[list[Document], list[Rejection]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = list(read_documents([str(path)], ReadOptions(max_bytes=max_bytes)))
    documents = [one for one in found if isinstance(one, Document)]
    return documents, [one for one in found if isinstance(one, Rejection)]


def test_each_bad_json_line_is_one_rejection(tmp_path: Path) -> None:
    lines = [
        '{"title": "A", "text": "Text."}',
        "{not json",
        "",
        '{"title": "A", "text": "Other."}',
        '{"title": "B"}',
        '{"title": 3, "text": "Text."}',
        "[1]",
        '{"text": "Untitled."}',
        '{"text": " "}',
        '{"text": "half \\ud800"}',
        '{"text": "' + "x" * 300 + '"}',
        '{"title": null, "text": "Last."}',
    ]
    path = tmp_path / "a.jsonl"
    documents, rejections = read(path, "\r\n".join(lines), max_bytes=200)
    source = path.resolve().as_posix()
    assert [(d.source.removeprefix(source), d.title, d.text) for d in documents] == [
        ("#A", "A", "Text."),
        ("#A#2", "A", "Other."),
        (":8", "", "Untitled."),
        (":12", "", "Last."),
    ]
    assert [(r.source.removeprefix(source), r.reason) for r in rejections] == [
        (":2", "malformed JSON"),
        (":5", "missing field"),
        (":6", "missing field"),
        (":7", "missing field"),
        (":9", "empty"),
        (":10", "unknown encoding"),
        (":11", "too large"),
    ]
    assert "'text'" in rejections[1].detail


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_json_lines_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    lines = '{"title": "Zoë", "text": "Zoë met André at the café."}\n{"text": "Two."}\n'
    documents, rejections = read(tmp_path / "a.jsonl", lines.encode(encoding))
    assert [d.text for d in documents] == ["Zoë met André at the café.", "Two."]
    assert rejections == []


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_json_lines_without_a_line_are_empty(tmp_path: Path, content: str) -> None:
    assert [r.reason for r in read(tmp_path / "a.jsonl", content)[1]] == ["empty"]


def test_a_list_of_titles_and_texts(tmp_path: Path) -> None:
    records = [
        {"title": "A", "text": "One."},
        {"title": "A", "text": "Two."},
        {"title": "A#2", "text": "Three."},
        {"text": "Four."},
        {"title": "C"},
        "text",
    ]
    path = tmp_path / "a.json"
    documents, rejections = read(path, json.dumps(records))
    source = path.resolve().as_posix()
    assert [d.source.removeprefix(source) for d in documents] == ["#A", "#A#2", "#A#2#2", "#[3]"]
    assert [(r.source.removeprefix(source), r.reason) for r in rejections] == [
        ("#[4]", "missing field"),
        ("#[5]", "missing field"),
    ]


def test_one_object_is_one_document(tmp_path: Path) -> None:
    documents, rejections = read(tmp_path / "a.json", '{"title": "A", "text": "One."}')
    assert ([d.title for d in documents], rejections) == (["A"], [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"title": ', "malformed JSON"),
        ('{"text": "a"}\n{"text": "b"}', "malformed JSON"),
        ("[" * 100_000, "malformed JSON"),
        ("3", "missing field"),
        ("[]", "empty"),
        ('{"data": 3}', "missing field"),
        ('{"data": [{"paragraphs": []}]}', "missing field"),
        ('{"data": [{"title": "T", "paragraphs": []}]}', "empty"),
        ('[{"text": "a\\u0000b"}]', "binary"),
    ],
)
def test_bad_json_files_are_refused_by_name(tmp_path: Path, content: str, reason: str) -> None:
    documents, rejections = read(tmp_path / "a.json", content)
    assert (documents, [r.reason for r in rejections]) == ([], [reason])


def test_squad_articles_are_documents_and_bad_questions_rejections(tmp_path: Path) -> None:
    good = {"id": "1", "question": "Who?", "answers": [{"text": "Marie", "answer_start": 0}]}
    wrong = {"id": "2", "question": "Who?", "answers": [{"text": "Marie", "answer_start": 3}]}
    impossible = {"id": "3", "question": "Who?", "is_impossible": True, "answers": []}
    squad = {
        "data": [
            {
                "title": "Marie_Curie",
                "paragraphs": [
                    {"context": "Marie was born.", "qas": [good, wrong, impossible]},
                    {"qas": []},
                    {"context": "She died.", "qas": []},
                ],
            },
            {"title": "Marie_Curie", "paragraphs": [{"context": "Another.", "qas": []}]},
            {"title": "No paragraphs"},
        ]
    }
    path = tmp_path / "a.json"
    documents, rejections = read(path, json.dumps(squad))
    source = path.resolve().as_posix()
    assert [(d.source.removeprefix(source), d.title, d.text) for d in documents] == [
        ("#Marie_Curie", "Marie Curie", "Marie was born.\n\nShe died."),
        ("#Marie_Curie#2", "Marie Curie", "Another."),
    ]
    assert [(r.source.removeprefix(source), r.reason) for r in rejections] == [
        ("#data[0].paragraphs[0].qas[1].answers[0]", "answer not in context"),
        ("#data[0].paragraphs[1]", "missing field"),
        ("#data[2]", "missing field"),
    ]
    assert "'context'" in rejections[1].detail
    assert "'paragraphs'" in rejections[2].detail


@pytest.mark.parametrize("content", ["", " \n", "\ufeff"])
def test_a_json_file_without_content_is_empty(tmp_path: Path, content: str) -> None:
    documents, (rejection,) = read(tmp_path / "a.json", content)
    assert (documents, rejection.reason) == ([], "empty")
