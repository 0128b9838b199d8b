"""Text without markup: wrapped lines, headings, lists, tables, and what is not the text's own."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgqa.documents.plain_layout import text_document
from kgqa.types import Document

PROSE = (
    "She was born in Graz and went to school in Linz, where her father kept an inn by the river."
)


def lay_out(text: str) -> Document:
    return text_document(text, "s", stem="stem")


def blocks(text: str) -> list[tuple[str, str]]:
    document = lay_out(text)
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_lines_that_were_wrapped_by_hand_are_one_paragraph() -> None:
    wrapped = (
        "The Province of Lower\nSaxony lies beside the Free\nHanseatic City of Bremen. "
        "Anna Vogt of\nCelle wrote the book The\nHeath. The Bank of\nSaxony is in Hanover."
    )
    assert blocks(wrapped) == [("prose", wrapped.replace("\n", " "))]


@pytest.mark.parametrize("width", [30, 45, 60, 72, 79])
def test_what_an_editor_wrapped_is_joined_at_any_width(width: int) -> None:
    import textwrap

    paragraphs = [
        "In 1871 Ida Keller moved to the Free City of Danzig, where the Society for Natural "
        "History had asked her to draw the plants of the lower Vistula. " * 3,
        "Her brother Jan Keller stayed in Thorn. Nobody knows when the two met again.",
    ]
    text = "\n\n".join(textwrap.fill(paragraph, width) for paragraph in paragraphs)
    assert [body for _, body in blocks(text)] == [" ".join(p.split()) for p in paragraphs]


def test_offsets_stay_those_of_the_file_where_lines_are_joined() -> None:
    text = (
        "  Ida Keller moved to the\nFree City of Danzig.\r\n\r\n\r\n- one\n- two is\n  long\n\n"
        "End of it."
    )
    document = lay_out(text)
    kept = text.replace("\r\n", "\n")
    assert len(document.text) == len(kept)
    differing = {a for a, b in zip(kept, document.text, strict=True) if a != b}
    assert differing == {"\n"}


def test_a_hyphen_at_a_line_end_goes_where_it_only_parted_a_word() -> None:
    text = (
        "The exam-\nination was well-\nknown, and the well-known Austro-\nHungarian board "
        "of 1914-\n1918 held it for the self-\ntaught. An examination is hard."
    )
    assert blocks(text) == [
        (
            "prose",
            "The examination was well-known, and the well-known Austro-Hungarian board of "
            "1914-1918 held it for the self-taught. An examination is hard.",
        )
    ]


def test_verse_and_addresses_keep_their_lines() -> None:
    verse = (
        "The river bends below the town,\nThe boats lie still at evening,\nAnd no one comes to see."
    )
    address = "Orbit Bank\n12 Harbour Street\nLeeds LS1 4AB"
    for text in (verse, address, f"{PROSE}\n\n{verse}\n\n{PROSE}\n\n{address}"):
        bodies = [body for _, body in blocks(text)]
        assert all(part in bodies for part in (verse, address) if part in text)


def test_headings_lists_and_sections() -> None:
    text = (
        f"Annual Report\n\n{PROSE}\n\nSUBSIDIARIES\n\n{PROSE}\n\n2.1 In Sweden\n\n"
        f"• Vindkraft AB,\n  a maker of\n  turbines\n• Eolia\n\n(a) first\n(b) second\n\n{PROSE}"
    )
    document = lay_out(text)
    assert document.title == "Annual Report"
    assert document.title_origin == "text"
    found = [(b.kind, b.section, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
        ("heading", "", "Annual Report"),
        ("prose", "", PROSE),
        ("heading", "SUBSIDIARIES", "SUBSIDIARIES"),
        ("prose", "SUBSIDIARIES", PROSE),
        ("heading", "SUBSIDIARIES > 2.1 In Sweden", "2.1 In Sweden"),
        ("list_item", "SUBSIDIARIES > 2.1 In Sweden", "Vindkraft AB,   a maker of   turbines"),
        ("list_item", "SUBSIDIARIES > 2.1 In Sweden", "Eolia"),
        ("list_item", "SUBSIDIARIES > 2.1 In Sweden", "first"),
        ("list_item", "SUBSIDIARIES > 2.1 In Sweden", "second"),
        ("prose", "SUBSIDIARIES > 2.1 In Sweden", PROSE),
    ]


def test_marks_of_markdown_are_read_in_plain_text_too() -> None:
    code = "```sh\npip install x\n\n# no heading\n```"
    text = f"# Top\n\n## Method\n\n{PROSE}\n\n{code}\n\nNotes\n-----\n\n{PROSE}"
    assert blocks(text) == [
        ("heading", "Top"),
        ("heading", "Method"),
        ("prose", PROSE),
        ("code", "pip install x\n\n# no heading"),
        ("heading", "Notes"),
        ("prose", PROSE),
    ]


def test_rows_of_a_table_are_statements_under_its_head() -> None:
    document = lay_out(
        "| Name | Employer |\n|------|---------|\n| Rita Sand | Orbit Bank |\n| Omar Diaz | |\n"
    )
    assert [(b.kind, b.row) for b in document.blocks] == [("table_row", 2), ("table_row", 3)]
    assert document.text == "Name: Rita Sand; Employer: Orbit Bank\nName: Omar Diaz"
    cells = [(c.label, document.text[c.start : c.end]) for b in document.blocks for c in b.cells]
    assert cells == [("Name", "Rita Sand"), ("Employer", "Orbit Bank"), ("Name", "Omar Diaz")]


def test_a_table_of_contents_is_no_prose() -> None:
    listed = f"Contents\n\nI. Early Promise\n\nII. The Morning of Life\n\nIII. Defeat\n\n{PROSE}"
    assert [kind for kind, _ in blocks(listed)] == ["contents"] * 4 + ["prose"]
    led = f"Early Promise ........ 3\nThe Morning ..... 17\nDefeat ......... 140\n\n{PROSE}"
    assert [kind for kind, _ in blocks(led)] == ["contents", "prose"]


def test_an_archives_frame_is_boilerplate() -> None:
    text = (
        "The Project Gutenberg eBook of Lives\n\n"
        "*** START OF THE PROJECT GUTENBERG EBOOK LIVES ***\n\n"
        f"{PROSE}\n\n*** END OF THE PROJECT GUTENBERG EBOOK LIVES ***\n\nUpdated editions."
    )
    assert [kind for kind, _ in blocks(text)] == ["boilerplate", "prose", "boilerplate"]


def test_a_column_of_names_is_no_row_of_headings() -> None:
    names = "Rita Sand\n\nOmar Diaz\n\nLea Blum\n\nPiet Bakker"
    assert [kind for kind, _ in blocks(f"{PROSE}\n\n{names}\n\n{PROSE}")].count("heading") == 0


def test_control_characters_and_colours_of_a_terminal_are_blank() -> None:
    document = lay_out("Ann\x07 Bell met \x1b[31mIda\x1b[0m.")
    assert document.text == "Ann  Bell met      Ida    ."


def test_the_files_name_is_a_title_that_the_text_did_not_give() -> None:
    document = text_document(PROSE, "s", stem="12_zurich")
    assert (document.title, document.title_origin) == ("12 zurich", "file")
    assert text_document(PROSE, "s", title="Ida").title_origin == "record"


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["Ida", "of", "Graz.", "well-", "known", "#", "-", "•", "|", "a|b", "Contents", "```",
             "1.", "===", "\n", "\n", "\n\n", "  ", "\t", "\f", "\r\n", "(a)", "[1] x"]
        )
    ).map(" ".join)
)  # fmt: skip
def test_blocks_are_exact_in_order_and_lose_no_word(text: str) -> None:
    document = lay_out(f"Ida Vogt came.\n\n{text}")
    for block in document.blocks:
        body = document.text[block.start : block.end]
        assert body == body.strip()
        assert body
    assert all(a.end <= b.start for a, b in pairwise(document.blocks))
    for word in ("Ida", "known"):
        assert document.text.count(word) == text.count(word) + (word == "Ida")


def test_a_large_text_takes_time_that_grows_with_its_length() -> None:
    def seconds(copies: int) -> float:
        start = time.perf_counter()
        lay_out("Ida Keller moved to the Free\nCity of Danzig in May.\n\n" * copies)
        return time.perf_counter() - start

    seconds(100)
    assert seconds(8000) < 40 * max(seconds(800), 0.001)
