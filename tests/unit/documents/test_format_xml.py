"""XML: known vocabularies, elements that are named, and what is never expanded or fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgqa.documents.formats.xml import read
from kgqa.documents.read import ReadOptions, read_documents
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection

TEXT = Path(__file__).parents[2] / "documents" / "text"
_SOURCE = json.loads((TEXT / "orbit.json").read_text())
NOTE, ORBIT = tuple(_SOURCE["note"]), [tuple(block) for block in _SOURCE["blocks"]]


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def all_of(text: str | bytes, element: str | None = None) -> list[Document]:
    raw = text.encode() if isinstance(text, str) else text
    found = list(read(raw, "/x/a.xml", "a", element=element))
    assert all(isinstance(document, Document) for document in found)
    return [document for document in found if isinstance(document, Document)]


def refused(text: str | bytes, element: str | None = None) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        all_of(text, element)
    return caught.value


@pytest.mark.parametrize("name", ["docbook", "tei", "jats"])
def test_what_pandoc_wrote_is_read_as_it_was(name: str) -> None:
    (document,) = read_documents([str(TEXT / f"orbit.{name}.xml")])
    assert isinstance(document, Document)
    assert (document.title, document.format) == ("Orbit Bank and its founders", "xml")
    found = blocks(document)
    assert found[:2] == [
        ("heading", document.title),
        ("front_matter", "author: Lena Hart\ndate: 2023-04-05"),
    ]
    assert NOTE in found
    # pandoc writes verse as a paragraph in TEI and JATS.
    verse = "Roses are red,{}Violets are blue".format("\n" if name == "docbook" else " ")
    expected = [(kind, verse if "Roses" in text else text) for kind, text in ORBIT]
    assert [block for block in found[2:] if block != NOTE] == expected


def test_each_named_element_is_a_document() -> None:
    path = str(TEXT / "records.xml")
    found = list(read_documents([path], ReadOptions(xml_element="record")))
    first, second = (document for document in found if isinstance(document, Document))
    assert first.source.endswith("records.xml#a1")
    assert second.source.endswith("records.xml#2")
    assert (first.title, second.title) == ("Köln", "Ulm")
    assert blocks(first) == [
        ("heading", "Köln"),
        ("prose", "Rita Sand was born in Köln."),
        ("prose", "She lives there."),
    ]
    assert blocks(second) == [("heading", "Ulm"), ("prose", "Bo Hill lives\nin Ulm.")]


def test_without_a_name_the_likely_elements_are_said() -> None:
    (found,) = read_documents([str(TEXT / "records.xml")])
    assert isinstance(found, Rejection)
    assert found.reason == "element not named"
    assert found.detail == (
        "expected --xml-element NAME, got <records>; "
        "its elements with most text are: record, para, meta"
    )
    assert "expected --xml-element item, got <r>" in refused("<r><b>x</b></r>", "item").detail


def test_a_feed_gives_each_item() -> None:
    first, second = read_documents([str(TEXT / "news.rss.xml")])
    assert isinstance(first, Document)
    assert first.source.endswith("#https://news.example/1")
    assert blocks(first) == [
        ("heading", "Orbit Bank moves"),
        ("front_matter", "author: Lena Hart\ndate: 2023-04-05"),
        ("prose", "Orbit Bank moved to Ulm."),
        ("prose", "Rita Sand stays."),
    ]
    assert isinstance(second, Document)
    assert blocks(second)[1:] == [("prose", "Bo Hill left.")]


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><id>urn:1</id>
<title>Orbit</title><author><name>Lena Hart</name></author><updated>2023-04-05T10:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Orbit <b>Bank</b> moved.</p>
<ul><li>to Ulm</li></ul></div></content></entry></feed>"""


def test_an_entry_of_atom_holds_elements() -> None:
    (document,) = all_of(ATOM)
    assert document.source == "/x/a.xml#urn:1"
    assert blocks(document)[1:] == [
        ("front_matter", "author: Lena Hart\ndate: 2023-04-05"),
        ("prose", "Orbit Bank moved."),
        ("list_item", "to Ulm"),
    ]


TEI = """<TEI><text><body><div><head>Act I</head>
<sp><speaker>Lena</speaker><lg><l>Roses are red,</l><l>Violets are blue.</l></lg></sp>
<p>He <choice><orig>sayde</orig><reg>said</reg></choice> <q>no</q> to the<lb/>bank of Lon<lb
break="no"/>don<note place="foot">A <hi>note</hi>.</note>.<list><item>first</item>
<item><p>second</p><p>more</p></item></list>The end.</p><fw>page 3</fw></div></body></text></TEI>"""


def test_mixed_content_is_text_in_order() -> None:
    (document,) = all_of(TEI)
    assert blocks(document) == [
        ("heading", "Act I"),
        ("prose", "Lena"),
        ("prose", "Roses are red,\nViolets are blue."),
        ("prose", "He sayde “no” to the bank of London."),
        ("footnote", "A note."),
        ("list_item", "first"),
        ("list_item", "second"),
        ("prose", "more"),
        ("prose", "The end."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "shift_jis", "cp1252"])
def test_the_encoding_that_a_file_declares_is_read(encoding: str) -> None:
    word = "東京" if encoding == "shift_jis" else "Köln"
    text = f"<?xml version='1.0' encoding='{encoding}'?><r><p>{word}</p></r>"
    (document,) = all_of(text.encode(encoding), "p")
    assert document.text == word


def test_entities_of_a_dtd_that_is_not_read_are_known_by_their_names() -> None:
    (document,) = all_of(
        '<!DOCTYPE r SYSTEM "http://x/y.dtd"><r><p>K&ouml;ln &x; R&amp;D</p></r>', "p"
    )
    assert document.text == "Köln R&D"


def test_no_entity_is_expanded_and_no_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = refused(f'<!DOCTYPE r [<!ENTITY l0 "lol">{laughs}]><r><p>&l9;</p></r>', "p")
    assert bomb.reason == "malformed file"
    assert "xmllint --noent" in bomb.detail
    address = (tmp_path / "secret").as_uri()
    outside = refused(f'<!DOCTYPE r [<!ENTITY x SYSTEM "{address}">]><r><p>&x;</p></r>', "p")
    assert outside.reason == "malformed file"


def test_a_tree_that_is_too_deep_or_too_large_is_refused() -> None:
    assert refused("<p>" * 100_000, "p").reason == "malformed file"
    assert refused(f"<TEI>{'<p/>' * 1_000_001}</TEI>").reason == "too large"
    # Many small elements that are documents of their own are no tree.
    assert len(all_of(f"<r>{'<p>x</p>' * 2000}</r>", "p")) == 2000


@pytest.mark.parametrize("content", [b"", b"Just a letter.", b"<r><p>x</r>", b"\x89PNG\x00\x01"])
def test_what_is_no_xml_is_malformed(content: bytes) -> None:
    assert refused(content).reason == "malformed file"
