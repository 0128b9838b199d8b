"""Org mode's marks inside lines: links, emphasis, footnotes, entities."""

from __future__ import annotations

import html.entities
import re
from bisect import bisect_right
from collections import defaultdict

_EMPHASIS_CHARACTERS, _MARKED_CHARACTERS = 2000, 200_000
_ANY = re.compile("[][<{\\\\*/_^+=~\u200b-]")
_LINK = re.compile(r"\[\[([^\[\]]{1,1000})\](?:\[((?:[^\[\]]|\](?!\])){1,1000})\])?\]")
_IMAGE = re.compile(r"(?:file:)?\S+\.(?:png|jpe?g|gif|svg|webp|pdf)\Z", re.I)
_NOTE = re.compile(
    r"\[fn:([\w-]{0,100})(?::((?:[^\[\]]|\[\[[^\[\]]*\](?:\[[^\[\]]*\])?\]){0,5000}))?\]"
)
_CITATION = re.compile(r"\[cite[^\]:]{0,20}:[^\]]{0,500}\]")
_TARGET = re.compile(r"<<(?:<([^<>\n]{1,200})>|[^<>\n]{1,200})>>")
_STAMP = re.compile(r"[<\[](\d{4}-\d\d-\d\d(?:[^\S\n][^\]>\n]{1,40})?)[>\]]")
_ADDRESS = re.compile(r"<((?:https?|ftp|mailto):[^<>\s]{1,1000})>")
_MACRO = re.compile(r"\{\{\{\w+(?:\(([^(){}]{0,500})\))?\}\}\}")
_RAISED = re.compile(r"[_^]\{([^{}]{0,500})\}")
_MATH = re.compile(r"\\[()]")
_ENTITY = re.compile(r"\\([A-Za-z]{2,20}[0-9]{0,2})(?:\{\}|(?![A-Za-z{]))")
_OPENS = re.compile(r"(?<![^\s\-\u2013\u2014('\"{\u200b*/_+])([*/_+=~])(?=\S)")
_CLOSES = re.compile(r"(?<=\S)([*/_+=~])(?![^\s\-\u2013\u2014.,;:!?'\")}\[\\\u200b*/_+])")
_VERBATIM = "=~"


def plain(text: str, notes: list[str]) -> str:
    """A line's text without its marks; the texts of footnotes in it go to `notes`."""
    if _ANY.search(text) is None:
        return text
    text = _LINK.sub(lambda link: _link(link[1], link[2]), text)
    text = _NOTE.sub(lambda note: _note(note[2], notes), text)
    text = _CITATION.sub("", text)
    text = _ADDRESS.sub(r"\1", _TARGET.sub(r"\1", text))
    text = _STAMP.sub(r"\1", text)
    text = _MACRO.sub(lambda macro: macro[1] or "", text)
    return "".join(
        piece if verbatim else _unmarked(piece) for verbatim, piece in _pieces(text)
    ).replace("\u200b", "")


def _link(target: str, description: str | None) -> str:
    if description is not None:
        return "" if _IMAGE.match(description) else description
    return "" if _IMAGE.match(target) else target.removeprefix("file:")


def _note(text: str | None, notes: list[str]) -> str:
    if text and text.strip():
        notes.append(plain(text.strip(), notes))
    return ""


def _unmarked(text: str) -> str:
    text = _RAISED.sub(r"\1", text)
    text = _ENTITY.sub(lambda e: html.entities.html5.get(f"{e[1]};", e[0]), text)
    text = _MATH.sub("", text)
    return text.replace("---", "\u2014").replace("--", "\u2013")


def _pieces(text: str) -> list[tuple[bool, str]]:
    """(whether it is verbatim, text) in order, without the marks of emphasis."""
    if len(text) > _MARKED_CHARACTERS:  # no paragraph that anybody marked
        return [(False, text)]
    closers: dict[str, list[int]] = defaultdict(list)
    for found in _CLOSES.finditer(text):
        closers[found[1]].append(found.start())
    cuts: list[tuple[int, int, bool]] = []  # (place of a mark, 1 or 0 into verbatim)
    used: set[int] = set()
    place = 0
    for found in _OPENS.finditer(text):
        start, mark = found.start(), found[1]
        if start < place or start in used:
            continue
        ends = closers[mark]
        nearest = bisect_right(ends, start + 1)
        if nearest == len(ends) or ends[nearest] - start > _EMPHASIS_CHARACTERS:
            continue
        end = ends[nearest]
        if end in used:
            continue
        used |= {start, end}
        verbatim = mark in _VERBATIM
        cuts += [(start, end, verbatim)]
        if verbatim:
            place = end + 1
    return _cut(text, cuts)


def _cut(text: str, spans: list[tuple[int, int, bool]]) -> list[tuple[bool, str]]:
    marks = sorted(
        (at, verbatim and at == start) for start, end, verbatim in spans for at in (start, end)
    )
    pieces: list[tuple[bool, str]] = []
    place, inside = 0, False
    for at, opens in marks:
        pieces.append((inside, text[place:at]))
        place, inside = at + 1, opens
    pieces.append((inside, text[place:]))
    return pieces
