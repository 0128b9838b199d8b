"""Subtitles: cues to paragraphs, speakers, pauses."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgqa.documents.formats.subtitles import read
from kgqa.documents.read import read_documents
from kgqa.errors import DocumentError
from kgqa.types import Document

TEXT = Path(__file__).parents[2] / "documents" / "text"


def paragraphs(document: Document) -> list[tuple[int | None, str]]:
    return [(block.row, document.text[block.start : block.end]) for block in document.blocks]


def cues(*lines: tuple[float, float, str], head: str = "") -> Document:
    text = head + "\n\n".join(
        f"{n}\n{_time(start)} --> {_time(end)}\n{line}"
        for n, (start, end, line) in enumerate(lines, start=1)
    )
    (document,) = read(text.encode(), "/x/talk.srt", "talk")
    return document


def _time(seconds: float) -> str:
    return f"00:00:{int(seconds):02},{round(seconds % 1 * 1000):03}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "talk.srt",
            [
                (1, "Marie Curie was born in Warsaw. She moved to Paris in 1891."),
                (4, "Who is it?"),
                (4, "It is me."),
                (5, "LENA: Come in."),
            ],
        ),
        (
            "talk.vtt",
            [
                (1, "Lena Hart: Orbit Bank & Sons was founded in Ulm."),
                (3, "Bo Hill: No, in Köln."),
            ],
        ),
    ],
)
def test_what_is_said_is_read_without_tags(name: str, expected: list[tuple[int, str]]) -> None:
    (document,) = read_documents([str(TEXT / name)])
    assert isinstance(document, Document)
    assert paragraphs(document) == expected
    assert (document.title, document.title_origin, document.format) == ("talk", "file", "subtitles")


def test_a_pause_of_more_than_two_seconds_ends_a_paragraph() -> None:
    assert paragraphs(cues((1, 2, "One."), (4, 5, "Two."), (7.1, 8, "Three."))) == [
        (1, "One. Two."),
        (3, "Three."),
    ]


def test_a_name_in_small_letters_inside_a_sentence_is_no_speaker() -> None:
    assert paragraphs(cues((1, 2, "They called it"), (2, 3, "Paris: the city."))) == [
        (1, "They called it Paris: the city.")
    ]
    assert paragraphs(cues((1, 2, "Is it?"), (2, 3, "Lena Hart: It is."))) == [
        (1, "Is it?"),
        (2, "Lena Hart: It is."),
    ]


def test_long_speech_is_parted_at_sentence_ends() -> None:
    document = cues(
        *((n, n + 1, f"This is sentence number {n} of a long talk.") for n in range(59))
    )
    found = paragraphs(document)
    assert len(found) > 1
    assert all(text.endswith(".") and len(text) < 1000 for _, text in found)
    assert [row for row, _ in found] == sorted({row for row, _ in found if row})


def test_lines_that_roll_up_are_read_once() -> None:
    text = """WEBVTT

00:01.000 --> 00:02.000
the bank<00:01.200><c> was</c>

00:02.000 --> 00:02.010
the bank was

00:02.010 --> 00:03.000
the bank was
founded<00:02.200><c> in</c> Ulm
"""
    (document,) = read(text.encode(), "/x/a.vtt", "a")
    assert paragraphs(document) == [(1, "the bank was founded in Ulm")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Just a letter.\n", "malformed file"),
        (b"WEBVTT\n\nNOTE nothing is said\n", "no text"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n<i></i>\n", "no text"),
    ],
)
def test_what_holds_no_cues_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        list(read(content, "/x/a.srt", "a"))
    assert caught.value.reason == reason
