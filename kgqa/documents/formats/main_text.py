"""Which parts of a web page are its main text.

trafilatura (Barbaresi, ACL 2021) says what the main text is; the parts themselves are kept as
the page has them, so that headings, lists and tables stay exact. The rest is boilerplate:
navigation, cookie banners, related links. It stays in the text and is no passage.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from kgqa.documents.layout import Part

_LETTERS = re.compile(r"\W+")
_SHORT_PAGE = 400
"""Characters; so short a page has nothing around its text that is worth the risk."""
_LEAST_SHARE = 0.2
"""Of a page's letters: less is no main text, but a list or a table that was not understood."""


def marked_boilerplate(parts: Sequence[Part], markup: str) -> list[Part]:
    """The parts, those outside the page's main text as boilerplate.

    Args:
        parts: of the whole page, in order.
        markup: the page.
    """
    letters = [_letters(part) for part in parts]
    length = sum(map(len, letters))
    if length < _SHORT_PAGE:
        return list(parts)
    main = _main_text(markup)
    if len(main) < _LEAST_SHARE * length:
        return list(parts)
    kept = [bool(text) and text in main for text in letters]
    if not any(kept):
        return list(parts)
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    for n, part in enumerate(parts):
        # What the extraction joins otherwise than the page does: tables, code, headings inside.
        structural = part.kind in ("table_row", "code", "heading")
        kept[n] = kept[n] or (structural and first - 2 <= n <= last)
    return [
        part if keep else replace(part, kind="boilerplate", text=_text(part), cells=())
        for part, keep in zip(parts, kept, strict=True)
    ]


def _text(part: Part) -> str:
    return part.text or " | ".join(value for _, value in part.cells)


def _letters(part: Part) -> str:
    return _LETTERS.sub("", _text(part)).casefold()


def _main_text(markup: str) -> str:
    """The letters of the main text, "" where none is found."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text = trafilatura.extract(
            markup, include_comments=False, include_tables=True, favor_recall=True
        )
    except (ValueError, RecursionError, TypeError, AttributeError):
        # lxml and its callers give these on pages that nest too deep or have no body.
        return ""
    return _LETTERS.sub("", text or "").casefold()
