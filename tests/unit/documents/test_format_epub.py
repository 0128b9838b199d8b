"""Electronic books by real programs in, their text in reading order out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kgqa.documents.formats.epub import read
from kgqa.errors import DocumentError
from kgqa.types import Document

FILES = Path(__file__).parents[2] / "documents" / "office"
SOURCE = (FILES / "source.txt").read_text().split("\n")
OPF = "EPUB/content.opf"
NOTE = "A note on"
KINDS = ("prose", "heading", "list_item", "table_row", "code")


def book(content: bytes) -> Document:
    (document,) = read(content, "a.epub", "a")
    return document


def pieces(document: Document, *kinds: str) -> list[str]:
    return [document.text[b.start : b.end] for b in document.blocks if b.kind in kinds]


def changed(
    change: Callable[[str, str], str] = lambda name, text: text, added: dict[str, str] | None = None
) -> bytes:
    """pandoc's book with its members changed, and others beside them."""
    out = io.BytesIO()
    with zipfile.ZipFile(FILES / "pandoc.epub") as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name).decode()))
        for name, text in (added or {}).items():
            new.writestr(name, text)
    return out.getvalue()


def in_opf(before: str, after: str) -> Callable[[str, str], str]:
    def change(name: str, text: str) -> str:
        assert name != OPF or before in text
        return text.replace(before, after) if name == OPF else text

    return change


def encryption(algorithm: str, member: str) -> dict[str, str]:
    return {
        "META-INF/encryption.xml": (
            '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
            'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
            f'<enc:EncryptionMethod Algorithm="{algorithm}"/><enc:CipherData>'
            f'<enc:CipherReference URI="{member}"/></enc:CipherData></enc:EncryptedData>'
            "</encryption>"
        )
    }


def test_chapters_notes_and_metadata_are_those_of_the_source() -> None:
    document = book((FILES / "pandoc.epub").read_bytes())
    text = [line for line in SOURCE if not line.startswith(NOTE)]
    title_page = ["Book", "0", "Lena", "Hart"]
    found = " ".join(pieces(document, *KINDS)).split()
    assert found == title_page + " ".join(text).split()
    notes = [line for line in SOURCE if line.startswith(NOTE)]
    assert pieces(document, "footnote") == notes
    assert document.title == "Book 0"
    (front,) = pieces(document, "front_matter")
    assert front.startswith("title: Book 0\nauthor: Lena Hart")


def test_the_headings_above_a_passage_are_its_section() -> None:
    document = book((FILES / "pandoc.epub").read_bytes())
    rows = [block for block in document.blocks if block.kind == "table_row"]
    assert rows[0].section.split(" > ")[0] == "Ada Lovelace"


def test_a_book_by_libreoffice_has_no_title_that_nobody_gave_it() -> None:
    document = book((FILES / "writer.epub").read_bytes())
    assert document.title == "a"
    assert not pieces(document, "front_matter")
    notes = [line for line in SOURCE if line.startswith(NOTE)]
    assert pieces(document, "footnote") == notes


def test_the_spine_gives_the_order_and_each_chapter_comes_once() -> None:
    def reverse(name: str, text: str) -> str:
        if name != OPF:
            return text
        head, start, rest = text.partition("<itemref")
        spine, end, tail = rest.partition("</spine>")
        references = [start + one for one in spine.split(start)]
        return head + "".join([*reversed(references), references[0]]) + end + tail

    before = pieces(book(changed()), "heading")
    after = pieces(book(changed(reverse)), "heading")
    assert after != before
    assert sorted(after) == sorted(before)
    assert after[-1] == "Book 0"


def test_a_table_of_contents_in_the_spine_is_contents() -> None:
    document = book(
        changed(in_opf('<itemref idref="ch001', '<itemref idref="nav"/><itemref idref="ch001'))
    )
    assert any("Ada Lovelace" in line for line in pieces(document, "contents"))
    listed = ("prose", "list_item")
    assert pieces(document, *listed) == pieces(book(changed()), *listed)


def test_encrypted_chapters_are_locked_and_scrambled_fonts_are_not() -> None:
    with pytest.raises(DocumentError) as caught:
        book(
            changed(
                added=encryption(
                    "http://www.w3.org/2001/04/xmlenc#aes128-cbc", "EPUB/text/ch001.xhtml"
                )
            )
        )
    assert caught.value.reason == "locked"
    assert book(
        changed(added=encryption("http://www.idpf.org/2008/embedding", "EPUB/fonts/a.otf"))
    ).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<itemref", "<other"),
        ('href="text/ch001.xhtml"', 'href="text/gone.xhtml"'),
        ("</package>", ""),
    ],
    ids=["no spine", "a chapter that is not there", "torn"],
)
def test_a_damaged_book_is_malformed(before: str, after: str) -> None:
    with pytest.raises(DocumentError) as caught:
        book(changed(in_opf(before, after)))
    assert caught.value.reason == "malformed file"
    assert caught.value.detail


def test_entities_of_its_own_are_not_expanded() -> None:
    laughs = '<!DOCTYPE html [<!ENTITY a "hahaha"><!ENTITY b "&a;&a;&a;">]>'

    def change(name: str, text: str) -> str:
        if not name.endswith("ch001.xhtml"):
            return text
        return text.replace("<!DOCTYPE html>", laughs).replace("</body>", "<p>&b;</p></body>")

    assert "hahaha" not in book(changed(change)).text
