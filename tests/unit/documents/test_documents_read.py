"""Files in, documents and rejections out."""

# Typographic quotes, dashes and other scripts are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from kgqa.documents.read import ReadOptions, read_documents
from kgqa.types import Document, Rejection

PROSE = "Marie Curie was born in Warsaw. She moved to Paris in 1891."


def read(*paths: Path | str, max_bytes: int = 20_000_000) -> tuple[list[Document], list[Rejection]]:
    documents: list[Document] = []
    rejections: list[Rejection] = []
    for found in read_documents([str(path) for path in paths], ReadOptions(max_bytes=max_bytes)):
        if isinstance(found, Document):
            documents.append(found)
        else:
            rejections.append(found)
    return documents, rejections


def one(path: Path, content: str | bytes) -> Document:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    documents, rejections = read(path)
    assert rejections == []
    (document,) = documents
    return document


def refused(path: Path, content: str | bytes, max_bytes: int = 20_000_000) -> Rejection:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    documents, rejections = read(path, max_bytes=max_bytes)
    assert documents == []
    (rejection,) = rejections
    assert rejection.detail
    return rejection


def test_text_keeps_its_text_and_takes_its_title_from_the_file_name(tmp_path: Path) -> None:
    document = one(tmp_path / "marie_curie.txt", f"  {PROSE}\r\n\r\nMore.\n")
    assert document.text == f"  {PROSE}\n\nMore."
    assert document.title == "marie curie"
    assert document.source == (tmp_path / "marie_curie.txt").resolve().as_posix()


def test_text_with_a_heading_line_is_named_by_it(tmp_path: Path) -> None:
    assert one(tmp_path / "a.txt", f"Marie Curie\n\n{PROSE}").title == "Marie Curie"
    assert one(tmp_path / "b.txt", f"Marie Curie was.\n\n{PROSE}").title == "b"
    assert one(tmp_path / "c.txt", f"Marie Curie\n{PROSE}").title == "c"


def test_the_id_does_not_depend_on_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one(tmp_path / "a.txt", PROSE)
    ids = set()
    for folder, name in ((tmp_path, "a.txt"), (tmp_path.parent, f"{tmp_path.name}/a.txt")):
        monkeypatch.chdir(folder)
        ids |= {document.id for document in read(name)[0]}
    assert len(ids) == 1


def test_folders_are_read_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", ".git/c.txt", ".hidden.txt", "a/picture.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PROSE)
    documents, rejections = read(tmp_path)
    assert [document.title for document in documents] == ["b", "z"]
    assert [(Path(r.source).name, r.reason) for r in rejections] == [
        ("picture.png", "unsupported file type")
    ]


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PROSE)
    (tmp_path / "link.txt").symlink_to("a.txt")
    documents, rejections = read(tmp_path / "a.txt", tmp_path, tmp_path / "*.txt")
    assert (len(documents), rejections) == (1, [])


def test_patterns_are_expanded_and_an_existing_name_is_none(tmp_path: Path) -> None:
    (tmp_path / "a1.txt").write_text(PROSE)
    (tmp_path / "a[1].txt").write_text(PROSE)
    assert [d.title for d in read(tmp_path / "a?.txt")[0]] == ["a1"]
    assert [d.title for d in read(tmp_path / "a[1].txt")[0]] == ["a[1]"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.txt").write_text(PROSE)
    assert [d.title for d in read(tmp_path / "**" / "b.txt")[0]] == ["b"]


@pytest.mark.parametrize("name", ["none.txt", "none*.txt", "a.txt/b.txt"])
def test_what_does_not_exist_is_no_such_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.txt").write_text(PROSE)
    documents, rejections = read(tmp_path / name, tmp_path / "a.txt")
    assert len(documents) == 1
    assert [rejection.reason for rejection in rejections] == ["no such file"]


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    assert [rejection.reason for rejection in read(tmp_path)[1]] == ["empty"]


def test_unreadable_files_and_pipes_are_refused_without_waiting(tmp_path: Path) -> None:
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    documents, rejections = read(tmp_path)
    assert documents == []
    assert [rejection.reason for rejection in rejections] == ["unreadable", "unreadable"]


def test_a_file_that_fails_while_it_is_read_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(PROSE)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    ((rejection,)) = read(tmp_path / "a.txt")[1]
    assert (rejection.reason, "Permission denied" in rejection.detail) == ("unreadable", True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"a\x00b" * 10, "binary"),
        (b"%PDF-1.4\n1 0 obj", "binary"),
        (bytes(range(1, 32)) * 4, "binary"),
        (b"x" * 1001, "too large"),
        ("Curie – née Skłodowska".encode()[:-3] + b"\xc5", "unknown encoding"),
    ],
)
def test_bad_text_files_are_refused_by_name(tmp_path: Path, content: bytes, reason: str) -> None:
    assert refused(tmp_path / "a.txt", content, max_bytes=1000).reason == reason


def test_a_name_that_is_not_utf8_still_gives_text(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt")
    with open(path, "w") as stream:
        stream.write(PROSE)
    ((document,), _) = read(tmp_path)
    assert document.source.encode("utf-8").endswith(b"caf\\xe9.txt")


def test_standard_input_is_plain_text_once() -> None:
    found = list(read_documents(["-", "-"], stdin=io.BytesIO(PROSE.encode())))
    (document,) = found
    assert isinstance(document, Document)
    assert (document.text, document.title) == (PROSE, "")
    (other,) = read_documents(["-"], stdin=io.BytesIO(b"Another text."))
    assert isinstance(other, Document)
    assert other.id != document.id


def test_standard_input_may_be_json() -> None:
    lines = b'{"title": "A", "text": "One."}\n{"text": "Two."}\n{"text": 3}\n'
    first, second, third = read_documents(["-"], stdin=io.BytesIO(lines))
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert isinstance(third, Rejection)
    assert (first.source, first.title, second.text) == ("-#A", "A", "Two.")
    assert (third.source, third.reason) == ("-:3", "missing field")
    listed = json.dumps([{"title": "A", "text": "One."}], indent=1).encode()
    (document,) = read_documents(["-"], stdin=io.BytesIO(listed))
    assert isinstance(document, Document)
    assert document.title == "A"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"x" * 200, "too large"), (b"a\x00b", "binary"), (b"[{", "malformed JSON")],
)
def test_bad_standard_input_is_refused(content: bytes, reason: str) -> None:
    (rejection,) = read_documents(["-"], ReadOptions(max_bytes=100), stdin=io.BytesIO(content))
    assert isinstance(rejection, Rejection)
    assert (rejection.source, rejection.reason) == ("-", reason)


def test_prose_in_brackets_on_standard_input_is_text() -> None:
    (document,) = read_documents(["-"], stdin=io.BytesIO(b"[Sic] he said. [End]"))
    assert isinstance(document, Document)


def test_an_empty_name_is_not_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(PROSE)
    documents, (rejection,) = read("")
    assert (documents, rejection.reason) == ([], "no such file")


@pytest.mark.parametrize("text", ["\u200b\u200b\n\ufeff\u2060", "\xad \u200e\u202c"])
def test_text_that_shows_nothing_is_empty(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path / "a.txt", text).reason == "empty"


def test_zero_width_characters_inside_a_text_stay(tmp_path: Path) -> None:
    assert one(tmp_path / "a.txt", "Ma\u200brie").text == "Ma\u200brie"


def test_a_closed_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    _, (rejection,) = read("-")
    assert (rejection.source, rejection.reason) == ("-", "unreadable")
