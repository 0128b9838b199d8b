"""Encodings: recognised, or rejected by name."""

# Typographic quotes, dashes and other scripts are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import pytest

from kgqa.documents.decode import decode
from kgqa.errors import DocumentError

GERMAN = "Erwin Schrödinger wurde in Wien geboren. Er lehrte in Zürich und Berlin. "
FRENCH = "Marie Curie, née à Varsovie, étudia à la Sorbonne où elle obtint deux licences. "
QUOTES = "“It’s a boy,” she said – twice. The Brontë sisters’ novels cost £2 in 1847."
RUSSIAN = "Дмитрий Менделеев родился в Тобольске. Он открыл периодический закон. "
JAPANESE = "湯川秀樹は日本の物理学者である。1949年に日本人として初めてノーベル賞を受賞した。"
POLISH = "Maria Skłodowska-Curie urodziła się w Warszawie. Życie i twórczość, źródło, łódź. "


@pytest.mark.parametrize("text", [GERMAN, JAPANESE, "plain"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "x") == text


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\x00\x00\xfe\xff"])
def test_big_endian_marks(mark: bytes) -> None:
    encoding = "utf-16-be" if len(mark) == 2 else "utf-32-be"
    assert decode(mark + GERMAN.encode(encoding), "x") == GERMAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (GERMAN * 50, "latin-1"),
        (FRENCH, "latin-1"),
        (QUOTES, "cp1252"),
        ("Zoë met André.", "latin-1"),
        (RUSSIAN * 3, "cp1251"),
        (RUSSIAN * 3, "koi8-r"),
        (JAPANESE * 3, "shift_jis"),
        (JAPANESE * 3, "euc_jp"),
    ],
)
def test_other_encodings_are_recognised(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "x") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(POLISH * 3, "cp1250"), (POLISH * 3, "iso8859-2"), ("Zoë met André in Zürich.", "cp437")],
)
def test_what_cannot_be_told_is_rejected_and_not_garbled(text: str, encoding: str) -> None:
    with pytest.raises(DocumentError, match="UTF-8") as caught:
        decode(text.encode(encoding), "x")
    assert caught.value.reason == "unknown encoding"


def test_a_declared_encoding_decides_where_utf8_does_not_fit() -> None:
    assert decode(POLISH.encode("iso8859-2"), "x", "iso-8859-2") == POLISH
    assert decode(GERMAN.encode("utf-8"), "x", "latin-1") == GERMAN
    assert decode(QUOTES.encode("cp1252"), "x", "iso-8859-1") == QUOTES
    assert decode(GERMAN.encode("cp1252"), "x", "no-such-encoding") == GERMAN


def test_damaged_utf8_is_named_with_its_offset() -> None:
    content = (GERMAN + "a").encode() + b"\xff" + GERMAN.encode()
    with pytest.raises(DocumentError, match=f"0xff at offset {len((GERMAN + 'a').encode())}"):
        decode(content, "x")


def test_a_mark_that_lies_is_rejected() -> None:
    with pytest.raises(DocumentError, match="utf-16"):
        decode(b"\xff\xfea\x00b", "x")


def test_utf16_without_its_mark_is_binary() -> None:
    with pytest.raises(DocumentError, match="byte order mark") as caught:
        decode(GERMAN.encode("utf-16-le"), "x")
    assert caught.value.reason == "binary"


@pytest.mark.parametrize("byte", [b" \xff ", b"Cu\xff", b"rie\xff"])
def test_a_stray_byte_in_ascii_is_no_encoding(byte: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        decode(b"Marie Curie was born in Warsaw. " + byte.ljust(9, b"x") + b" She was one.", "x")
    assert caught.value.reason == "unknown encoding"


def test_the_letter_of_that_byte_in_names() -> None:
    text = "Eugène Ysaÿe was born in Liège. "
    assert decode(text.encode("cp1252"), "x") == text
