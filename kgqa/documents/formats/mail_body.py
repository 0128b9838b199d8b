"""A message's text without what it only repeats: quotes, signatures, lists' footers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kgqa.documents.formats.web.webpage import parts_of_markup
from kgqa.documents.layout import Part
from kgqa.documents.plain_layout import text_parts

_QUOTED = re.compile(r"\s?(?:>|\|\s)")
_WROTE = re.compile(
    r"\b(?:wrote|writes|said|schrieb|schreef|skrev|a écrit|escribió|ha scritto)\b[^\n]{0,200}:\s*\Z"
)
_ATTRIBUTION_LINES = 3
_ORIGINAL = re.compile(
    r"\s*(?:-{2,}|_{2,})\s*(?:original message|original appointment|ursprüngliche nachricht"
    r"|message d'origine|mensaje original)\s*(?:-{2,}|_{2,})?\s*\Z",
    re.I,
)
_FORWARDED = re.compile(
    r"\s*(?:-{2,}\s*(?:forwarded message|weitergeleitete nachricht|forwarded by)\b.*"
    r"|begin forwarded message:)\s*\Z",
    re.I,
)
_HEAD_LINE = re.compile(
    r"\s*\*?(?:from|sent|date|to|cc|subject|von|gesendet|datum|an|betreff|de|envoyé|à|objet)"
    r"\s?:\*?(?:\s|\Z)",
    re.I,
)
_RULE = re.compile(r"\s*[_-]{10,}\s*\Z")
_LIST_RULE = re.compile(r"_{20,}\s*\Z")
_SIGNATURE_LINES, _FOOTER_LINES, _HEAD_LINES = 12, 8, 3
_QUOTE_CLASSES = frozenset(
    {
        "gmail_quote",
        "gmail_attr",
        "gmail_signature",
        "moz-cite-prefix",
        "moz-signature",
        "yahoo_quoted",
    }
)
_REPLY_HEADS = frozenset({"divRplyFwdMsg", "appendonsend"})
_MARKED = re.compile("|".join(("type=.?cite", *_QUOTE_CLASSES, *_REPLY_HEADS)))


def unflowed(text: str, *, deleted_space: bool) -> str:
    """The paragraphs of `format=flowed` text (RFC 3676): a space at a line's end joins it to the
    next one; with `deleted_space` (DelSp=yes) it goes."""
    made: list[str] = []
    flows = False
    for line in text.split("\n"):
        line = line[1:] if line.startswith(" ") else line
        if line.startswith(">") or line == "-- ":
            flows = False
            made.append(line)
            continue
        joins = line.endswith(" ")
        if joins and deleted_space:
            line = line[:-1]
        if flows:
            made[-1] += line
        else:
            made.append(line)
        flows = joins
    return "\n".join(made)


def plain_parts(text: str) -> list[Part]:
    """The parts of plain text; quotes, signatures and the rest of a thread are boilerplate."""
    parts: list[Part] = []
    for own, lines in _stretches(text.split("\n")):
        if own:
            found = text_parts("\n".join(lines))
            # White space in front of it stood below another stretch.
            parts += [replace(part, before=None) for part in found[:1]] + found[1:]
        else:
            parts.append(Part("boilerplate", "\n".join(lines).strip()))
    return [part for part in parts if part.cells or part.text.strip()]


def _stretches(lines: Sequence[str]) -> Iterator[tuple[bool, Sequence[str]]]:
    """(whether it is the writer's own, lines) in order."""
    end = _own_end(lines)
    start = place = 0
    while place < end:
        if _QUOTED.match(lines[place]):
            cut = _attribution(lines, start, place)
            yield True, lines[start:cut]
            place = _end_of_quote(lines, place, end)
            yield False, lines[cut:place]
            start = place
        elif _FORWARDED.match(lines[place]):
            yield True, lines[start:place]
            start, place = place, place + 1
            while place < end and (not lines[place].strip() or _HEAD_LINE.match(lines[place])):
                place += 1
            yield False, lines[start:place]
            start = place
        else:
            place += 1
    yield True, lines[start:end]
    yield False, lines[end:]


def _own_end(lines: Sequence[str]) -> int:
    """Where a signature, a list's footer or the message that is answered begins."""
    for place, line in enumerate(lines):
        rest = len(lines) - place - 1
        if line == "-- " or (line.rstrip() == "--" and rest <= _SIGNATURE_LINES):
            return place
        if _ORIGINAL.match(line) or (_LIST_RULE.match(line) and rest <= _FOOTER_LINES):
            return place
        if _RULE.match(line) and _is_head(lines, place + 1):
            return place
        if _is_head(lines, place) and not _is_forwarded(lines, place):
            return place
    return len(lines)


def _is_head(lines: Sequence[str], place: int) -> bool:
    """Whether the lines are what a mail program puts above the message that is answered."""
    head = lines[place : place + _HEAD_LINES]
    return len(head) == _HEAD_LINES and all(_HEAD_LINE.match(line) for line in head)


def _is_forwarded(lines: Sequence[str], place: int) -> bool:
    above = [line for line in lines[max(place - 3, 0) : place] if line.strip()]
    return bool(above) and (bool(_FORWARDED.match(above[-1])) or bool(_HEAD_LINE.match(above[-1])))


def _attribution(lines: Sequence[str], start: int, place: int) -> int:
    """Where the "On ... Lena wrote:" above a quote begins; `place` where there is none."""
    last = place - 1
    while last >= start and not lines[last].strip():
        last -= 1
    for first in range(last, max(last - _ATTRIBUTION_LINES, start - 1), -1):
        if not lines[first].strip():
            break
        if _WROTE.search(" ".join(lines[first : last + 1])):
            opens = first
            while opens > start and lines[opens - 1].strip() and last - opens < 2:
                if re.match(r"(?:on|am|le|el|il)\b", lines[opens].lstrip(), re.I):
                    break
                opens -= 1
            begins = re.match(r"(?:on|am|le|el|il)\b", lines[opens].lstrip(), re.I)
            return opens if begins else first
    return place


def _end_of_quote(lines: Sequence[str], place: int, end: int) -> int:
    """Behind the last quoted line of a run, which empty lines may part."""
    last = place
    while place < end and (_QUOTED.match(lines[place]) or not lines[place].strip()):
        if lines[place].strip():
            last = place
        place += 1
    return last + 1


def markup_parts(markup: str, source: str) -> list[Part]:
    """The parts of an HTML message; what it quotes and its signature are boilerplate, behind it.

    Raises:
        DocumentError: the markup cannot be parsed.
    """
    markup, quoted = _without_quotes(markup) if _MARKED.search(markup) else (markup, [])
    parts = parts_of_markup(markup, main_text=False, source=source)
    texts = ("\n".join(line.strip() for line in q.split("\n") if line.strip()) for q in quoted)
    return [*parts, *(Part("boilerplate", text) for text in texts if text)]


def _without_quotes(markup: str) -> tuple[str, list[str]]:
    """The markup without the elements in which mail programs put what they quote, and their
    texts."""
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    root = etree.HTML(markup.encode("utf-8", "replace"), parser)
    quoted: list[str] = []
    gone: set[Any] = set()
    for element in list(root.iter(etree.Element)) if root is not None else []:
        if element in gone or element.getparent() is None or not _is_quote(element):
            continue
        following = list(element.itersiblings()) if element.get("id") in _REPLY_HEADS else []
        for each in [element, *following]:
            gone.update(each.iter())
            quoted.append("\n".join(each.itertext()))
            _cut_out(each)
    return etree.tostring(root, encoding="unicode", method="html") if quoted else markup, quoted


def _is_quote(element: Any) -> bool:
    if element.get("id") in _REPLY_HEADS:
        return True
    classes = (element.get("class") or "").split()
    cited = element.tag == "blockquote" and element.get("type") == "cite"
    if not cited and _QUOTE_CLASSES.isdisjoint(classes):
        return False
    first = next((text.strip() for text in element.itertext() if text.strip()), "")
    return _FORWARDED.match(first) is None


def _cut_out(element: Any) -> None:
    """Remove an element, but not the text that stands behind it."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
