"""E-mails: who, when, what was written, and what only quotes."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from kgqa.documents.formats.mail import read
from kgqa.documents.read import read_documents
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection

TEXT = Path(__file__).parents[2] / "documents" / "text"


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def one(content: bytes) -> Document:
    (document,) = read(content, "/x/a.eml", "a")
    assert isinstance(document, Document)
    return document


def body(text: str, *headers: str) -> list[tuple[str, str]]:
    head = "\n".join(["Subject: Orbit", *headers])
    return blocks(one(f"{head}\n\n{text}".encode()))[1:]


def test_a_reply_keeps_what_its_writer_wrote() -> None:
    (document,) = read_documents([str(TEXT / "reply.eml")])
    assert isinstance(document, Document)
    assert document.title == "Where was Marie Curie born, and where did she study after that time?"
    assert document.format == "email"
    front, *text = document.blocks
    assert [(cell.label, document.text[cell.start : cell.end]) for cell in front.cells[:3]] == [
        ("from", "Lena Härt <lena@orbit.example>"),
        ("to", "Sand, Rita <rita@orbit.example>, bo@beta.example"),
        ("date", "2023-04-05"),
    ]
    assert blocks(document)[1:] == [
        ("prose", "Dear Rita,"),
        (
            "prose",
            "Marie Curie was born in Warsaw, which then was a part of the Russian Empire. She "
            "moved to Paris in 1891 and studied there at the University of Paris.",
        ),
        ("list_item", "her thesis of 1903"),
        ("list_item", "the Nobel Prize"),
        (
            "boilerplate",
            "On Mon, 3 Apr 2023 at 10:00, Rita Sand\n<rita@orbit.example> wrote:\n"
            "> Where was she born? In\n> Vienna?\n>\n> Rita",
        ),
        ("prose", "It was not Vienna."),
        ("boilerplate", "-- \nLena Härt\nOrbit Bank, Köln"),
    ]
    assert len(text) == len(blocks(document)) - 1
    assert "Secret" not in document.text  # the attachment
    assert "Not this one" not in document.text  # the HTML alternative


def test_a_message_of_html_is_read_as_its_blocks() -> None:
    (document,) = read_documents([str(TEXT / "page.eml")])
    assert isinstance(document, Document)
    assert blocks(document)[1:] == [
        ("heading", "Staff"),
        ("prose", "Rita Sand works for\nOrbit Bank."),
        ("table_row", "Name: Bo Hill; City: Köln"),
        ("boilerplate", "On Monday Bo wrote:\nOld words."),
    ]


def test_a_mailbox_gives_each_message_by_its_id() -> None:
    found = list(read_documents([str(TEXT / "team.mbox")]))
    place = (TEXT / "team.mbox").resolve().as_posix()
    assert [record.source.removeprefix(place) for record in found] == [
        "#1@orbit.example",
        "#2@orbit.example",
        "#3@orbit.example",
        "#4",
    ]
    assert isinstance(found[2], Document)
    assert blocks(found[2])[1:] == [
        ("prose", "From here on it flows."),
        ("prose", "From x to y it is 1999 miles."),
    ]
    assert isinstance(found[3], Rejection)
    assert found[3].reason == "empty"


def test_flowed_lines_are_one_paragraph() -> None:
    text = "Orbit Bank was \nfounded in \n Ulm.\n\nBo Hill\n"
    header = "Content-Type: text/plain; format=flowed"
    assert body(text, header) == [("prose", "Orbit Bank was founded in Ulm."), ("prose", "Bo Hill")]
    assert body("Köl \nn is  \na city.", f"{header}; delsp=yes")[0][1] == "Köln is a city."


@pytest.mark.parametrize(
    "frame",
    [
        "-----Original Message-----\nFrom: Bo\nSent: Monday\nOld words.",
        "________________________________\nFrom: Bo\nSent: Monday\nTo: Lena\n\nOld words.",
        "Von: Bo\nGesendet: Montag\nAn: Lena\nBetreff: Orbit\n\nOld words.",
        "Am 3. April 2023 schrieb Bo Hill:\n> Old words.",
        "_______________________________________________\nOrbit mailing list\nOld words.",
    ],
)
def test_the_message_that_is_answered_is_boilerplate(frame: str) -> None:
    assert body(f"The bank is in Ulm.\n\n{frame}\n") == [
        ("prose", "The bank is in Ulm."),
        ("boilerplate", frame),
    ]


def test_a_message_that_is_forwarded_is_read() -> None:
    found = body(
        "See below.\n\n---------- Forwarded message ---------\nFrom: Bo\nDate: Monday\n"
        "Subject: Orbit\n\nOrbit Bank moved to Ulm.\n"
    )
    assert [kind for kind, _ in found] == ["prose", "boilerplate", "prose"]
    assert found[2][1] == "Orbit Bank moved to Ulm."


@pytest.mark.parametrize(
    ("charset", "text"),
    [("iso-8859-1", "Köln"), ("iso-2022-jp", "東京"), ("koi8-r", "Москва"), ("nonsense", "Köln")],
)
def test_the_charset_that_is_declared_counts(charset: str, text: str) -> None:
    raw = text.encode("utf-8" if charset == "nonsense" else charset)
    head = f"Subject: a\nContent-Type: text/plain; charset={charset}\n\n".encode()
    assert blocks(one(head + raw))[1:] == [("prose", text)]


def test_headers_are_decoded_whatever_they_hold() -> None:
    raw = (
        b"From: =?utf-8?q?Zo=C3=AB?= <z@x.org>\nTo: K\xc3\xb6ln <k@x.org>\n"
        b"Subject: =?iso-8859-1?q?K=F6ln?= and\n =?nonsense?q?x?=\nDate: some day\n\nText.\n"
    )
    document = one(raw)
    assert document.title == "Köln and x"
    values = [document.text[cell.start : cell.end] for cell in document.blocks[0].cells]
    assert values == ["Zoë <z@x.org>", "Köln <k@x.org>", "some day", "Köln and x"]


def test_a_message_with_nothing_but_attachments_has_no_text() -> None:
    message = EmailMessage()
    message["Subject"] = "Scan"
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="scan.png")
    with pytest.raises(DocumentError) as caught:
        one(bytes(message))
    assert caught.value.reason == "no text"


@pytest.mark.parametrize("content", [b"Just a letter.\n", b"\x89PNG\r\n\x1a\n\x00\x01"])
def test_what_has_no_header_is_no_mail(content: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        one(content)
    assert caught.value.reason == "malformed file"
