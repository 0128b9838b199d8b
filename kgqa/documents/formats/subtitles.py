"""Subtitles (SubRip, WebVTT): what is said, as running paragraphs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kgqa.documents.decode import decode
from kgqa.documents.layout import Part, lay_out
from kgqa.errors import DocumentError
from kgqa.types import Document

_PAUSE_MS = 2000
_FULL_CHARACTERS = 800
"""A paragraph as long as this ends with its sentence, so that its `row` stays near."""
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s{1,5}([^<>]{0,200})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|</>|\{\\[^{}]*\}")
_WORD_TIMES = re.compile(r"<\d\d:\d\d[\d:.]*>")
_DASH = re.compile(r"\s*[-\u2010\u2013\u2014]\s?(?=\S)")
_SPEAKER = re.compile(
    r"\s*(?:>>\s*)?(?:[A-Z][\w.'\u2019-]*)(?: (?:[A-Z][\w.'\u2019-]*|\d+)){0,3}:(?=\s)"
)
_CHEVRONS = re.compile(r"\s*>>+\s*")
_ENDS = re.compile("[.!?\u2026][\"'\u201d\u2019)]*\\Z")


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document; a paragraph's `row` is the number of its first cue, from 1.

    A paragraph goes on over cues until there is silence for two seconds or another speaks; who
    speaks stands before it ("Lena: ...") where the file says so.

    Raises:
        DocumentError: as `decode`; `malformed file`, `no text`.
    """
    cues = _cues(decode(content, source), source)
    parts = _paragraphs(cues)
    if not any(part.text.strip() for part in parts):
        raise DocumentError(
            source,
            "no text",
            f"expected cues with text, got {len(cues)} cues without; remove it or repair it",
        )
    yield lay_out(source, parts, stem=stem, format="subtitles")


@dataclass(frozen=True, slots=True)
class _Cue:
    """What stands on the screen from `start` to `end`, in milliseconds."""

    start: int
    end: int
    lines: Sequence[str]


def _cues(text: str, source: str) -> list[_Cue]:
    from webvtt import WebVTT
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    lines = [line.rstrip() for line in re.split(r"\r\n|\r|\n", text.strip("\ufeff\r\n "))]
    kind = "vtt" if lines[0].startswith("WEBVTT") else "srt"
    try:
        captions = WebVTT.from_buffer(lines, format=kind).captions
    except (MalformedFileError, MalformedCaptionError) as error:
        raise DocumentError(
            source,
            "malformed file",
            f"expected numbered cues with times, or WEBVTT on the first line, got: {error}; "
            "repair it, or name it .txt",
        ) from error
    cues = [
        _Cue(
            _milliseconds(*caption.start_time.to_tuple()),
            _milliseconds(*caption.end_time.to_tuple()),
            [line for raw in caption.lines for line in raw.split("\n")],
        )
        for caption in captions
    ]
    return _without_repeats(cues) if _WORD_TIMES.search(text) else cues


def _milliseconds(hours: int, minutes: int, seconds: int, milliseconds: int) -> int:
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds


def _without_repeats(cues: Sequence[_Cue]) -> list[_Cue]:
    """Captions that roll up, word by word, show each line again above the next."""
    kept: list[_Cue] = []
    shown: list[str] = []
    for cue in cues:
        plain = [_plain(line) for line in cue.lines]
        spoken = [line for line, text in zip(cue.lines, plain, strict=True) if text not in shown]
        shown = [text for text in plain if text]
        kept.append(_Cue(cue.start, cue.end, spoken))
    return kept


@dataclass(slots=True)
class _Paragraph:
    """What is being said: the number of its first cue, who says it, and its lines so far."""

    row: int
    speaker: str
    lines: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.length += len(line) + 1

    @property
    def at_a_sentence_end(self) -> bool:
        return not self.lines or bool(_ENDS.search(self.lines[-1]))

    @property
    def part(self) -> Part:
        text = " ".join(self.lines)
        return Part("prose", f"{self.speaker}: {text}" if self.speaker else text, row=self.row)


def _paragraphs(cues: Sequence[_Cue]) -> list[Part]:
    made: list[_Paragraph] = []
    end = 0
    for number, cue in enumerate(cues, start=1):
        apart = cue.start - end > _PAUSE_MS
        several = sum(bool(_DASH.match(_plain(line))) for line in cue.lines) > 1
        for speaker, line in _spoken(cue.lines):
            dash = _DASH.match(line) if several else None
            chevrons = _CHEVRONS.match(line)
            line = line[dash.end() :] if dash else line
            line = line[chevrons.end() :] if chevrons else line
            if apart or dash or chevrons or not made or _breaks(made[-1], speaker, line):
                made.append(_Paragraph(number, speaker))
            apart = False
            made[-1].add(line)
        end = max(end, cue.end)
    return [paragraph.part for paragraph in made]


def _breaks(paragraph: _Paragraph, speaker: str, line: str) -> bool:
    if speaker != paragraph.speaker:
        return True
    if not paragraph.at_a_sentence_end:
        named = _SPEAKER.match(line)
        return named is not None and named[0].isupper()
    return paragraph.length > _FULL_CHARACTERS or _SPEAKER.match(line) is not None


def _spoken(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(speaker or "", text) of each line that has text; `<v Name>` holds until the next."""
    speaker = ""
    for line in lines:
        pieces = _VOICE.split(line)  # text, name, text, name, text ...
        for name, raw in zip([None, *pieces[1::2]], pieces[::2], strict=True):
            speaker = speaker if name is None else " ".join(html.unescape(name).split())
            text = _plain(raw)
            if text:
                yield speaker, text


def _plain(line: str) -> str:
    """A cue's line without tags, positions, and characters written as entities."""
    return " ".join(html.unescape(_TAG.sub("", line)).split())
