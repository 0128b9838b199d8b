"""The layout of text without markup: paragraphs, headings, lists, tables, what is not prose.

Offsets stay those of the file wherever nothing has to be rewritten: a wrapped line's end becomes
a space, and bullets and rules stay in the text between the blocks.
"""

# Bullets and dashes are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.documents.plain_frames import framed
from kgqa.documents.wraps import is_wrapped, joined, line_width, words_of
from kgqa.types import Document

_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f]")
_PARAGRAPH = re.compile(r"(?:(?!\f)[^\n]*\S[^\n\f]*(?:\n|\Z))+|[^\n\f]*\S[^\n\f]*(?=\f)")
_FENCE = re.compile(r"^(?P<mark>```+|~~~+)[^\n]*\n(?P<code>.*?)^(?P=mark)[^\S\n]*$", re.M | re.S)
_BULLET = re.compile(r"\s*(?:[-*•‣◦▪–+]|\(?\d{1,2}[.)]|\(?[a-z]\)|\([ivx]{1,5}\))\s+(?=\S)")
_ROW = re.compile(r"\s*\|.*\|\s*\Z")
_RULE = re.compile(r"[\s|:+=-]+\Z")
_HASHES = re.compile(r"(#{1,6})\s+(?=\S)")
_UNDERLINE = re.compile(r"(=|-|~|\*)\1{2,}\s*\Z")
_NUMBERED = re.compile(
    r"(?:(?:chapter|part|section|article|book)\s+)?(?:\d+(?:\.\d+)*|[IVXLC]+)\b", re.I
)
_FOOTNOTE = re.compile(r"\[(?:footnote\s*)?\w{1,4}\]:?\s|\[footnote[^]]{0,6}:", re.I)
_CONTENTS = re.compile(r"\W*(?:table of )?contents\W*\Z", re.I)
_LEADER = re.compile(r"(?:\.\s?){3,}\s*\w+\s*\Z|\S\s{3,}\d+\s*\Z")
_HEADING_CHARACTERS = 90
_ENDS = (".", ",", ";", ":", "!", "?", "…", "。", "-", "—")


def text_document(
    text: str, source: str, *, title: str | None = None, stem: str = "", format: str = "text"
) -> Document:
    """One Document of plain text.

    Args:
        title: a record's field, which names what the text is about; None takes the text's own
            heading, else the file's name.
        stem: the file's name without its suffix.

    Raises:
        DocumentError: as `build_document`.
    """
    return lay_out(
        source,
        text_parts(text),
        stem=stem,
        title=title or "",
        format=format,
        record=title is not None,
    )


def text_parts(text: str) -> list[Part]:
    """The parts of a text, each with the white space (and bullet) that stood before it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _TERMINAL.sub(lambda found: " " * len(found[0]), text)
    text = _CONTROL.sub(" ", text)
    parts: list[Part] = []
    for kind, start, end in framed(text):
        if kind is None:
            parts += _body_parts(text[start:end], first=not parts)
        else:
            body = text[start:end]
            lead = len(body) - len(body.lstrip())
            parts.append(Part(kind, body.strip(), before=body[:lead]))
    return parts


def _body_parts(text: str, first: bool) -> list[Part]:
    """The parts of what is the document's own."""
    width = line_width([_lines(found[0]) for found in _PARAGRAPH.finditer(text)])
    words = words_of(text)
    parts: list[Part] = []
    place = 0
    for fence in _FENCE.finditer(text):
        parts += _paragraphs(text[place : fence.start()], width, words)
        parts.append(Part("code", fence["code"], before="\n\n"))
        place = fence.end()
    parts += _paragraphs(text[place:], width, words)
    return _with_headings(parts, first)


def _paragraphs(text: str, width: int, words: frozenset[str]) -> Iterator[Part]:
    place = 0
    for found in _PARAGRAPH.finditer(text):
        body = found[0]
        lead = len(body) - len(body.lstrip())
        start, end = found.start() + lead, found.start() + len(body.rstrip())
        before, place = text[place:start], end
        yield from _paragraph(_lines(text[start:end]), before, width, words)


def _lines(paragraph: str) -> list[str]:
    return paragraph.rstrip("\n").split("\n")


def _paragraph(
    lines: Sequence[str], before: str, width: int, words: frozenset[str]
) -> Iterator[Part]:
    if len(lines) > 1 and all(_ROW.match(line) or _RULE.match(line) for line in lines):
        yield from _table(lines, before)
    elif len(lines) == 2 and _UNDERLINE.match(lines[1]) and _may_head(lines[0]):
        yield Part("heading", lines[0].strip(), level=1 if lines[1][0] == "=" else 2, before=before)
    elif _RULE.match("".join(lines)):
        return
    else:
        for run in _items(lines):
            yield _run(run, before, width, words)
            before = "\n"


def _table(lines: Sequence[str], before: str) -> Iterator[Part]:
    rows = [
        [cell.strip(" `*") for cell in line.strip().strip("|").split("|")]
        for line in lines
        if not _RULE.match(line)
    ]
    ruled = len(lines) > 1 and bool(_RULE.match(lines[1]))
    for part in table_parts(rows, headed=True if ruled else None):
        yield replace(part, before=before)
        before = "\n"


def _items(lines: Sequence[str]) -> Iterator[list[str]]:
    """Runs of lines: list items with the lines that they go on over, and what is no list."""
    run: list[str] = []
    listed = bool(_BULLET.match(lines[0])) or len(lines) > 1
    for line in lines:
        opens = _BULLET.match(line) and (
            not run or bool(_BULLET.match(run[0])) or run[-1].rstrip().endswith(":")
        )
        if run and ((listed and opens) or _HASHES.match(line)):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _run(lines: list[str], before: str, width: int, words: frozenset[str]) -> Part:
    """One paragraph, list item or heading of lines that belong together."""
    hashes, bullet = _HASHES.match(lines[0]), _BULLET.match(lines[0])
    mark = hashes or bullet
    if mark is not None:
        before, lines = before + mark[0], [lines[0][mark.end() :], *lines[1:]]
    wrapped = bullet is not None or is_wrapped(lines, width)
    text = joined(lines, words) if wrapped else "\n".join(lines)
    lead = len(text) - len(text.lstrip())
    before, text = before + text[:lead], text.strip()
    if hashes is not None and len(lines) == 1:
        return Part("heading", text.rstrip("# "), level=len(hashes[1]), before=before)
    if bullet is not None:
        return Part("list_item", text, before=before)
    return Part("footnote" if _FOOTNOTE.match(text) else "prose", text, before=before)


def _may_head(text: str) -> bool:
    """Whether a line alone can be a heading: short, of words, without an end of a sentence."""
    text = text.strip()
    return (
        0 < len(text) <= _HEADING_CHARACTERS
        and "\n" not in text
        and not text.endswith(_ENDS)
        and not text[0].islower()
        and any(c.isalpha() for c in text)
        and not text.startswith(('"', "“", "|"))
    )


def _with_headings(parts: Sequence[Part], first: bool) -> list[Part]:
    """Lone lines above prose become headings, lines under "Contents" a table of contents."""
    made: list[Part] = []
    contents = False
    for n, part in enumerate(parts):
        if _CONTENTS.match(part.text) and part.kind in ("heading", "prose"):
            contents = True
            part = replace(part, kind="contents")
        elif (contents and _is_entry(part)) or (part.kind == "prose" and _is_leaders(part.text)):
            part = replace(part, kind="contents")
        else:
            contents = False
            if _heads(parts, n):
                part = replace(part, kind="heading", level=_level(part.text, first and not made))
                if made and made[-1].kind == "heading" and made[-1].level == part.level > 1:
                    # "CHAPTER XI", and under it what it is called
                    part = replace(part, level=part.level + 1)
        made.append(part)
    return made


def _is_entry(part: Part) -> bool:
    lines = part.text.split("\n")
    short = all(len(line) <= _HEADING_CHARACTERS for line in lines)
    return part.kind in ("heading", "list_item") or (
        part.kind == "prose" and short and not part.text.rstrip().endswith(".")
    )


def _is_leaders(text: str) -> bool:
    lines = text.split("\n")
    return 2 * sum(bool(_LEADER.search(line)) for line in lines) > len(lines)


def _heads(parts: Sequence[Part], n: int) -> bool:
    """Whether a lone line stands above what follows it as its heading.

    Two may stand in a row ("CHAPTER XI", and what it is called); more are a column of names.
    """
    part, following = parts[n], parts[n + 1] if n + 1 < len(parts) else None
    if part.kind != "prose" or not _may_head(part.text) or following is None:
        return False
    if following.kind == "prose" and "\n\n" not in _gap(following):
        return False
    before, after = n, n + 1
    while before > 0 and _is_lone(parts[before - 1]):
        before -= 1
    while after < len(parts) and _is_lone(parts[after]):
        after += 1
    return after - before <= 2 and after < len(parts)


def _is_lone(part: Part) -> bool:
    return part.kind == "prose" and _may_head(part.text)


def _gap(part: Part) -> str:
    return re.sub(r"[^\S\n]", "", part.before or "")


def _level(text: str, opening: bool) -> int:
    """1 for the line that opens a text, 2 for others, deeper by numbers such as 2.3.1."""
    if opening:
        return 1
    numbered = _NUMBERED.match(text)
    return 2 + (numbered[0].count(".") if numbered else 0)
