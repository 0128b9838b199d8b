"""Parts of any format to one text with blocks, sections, rows; and passages that keep to them."""

from __future__ import annotations

import pytest

from kgqa.documents.layout import Part, lay_out, looks_like_head, table_parts
from kgqa.documents.split import split_passages
from kgqa.errors import DocumentError
from kgqa.types import Document


def made(*parts: Part, title: str = "") -> Document:
    return lay_out("report.pdf", parts, stem="annual_report", title=title, format="pdf")


def test_the_headings_above_a_block_are_its_section() -> None:
    document = made(
        Part("heading", "Report", level=1),
        Part("prose", "One."),
        Part("heading", "Results", level=2),
        Part("heading", "2023", level=3, page=2),
        Part("prose", "Two.", page=2),
        Part("heading", "Outlook", level=2),
        Part("prose", "Three."),
    )
    assert (document.title, document.title_origin, document.format) == ("Report", "text", "pdf")
    found = {document.text[b.start : b.end]: (b.section, b.page) for b in document.blocks}
    assert found["One."] == ("", None)
    assert found["Two."] == ("Results > 2023", 2)
    assert found["Three."] == ("Outlook", None)


def test_a_title_of_the_format_wins_over_headings_and_the_files_name_is_last() -> None:
    assert made(Part("heading", "One", level=1), title=" The \n Report ").title == "The Report"
    document = made(Part("heading", "Deep", level=3), Part("prose", "x"))
    assert (document.title, document.title_origin) == ("annual report", "file")


def test_parts_without_text_are_no_blocks_and_nothing_is_empty() -> None:
    document = made(Part("prose", " "), Part("code", "a\n\n  b\n"), Part("prose", "x"))
    assert document.text == "a\n\n  b\n\nx"
    with pytest.raises(DocumentError, match="empty"):
        made(Part("prose", "\n"))


def test_rows_stand_under_their_head_and_keep_their_number() -> None:
    rows = [["Name", "Born", ""], [], ["Ida", "1971", "x"], ["Jan  \n K", "", ""]]
    document = made(*table_parts(rows, page=3))
    assert document.text == "Name: Ida; Born: 1971; x\nName: Jan K"
    assert [(b.row, b.page) for b in document.blocks] == [(3, 3), (4, 3)]
    cells = [(c.label, document.text[c.start : c.end]) for c in document.blocks[0].cells]
    assert cells == [("Name", "Ida"), ("Born", "1971"), ("", "x")]


def test_a_table_without_a_head_has_no_labels() -> None:
    rows = [["1901", "12"], ["1902", "15"]]
    assert made(*table_parts(rows)).text == "1901 | 12\n1902 | 15"
    assert made(*table_parts([["Name", "Born"]])).text == "Name | Born"


@pytest.mark.parametrize(
    ("cells", "is_head"),
    [
        (["Name", "Employer"], True),
        (["", "2021 result", "2022 result"], True),
        (["Name", "Name"], False),
        (["Rita Sand", "1971"], False),
        (["Name", ""], False),
        (["Name"], False),
        (["Name", "A sentence that goes on and on and says far too much for a head."], False),
    ],
)
def test_what_looks_like_a_head(cells: list[str], is_head: bool) -> None:
    assert looks_like_head(cells) is is_head


def test_front_matter_is_lines_of_labels() -> None:
    document = made(
        Part("front_matter", cells=(("author", "Lena Hart"), ("date", "2023-04-05"))),
        Part("prose", "x"),
        title="T",
    )
    assert document.text.startswith("author: Lena Hart\ndate: 2023-04-05\n\n")


def test_a_passage_keeps_to_its_section_page_and_row() -> None:
    document = made(
        Part("heading", "A", level=2),
        Part("heading", "B", level=3),
        Part("prose", "One. Two.", page=1),
        Part("prose", "Three.", page=2),
        *table_parts([["Name", "Born"], ["Ida", "1971"], ["Jan", "1980"]], page=2),
        Part("boilerplate", "Cookies?"),
        Part("contents", "A ... 1"),
        Part("code", "x = 1", page=2),
    )
    passages = [(p.text, p.section, p.page, p.row) for p in split_passages(document)]
    assert passages == [
        ("A", "A", None, None),
        ("B", "A > B", None, None),
        ("One. Two.", "A > B", 1, None),
        ("Three.", "A > B", 2, None),
        ("Name: Ida; Born: 1971", "A > B", 2, 2),
        ("Name: Jan; Born: 1980", "A > B", 2, 3),
        ("x = 1", "A > B", 2, None),
    ]


def test_a_heading_opens_the_passage_of_its_section() -> None:
    document = made(
        Part("prose", "One."),
        Part("heading", "A", level=2),
        Part("prose", "Two."),
        Part("code", "pip install x"),
    )
    assert [p.text for p in split_passages(document)] == ["One.", "A\n\nTwo.\n\npip install x"]
