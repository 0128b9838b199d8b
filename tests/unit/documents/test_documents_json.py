"""JSON lines, JSON lists and SQuAD files as documents."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kgqa.documents.read import ReadOptions, read_documents
from kgqa.store.export import export
from kgqa.store.sqlite import SqliteStore
from kgqa.types import Document, Entity, Extraction, Passage, Rejection, Triple


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


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    document = Document.create("/a.txt", "A", "Marie was born in Warsaw.")
    passage = Passage("p1", document.id, 0, len(document.text), document.text)
    with SqliteStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        store.replace_document(Extraction(document, (passage,), (), ()), np.full((1, 4), 0.5))
        store.upsert([Entity("e1", "person", "Marie")], [Triple("e1", "P19", "e1")])
        export(store, tmp_path / "g.jsonl")
    return tmp_path / "g.jsonl"


def test_an_export_of_a_graph_is_refused_once(exported: Path) -> None:
    documents, rejections = read(exported, exported.read_bytes())
    assert documents == []
    assert [(r.source, r.reason) for r in rejections] == [
        (exported.resolve().as_posix(), "unsupported file type")
    ]
    assert "kgqa copy --from" in rejections[0].detail


def test_each_kind_of_record_of_an_export_is_known(exported: Path) -> None:
    stated = {"head": "e1", "relation": "P19", "tail": "e1", "passage_id": "p1", "start": 0}
    lines = [
        *exported.read_text("utf-8").splitlines(),
        json.dumps({"kind": "evidence", **stated}),
    ]
    assert {json.loads(line)["kind"] for line in lines} == {
        "document", "passage", "entity", "triple", "evidence",
    }  # fmt: skip
    for line in lines:
        for content, name in ((line, "one.jsonl"), (line, "one.json"), (f"[{line}]", "list.json")):
            documents, rejections = read(exported.with_name(name), content)
            assert documents == []
            assert [r.reason for r in rejections] == ["unsupported file type"], line


def test_a_record_with_a_kind_of_its_own_is_a_document(tmp_path: Path) -> None:
    documents, rejections = read(tmp_path / "a.jsonl", '{"kind": "document", "text": "Text."}')
    assert [document.text for document in documents] == ["Text."]
    assert rejections == []


def test_wrapped_lines_of_a_record_are_joined(tmp_path: Path) -> None:
    text = "Marie Curie was born in the town of Warsaw, and in 1891 she moved to\nParis to study."
    (document,), _ = read(tmp_path / "a.jsonl", json.dumps({"title": "A", "text": text * 3}))
    assert "\n" not in document.text
    assert (document.title, document.title_origin) == ("A", "record")
