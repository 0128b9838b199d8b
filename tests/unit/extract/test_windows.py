"""What the extractor is shown: prose and rows, everything else blank at its place."""

from __future__ import annotations

from dataclasses import replace

from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.documents.split import split_passages
from kgqa.extract.windows import Cells, ExtractionWindow, extraction_windows
from kgqa.types import Document

DOCUMENT = lay_out(
    "manual.md",
    [
        Part("front_matter", cells=(("author", "Lena Hart"),)),
        Part("heading", "Falcon", level=1),
        Part("prose", "Falcon is by Lena Hart."),
        Part("code", "pip install falcon"),
        Part("list_item", "It needs Ninja."),
        Part("heading", "Staff", level=2),
        *table_parts([["Name", "Employer"], ["Rita", "Orbit Bank"], ["Omar", "Crane"]]),
        Part("heading", "Empty", level=2),
        Part("code", "x"),
    ],
    stem="manual",
    format="markdown",
)


def windows(document: Document) -> list[ExtractionWindow]:
    return extraction_windows(document, split_passages(document))


def test_windows_have_the_documents_characters_or_blanks() -> None:
    for window in windows(DOCUMENT):
        text = DOCUMENT.text[window.start : window.end]
        assert len(window.text) == len(text)
        assert all(a == b or a == " " for a, b in zip(window.text, text, strict=True))


def test_prose_and_rows_are_read_and_nothing_else() -> None:
    assert [" ".join(w.text.split()) for w in windows(DOCUMENT)] == [
        "Falcon is by Lena Hart. It needs Ninja.",
        "Name: Rita; Employer: Orbit Bank",
        "Name: Omar; Employer: Crane",
    ]
    assert [w.row for w in windows(DOCUMENT)] == [False, True, True]


def test_a_document_in_a_foreign_language_has_no_windows() -> None:
    assert windows(replace(DOCUMENT, language="de")) == []
    assert len(windows(replace(DOCUMENT, language="en"))) == 3


def test_a_mention_stands_in_one_cell_of_a_row() -> None:
    cells = Cells(DOCUMENT.blocks)

    def allowed(words: str) -> bool:
        start = DOCUMENT.text.rindex(words)
        return cells.allow(start, start + len(words))

    assert allowed("Orbit Bank")
    assert allowed("Orbit")
    assert allowed("Lena Hart")
    assert not allowed("Employer")
    assert not allowed("Rita; Employer: Orbit")
