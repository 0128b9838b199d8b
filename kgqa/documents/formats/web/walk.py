"""The walk over a page: its visible blocks in order, each with where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kgqa.documents.formats.web.elements import (
    Element,
    is_contents,
    is_footnote,
    is_frame,
    is_inline,
    is_unseen,
)
from kgqa.documents.formats.web.tables import arranging_tables, parts_of_table
from kgqa.documents.layout import Part
from kgqa.types import BlockKind

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTED = ("li", "dt", "dd")
_STAY = ("boilerplate", "contents", "footnote", "code")
"""Kinds that all within has, whatever it is."""
_SPACE = re.compile(r"\s+")
# Soft hyphen, zero-width space, word joiner, byte order mark: where a word may be broken.
_BREAKS = re.compile("[\xad\u200b\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class SeenPart:
    """A part of a page.

    Attributes:
        around: the number of the element that its own stands in: parts with the same one are
            neighbours.
        linked: how many of its characters are links.
    """

    part: Part
    around: int
    linked: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the page a text is: its nearest block element, and what is said of it.

    `block` and `around` are the numbers of that element and of the one it stands in.
    """

    name: str
    block: int
    around: int
    kind: BlockKind = "prose"
    in_main: bool = False
    in_header: bool = False
    linked: bool = False


def seen_parts(root: Element, *, frames: bool) -> Iterator[SeenPart]:
    """Walk the page in order; a change of the nearest block element ends a block.

    Args:
        root: the page, by lxml.
        frames: what the page itself calls a header, a footer, a cookie banner is boilerplate.
    """
    from lxml import etree  # type: ignore[import-untyped]

    arranging = arranging_tables(root)
    run = _Run()
    number = 0
    # One place for each element that is open, and below them all the page's.
    open_places = [_Place("", 0, 0)]
    numbers = [0]
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        place = open_places[-1]
        if event == "start":
            number += 1
            inner = _place(element, place, number, numbers[-1], frames)
            rows: list[Part] = []
            if inner is not None and element.tag == "table" and element not in arranging:
                rows = parts_of_table(element)
            if rows:
                yield from run.close()
                framed = place.kind == "boilerplate"
                for row in rows:
                    yield SeenPart(as_boilerplate(row) if framed else row, numbers[-1])
            unread = inner is None or bool(rows)
            if unread:
                walker.skip_subtree()
            open_places.append(inner or place)
            numbers.append(number)
            if not unread:
                yield from run.add(open_places[-1], "\n" if element.tag == "br" else element.text)
            continue
        if event == "end":
            open_places.pop()
            numbers.pop()
        # What follows an element, or a comment, stands in the one around it.
        yield from run.add(open_places[-1], element.tail)
    yield from run.close()


def as_boilerplate(part: Part) -> Part:
    """The same words as boilerplate, which has no cells."""
    text = part.text or " | ".join(value for _, value in part.cells)
    return replace(part, kind="boilerplate", text=text, cells=(), level=0, row=None)


def _place(
    element: Element, above: _Place, number: int, around: int, frames: bool
) -> _Place | None:
    """Where an element's text stands; None for an element that is not seen."""
    if is_unseen(element):
        return None
    name, kind = element.tag, above.kind
    in_header = above.in_header or (name == "header" and not above.in_main)
    if kind == "boilerplate" and in_header and name == "h1":
        # The title of a page often stands in its header.
        kind = "prose"
    elif kind not in _STAY:
        if is_contents(element):
            kind = "contents"
        elif is_footnote(element):
            kind = "footnote"
        elif name == "nav" or (frames and is_frame(element, in_main=above.in_main)):
            kind = "boilerplate"
        elif name == "pre":
            kind = "code"
        elif name in _LISTED:
            kind = "list_item"
    in_main = above.in_main or name in ("main", "article")
    linked = above.linked or name == "a"
    if not (is_inline(element) or name == "br" or above.kind == "code"):
        return _Place(name, number, around, kind, in_main, in_header, linked)
    if kind == above.kind and linked == above.linked:
        return above
    return replace(above, kind=kind, linked=linked)


class _Run:
    """Collects text of one block element; a text of another one closes it."""

    def __init__(self) -> None:
        self._place: _Place | None = None
        self._pieces: list[str] = []
        self._linked = 0

    def add(self, place: _Place, text: str | None) -> Iterator[SeenPart]:
        if not text:
            return
        if self._place is None or place.block != self._place.block:
            # White space between two blocks belongs to neither.
            if not text.strip():
                return
            yield from self.close()
            self._place = place
        if place.kind != "code" and text != "\n":
            text = _SPACE.sub(" ", text)
        self._pieces.append(text)
        if place.linked:
            self._linked += len(text.strip())

    def close(self) -> Iterator[SeenPart]:
        place, text, linked = self._place, "".join(self._pieces), self._linked
        self._place, self._pieces, self._linked = None, [], 0
        if place is None:
            return
        if place.kind != "code":
            lines = (" ".join(_BREAKS.sub("", line).split()) for line in text.split("\n"))
            text = "\n".join(line for line in lines if line)
        if text.strip():
            yield SeenPart(_part(place, text), place.around, linked)


def _part(place: _Place, text: str) -> Part:
    level = _HEADINGS.get(place.name, 0)
    if level and place.kind in ("prose", "list_item"):
        # A link to the heading's own place is often drawn as this sign.
        return Part("heading", " ".join(text.removesuffix("¶").split()), level=level)
    return Part(place.kind, text)
