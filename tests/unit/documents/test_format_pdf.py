"""PDF files of real programs: their text, their layout, and what damage does."""

from __future__ import annotations

import random
import re
import time
import zlib
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from kgqa.documents.formats.pdf import reader as pdf
from kgqa.documents.isolated import isolated
from kgqa.errors import DocumentError
from kgqa.types import BlockKind, Document, Rejection

FOLDER = Path(__file__).parents[2] / "documents" / "pdf"
SOURCE = (FOLDER / "source.txt").read_text(encoding="utf-8")
OF_ONE_SOURCE = (
    "writer",
    "writer_columns",
    "latex_columns",
    "groff_columns",
    "reportlab_columns",
)
TITLE = "Machines and Their Makers"


def read(name: str) -> Document:
    (document,) = pdf.read((FOLDER / f"{name}.pdf").read_bytes(), f"{name}.pdf", name)
    assert isinstance(document, Document)
    return document


def texts(document: Document, kind: BlockKind) -> list[str]:
    return [document.text[b.start : b.end] for b in document.blocks if b.kind == kind]


def refused(content: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        list(pdf.read(content, "a.pdf", "a"))
    assert caught.value.detail
    return caught.value


def sameness(text: str, source: str) -> float:
    """The share of characters in words that both have in the same order; 1 is the same text."""
    words, others = text.split(), source.split()
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    same = sum(
        len(word) for a, _, size in matcher.get_matching_blocks() for word in words[a : a + size]
    )
    return same / max(sum(map(len, words)), sum(map(len, others)))


# Text of one source through five programs.


@pytest.mark.parametrize("name", OF_ONE_SOURCE)
def test_text_is_that_of_the_source(name: str) -> None:
    document = read(name)
    kept = [b for b in document.blocks if b.kind not in ("footnote", "front_matter")]
    text = " ".join(document.text[b.start : b.end] for b in kept)
    assert sameness(text, SOURCE) > 0.995


@pytest.mark.parametrize("name", OF_ONE_SOURCE)
def test_paragraphs_are_those_of_the_source(name: str) -> None:
    document = read(name)
    paragraphs = {" ".join(p.split()) for p in SOURCE.split("\n\n")}
    found = [*texts(document, "prose"), *texts(document, "list_item")]
    assert len(found) == 51
    # One compound word may have lost the hyphen at which its line ended.
    assert sum(text not in paragraphs for text in found) <= 1


@pytest.mark.parametrize("name", OF_ONE_SOURCE)
def test_headings_give_sections_and_the_title(name: str) -> None:
    document = read(name)
    assert document.title == TITLE
    headings = texts(document, "heading")
    assert headings[:4] == [TITLE, "People", "Ada Lovelace", "Alan Turing"]
    assert len(headings) == 18
    (kilburn,) = [b for b in document.blocks if document.text[b.start : b.end] == "Tom Kilburn"]
    assert kilburn.section == "People > Tom Kilburn"
    (turing,) = [
        b for b in document.blocks if document.text[b.start :].startswith("Alan Turing was")
    ]
    assert (turing.section, turing.page) == ("People > Alan Turing", 1)


@pytest.mark.parametrize("name", OF_ONE_SOURCE)
def test_a_table_gives_statements_under_its_head(name: str) -> None:
    document = read(name)
    assert texts(document, "table_row") == [
        "Name: Rita Sand; Employer: Orbit Bank; Year: 1987",
        "Name: Emil Berg; Employer: Northern Light Railway; Year: 1992",
        "Name: Paula Winter; Employer: Harbour Office; Year: 2004",
        "Name: Jonas Feld; Employer: Museum of Machines; Year: 2011",
    ]
    assert [b.row for b in document.blocks if b.kind == "table_row"] == [2, 3, 4, 5]


@pytest.mark.parametrize("name", OF_ONE_SOURCE)
def test_running_heads_and_page_numbers_are_left_out(name: str) -> None:
    text = read(name).text
    assert not re.search(r"Annals of|Downloaded from|Page \d|^\W*\d{1,2}\W*$", text, re.M)


@pytest.mark.parametrize("name", OF_ONE_SOURCE[:4])
def test_footnotes_are_set_apart_and_their_marks_are_gone(name: str) -> None:
    document = read(name)
    assert texts(document, "footnote") == [
        "He told this to a visitor from Turin in the summer of 1840, and it was printed two "
        "years later in Geneva.",
        "The record of his journey is kept in Wellington, where he spoke of it often.",
    ]
    assert not re.search(r"[¹²]|Whitmore\. ?1|Chemistry in 1908\. ?2", document.text)


@pytest.mark.parametrize("name", OF_ONE_SOURCE)
def test_list_items_have_lost_their_marks(name: str) -> None:
    items = texts(read(name), "list_item")
    assert len(items) == 6
    assert items[1] == "to keep a table of logarithms;"
    assert items[4:] == ["Geneva, which is difficult to find in fog;", "Bletchley."]


# What a paper and a page of rules hold.


def test_a_paper_is_read_column_by_column() -> None:
    document = read("paper")
    assert document.title == "On the Movement of Small Boats"
    numbered = [h for h in texts(document, "heading") if h[0].isdigit() or h == "References"]
    assert numbered == ["1 Introduction", "1.1 Method", "2 Results", "References"]
    prose = texts(document, "prose")
    assert prose[3].startswith("Each boat was counted by two people who could not see each other.")
    assert prose[3].endswith("in Bern by the last post of the day.")
    assert prose[4].startswith("The office answered in verse, and the answer was printed on the")


def test_accents_stand_on_their_letters() -> None:
    text = read("paper").text
    for name in ("Erwin Schrödinger", "Anaïs Dvořák", "Jürgen Füßl", "Renée Garçon"):
        assert name in text


def test_verse_and_an_address_keep_their_lines() -> None:
    assert (
        "The boats go out, the boats come in,\nThe lake is wide and blue,\n"
        "And who has counted one of them\nMay count another too."
    ) in texts(read("paper"), "prose")
    assert "Lena Hart\nHarbour Office\nLake Road 12\n6300 Zug" in texts(read("features"), "prose")


def test_code_keeps_its_lines_and_indentation() -> None:
    assert texts(read("paper"), "code") == [
        "def count(boats):\n    for boat in boats:\n        print(boat)\n    return len(boats)"
    ]


def test_an_exponent_is_no_footnote_and_a_footnotes_mark_is_no_exponent() -> None:
    document = read("paper")
    assert "of the order of 10³ in the summer" in document.text
    assert "as he told Paul Dirac in a letter. The boats" in document.text
    assert texts(document, "footnote") == ["Corresponding author.", "The letter is kept in Zürich."]


def test_a_bibliography_is_a_list() -> None:
    assert texts(read("paper"), "list_item")[-2:] == [
        "E. Schrödinger. Boats. Zug, 1932.",
        "P. Dirac. The Principles of Quantum Mechanics. Oxford University Press, Oxford, 1930.",
    ]


def test_hyphens_at_line_ends_are_joined_but_those_of_compounds_stay() -> None:
    (paragraph,) = [p for p in texts(read("features"), "prose") if p.startswith("A boat that is m")]
    assert paragraph == (
        "A boat that is moored at the pier of the harbour must carry a lamp, which is an example "
        "of a rule that everybody knows. The rule is well-known to the owners of boats, and the "
        "well-known rule is printed on the wall. A boat is numbered, and every boat that was "
        "numbered before 1987 keeps its number. The office of Lena Hart keeps the list of the "
        "numbers of all boats, and Emil Berg keeps the keys."
    )


def test_a_paragraph_that_runs_on_overleaf_is_one_and_stands_where_it_starts() -> None:
    document = read("features")
    (block,) = [
        b for b in document.blocks if document.text[b.start :].startswith("The last boat of")
    ]
    assert block.page == 1
    assert "with the keys of the harbour. Nobody has ever" in document.text[block.start : block.end]


def test_contents_are_told_from_text() -> None:
    contents = texts(read("features"), "contents")
    assert [line.split()[0] for line in contents] == ["1", "2", "3"]


def test_rows_that_line_up_are_a_table_but_uncertain_ones_are_not() -> None:
    document = read("features")
    assert texts(document, "table_row") == [
        "Owner: Rita Sand; Boat: Heron; Berth: 12",
        "Owner: Emil Berg; Boat: Grey Swan; Berth: 7",
        "Owner: Paula Winter; Boat: Otter; Berth: 31",
    ]
    assert "Jonas Feld Kite\nWinter 44\nAnna Holm Gull 9" in document.text


def test_text_on_a_page_on_its_side_is_read_and_a_stamp_is_not() -> None:
    text = read("features").text
    assert "on a screen, where people turn it. Lena Hart turned it in 2011." in text
    assert "DRAFT" not in text
    assert "Rules of 20" not in text


def test_only_what_a_person_wrote_is_front_matter() -> None:
    document = read("features")
    assert document.title == "Rules of the Harbour"
    (block,) = [b for b in document.blocks if b.kind == "front_matter"]
    values = {c.label: document.text[c.start : c.end] for c in block.cells}
    assert values == {"author": "Lena Hart", "keywords": "harbour, rules"}
    assert texts(read("reportlab_columns"), "front_matter") == ["author: Rita Sand"]


# What cannot be read.


def test_pictures_and_locked_files_are_refused_by_their_reason() -> None:
    error = refused((FOLDER / "pictures.pdf").read_bytes())
    assert (error.source, error.reason) == ("a.pdf", "no text")
    assert "got 2 pages of pictures" in error.detail
    assert refused((FOLDER / "locked.pdf").read_bytes()).reason == "locked"


def test_files_that_are_no_pdf_are_refused_by_their_reason() -> None:
    assert refused(b"").reason == "empty"
    for content in (b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n" + bytes(500), b"PK\x03\x04" + bytes(90)):
        assert refused(content).reason == "malformed file"


def test_pages_that_cannot_be_loaded_are_named_beside_the_rest() -> None:
    pages = b"<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>"
    found = list(pdf.read(drawn(b"BT /F 10 Tf 50 500 Td (Rita Sand.) Tj ET", pages), "a.pdf", "a"))
    assert isinstance(found[0], Document)
    assert found[0].text == "Rita Sand."
    assert isinstance(found[1], Rejection)
    assert (found[1].source, found[1].reason) == ("a.pdf#pages", "malformed file")
    assert "1 are damaged (2)" in found[1].detail


def outcome(content: bytes) -> str:
    """ "document" or a reason, in time."""
    start = time.monotonic()
    try:
        (document, *_) = isolated(pdf.read)(content, "a.pdf", "a")
    except DocumentError as error:
        return error.reason if error.detail else "no detail"
    finally:
        assert time.monotonic() - start < 12 + 5 * len(content) / 1e6
    assert isinstance(document, Document)
    return "document"


def variants(count: int) -> Iterator[bytes]:
    """The files cut, with bytes changed, lost or doubled, and with other numbers in them."""
    draw = random.Random(23)
    files = [(FOLDER / f"{name}.pdf").read_bytes() for name in (*OF_ONE_SOURCE, "paper")]
    names = re.compile(rb"/(?:Kids|Count|Length|Size|W|Prev|First|N|Font|MediaBox|ToUnicode)\b")
    for number in range(count):
        content = bytearray(files[number % len(files)])
        place, other = draw.randrange(len(content)), draw.randrange(len(content))
        match number // len(files) % 5:
            case 0:
                del content[place:]
            case 1:
                for _ in range(draw.choice([1, 10, 100, 1000])):
                    content[draw.randrange(len(content))] = draw.randrange(256)
            case 2:
                del content[place : place + draw.choice([1, 100, 5000])]
            case 3:
                content[place:place] = content[other : other + draw.choice([10, 1000, 20_000])]
            case 4:
                found = [match.end() for match in names.finditer(content)]
                for end in draw.sample(found, min(20, len(found))):
                    content[end + draw.randrange(6)] = draw.choice(b"0123456789-/[]<>() ")
        yield bytes(content)


def test_damaged_files_give_a_document_or_a_reason() -> None:
    reasons = [outcome(content) for content in variants(60)]
    assert set(reasons) <= {"document", "malformed file", "no text", "unreadable"}
    assert 10 < reasons.count("document") < 50


def drawn(
    content: bytes, pages: bytes = b"<</Type/Pages/Kids[3 0 R]/Count 1>>", filters: bytes = b""
) -> bytes:
    """A PDF of one page with this content stream."""
    return b"\n".join(
        [
            b"%PDF-1.7",
            b"1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj",
            b"2 0 obj " + pages + b" endobj",
            b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
            b"/Resources<</Font<</F 5 0 R>>/XObject<</X 4 0 R>>>>>> endobj",
            b"4 0 obj <</Length %d%s>>stream" % (len(content), filters),
            content,
            b"endstream endobj",
            b"5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj",
            b"trailer <</Size 6/Root 1 0 R>>",
        ]
    )


def bomb() -> bytes:
    """1 GB of zeros, packed: one block of them again and again."""
    packed = zlib.compressobj(9)
    first, again = (packed.compress(bytes(10**7)) + packed.flush(zlib.Z_FULL_FLUSH) for _ in "12")
    return first + 99 * again + packed.flush()


def deep_page_tree() -> bytes:
    pages = (
        b"%d 0 obj <</Type/Pages/Kids[%d 0 R]/Count 1>> endobj" % (number, number + 1)
        for number in range(2, 20_000)
    )
    catalog = b"1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj"
    return b"\n".join([b"%PDF-1.7", catalog, *pages, b"trailer <</Size 20000/Root 1 0 R>>"])


def scattered_letters() -> bytes:
    letters = (b"1 0 0 1 %d %d Tm (x) Tj" % (n * 7 % 599, n * 11 % 797) for n in range(9999))
    return drawn(b"BT /F 9 Tf " + b" ".join(letters) + b" ET")


FLATE, TWICE = b"/Filter/FlateDecode", b"/Filter[/FlateDecode/FlateDecode]"
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a bomb": lambda: drawn(bomb(), filters=FLATE),
    "a bomb in a bomb": lambda: drawn(zlib.compress(bomb()), filters=TWICE),
    "a deep page tree": deep_page_tree,
    "a page tree that bites its tail": lambda: drawn(b"", b"<</Type/Pages/Kids[2 0 R]/Count 1>>"),
    "a huge count": lambda: drawn(b"", b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>"),
    "deep arrays": lambda: drawn(b"[" * 10**6),
    "deep objects": lambda: drawn(b"", b"<</X " + b"[" * 10**5 + b"]" * 10**5 + b">>"),
    "a form that draws itself": lambda: drawn(b"/X Do", filters=b"/Subtype/Form/BBox[0 0 9 9]"),
    "letters without a size": lambda: drawn(b"BT /F 0 Tf 50 500 Td (Rita Sand.) Tj ET"),
    "letters of a huge size": lambda: drawn(b"BT /F 1e30 Tf 50 500 Td (Rita Sand.) Tj ET"),
    "letters without a width": lambda: drawn(b"BT /F 9 Tf 0 0 0 0 5 5 Tm (Rita Sand.) Tj ET"),
    "letters anywhere": scattered_letters,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_a_document_or_a_reason(name: str) -> None:
    assert outcome(HOSTILE[name]()) in ("document", "malformed file", "no text", "unreadable")
