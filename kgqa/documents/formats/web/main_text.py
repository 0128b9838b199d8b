"""Which parts of a web page are its main text.

trafilatura (Barbaresi, ACL 2021) says what the main text is; the parts themselves are kept as
the page has them, so that headings, lists and tables stay exact, which its own output does not
keep. The rest is boilerplate: navigation, cookie banners, related links. It stays in the text,
so that nothing is lost where the two disagree, and is no passage.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Sequence

from kgqa.documents.formats.web.walk import SeenPart, as_boilerplate
from kgqa.documents.layout import Part

_OTHERS = re.compile(r"[\W_]+")
_SHORT_PAGE = 400
"""Letters; so short a page has nothing around its text that is worth the risk."""
_LONG_PAGE = 4_000_000
"""Characters of markup; so long a page is a book, and its frame is small beside it."""
_MANY_TABLES = 1000
"""Beyond it, trafilatura takes long (its time grows with the square of their number)."""
_LEAST_SHARE = 0.2
"""Of a page's letters: less is no main text, but a list or a table that was not understood."""
_FRAMED_SHARE = 0.7
"""Of the main text: where more stands in what the page seems to call a frame, it is none."""
_PARAGRAPH = 80
"""Letters of a part that is text rather than a label."""
_WINDOW, _LEAST_FOUND = 20_000, 12
"""How far on a part is looked for, and the fewest letters that are found within a line."""
_GAP = 300
"""Letters in paragraphs between two pieces of the main text: no sidebar, but text left out."""
_BETWEEN = ("table_row", "code")


def main_parts(seen: Sequence[SeenPart], markup: str) -> list[Part]:
    """The parts, those outside the page's main text as boilerplate.

    Args:
        seen: of the whole page, in order, what it calls a frame as boilerplate.
        markup: the page.
    """
    letters = [_letters(_words(one.part)) for one in seen]
    kept = [one.part.kind != "boilerplate" for one in seen]
    is_large = len(markup) > _LONG_PAGE or markup.lower().count("<table") > _MANY_TABLES
    if not is_large and _length(letters, kept) >= _SHORT_PAGE:
        found = _found(letters, [_letters(line) for line in _main_text(markup).split("\n")])
        inside = [a and b for a, b in zip(found, kept, strict=True)]
        if _length(letters, inside) < (1 - _FRAMED_SHARE) * _length(letters, found):
            inside = found
        if _length(letters, inside) >= _LEAST_SHARE * _length(letters, kept):
            kept = _completed(seen, letters, inside, kept)
    if not any(kept):
        kept = [True] * len(seen)
    return [
        one.part if keep else as_boilerplate(one.part) for one, keep in zip(seen, kept, strict=True)
    ]


def _words(part: Part) -> str:
    return part.text or " ".join(value for _, value in part.cells)


def _letters(text: str) -> str:
    return _OTHERS.sub("", text).casefold()


def _length(letters: Sequence[str], taken: Sequence[bool]) -> int:
    return sum(len(text) for text, take in zip(letters, taken, strict=True) if take)


def _found(letters: Sequence[str], lines: Sequence[str]) -> list[bool]:
    """Whether each part is in the main text: a line of it, or in order a piece of one.

    A search looks only some way on, so that a long page takes no longer by the letter.
    """
    main = "".join(lines)
    starts: dict[str, int] = {}
    place = 0
    for line in lines:
        starts.setdefault(line, place)
        place += len(line)
    found, place = [], 0
    for text in letters:
        start = starts.get(text, -1)
        if start < 0 and len(text) >= _LEAST_FOUND:
            start = main.find(text, place, place + _WINDOW + len(text))
        place = max(place, start)
        found.append(bool(text) and start >= 0)
    return found


def _completed(
    seen: Sequence[SeenPart], letters: Sequence[str], inside: Sequence[bool], own: Sequence[bool]
) -> list[bool]:
    """With what the extraction leaves out or writes otherwise: paragraphs beside kept ones,
    tables, code and longer text between them, and the headings above."""
    kept = list(inside)
    is_text = [
        len(text) >= _PARAGRAPH and 3 * one.linked < len(_words(one.part))
        for one, text in zip(seen, letters, strict=True)
    ]
    beside = {one.around for n, one in enumerate(seen) if kept[n] and len(letters[n]) >= _PARAGRAPH}
    for n, one in enumerate(seen):
        kept[n] = kept[n] or (own[n] and is_text[n] and one.around in beside)
    if not any(kept):
        return kept
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    for n in range(first, last):
        kept[n] = kept[n] or (own[n] and seen[n].part.kind in _BETWEEN)
    for start, end in _gaps(kept, first, last):
        text = sum(len(letters[n]) for n in range(start, end) if own[n] and is_text[n])
        if text >= _GAP:
            kept[start:end] = own[start:end]
    return _with_headings(seen, kept, [a and n < last for n, a in enumerate(own)])


def _gaps(kept: Sequence[bool], first: int, last: int) -> list[tuple[int, int]]:
    """The runs of parts between kept ones that are not kept."""
    places = [n for n in range(first, last + 1) if kept[n]]
    return [(a + 1, b) for a, b in itertools.pairwise(places) if b > a + 1]


def _with_headings(
    seen: Sequence[SeenPart], kept: Sequence[bool], own: Sequence[bool]
) -> list[bool]:
    """With the headings above what is kept; a page's title stands above it all."""
    made = list(kept)
    above = False
    for n in range(len(seen) - 1, -1, -1):
        part = seen[n].part
        if part.kind == "heading":
            made[n] = above or made[n] or (own[n] and part.level == 1)
        else:
            above = made[n]
    return made


def _main_text(markup: str) -> str:
    """The main text, a line a block; "" where none is found."""
    import trafilatura

    # It logs pages without a main text as errors; here they are an expected case.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text = trafilatura.extract(
            markup, include_comments=False, include_tables=True, favor_recall=True
        )
    except (ValueError, RecursionError, TypeError, AttributeError):
        # lxml and its callers give these on pages that nest too deep or have no body.
        return ""
    return text or ""
