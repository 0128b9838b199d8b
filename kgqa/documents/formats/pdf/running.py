"""What stands at the top or bottom of page after page: running heads, feet and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from kgqa.documents.formats.pdf.lines import Line, rows_of

_LINES = 3
"""So many lines from the top and from the bottom of a page may be running ones."""
_MARGIN = 0.2
"""The share of a page's height in which they stand."""
_SHARE = 0.5
_PAGES_IN_A_ROW = 3
_SAME_HEIGHT = 6.0
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:(?:page|seite|p\.)\s*)?(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von)\s*\d{1,4})?[\W_]*",
    re.I,
)


def without_running(pages: Sequence[tuple[list[Line], tuple[float, float]]]) -> list[list[Line]]:
    """The pieces of each page that are not running heads, feet or page numbers.

    Args:
        pages: each page's pieces, and its lower and upper edge.
    """
    candidates = [_candidates(pieces, edges) for pieces, edges in pages]
    counts = Counter(key for rows in candidates for key in {_key(row) for row in rows})
    kept = []
    for number, (pieces, (low, high)) in enumerate(pages):
        running: list[Line] = []
        for row in candidates[number]:
            around = candidates[max(0, number - 2) : number + 3]
            if _recurs(row, counts, around, len(pages)) or (
                _PAGE_NUMBER.fullmatch(row.text) and _stands_alone(row, pieces, low, high)
            ):
                running.append(row)
        words = {id(word) for row in running for word in row.words}
        kept.append([piece for piece in pieces if id(piece.words[0]) not in words])
    return kept


def _candidates(pieces: Sequence[Line], edges: tuple[float, float]) -> list[Line]:
    low, high = edges
    rows, margin = rows_of(pieces), _MARGIN * (high - low)
    top = [row for row in rows[:_LINES] if row.baseline > high - margin]
    return top + [row for row in rows[-_LINES:] if row.baseline < low + margin and row not in top]


def _key(row: Line) -> tuple[str, int]:
    return _DIGITS.sub("#", row.text).casefold(), round(row.baseline / _SAME_HEIGHT)


def _recurs(
    row: Line, counts: Counter[tuple[str, int]], around: Sequence[list[Line]], pages: int
) -> bool:
    """On most pages; or, as a chapter's title, on three of five pages in a row."""
    text, height = _key(row)
    # A line near the border between two heights counts with both.
    if sum(counts[text, height + step] for step in (-1, 0, 1)) >= max(2, _SHARE * pages):
        return True
    near = sum(
        any(_key(other)[0] == text and _level(row, other) for other in rows) for rows in around
    )
    return near >= _PAGES_IN_A_ROW


def _level(row: Line, other: Line) -> bool:
    return abs(row.baseline - other.baseline) <= _SAME_HEIGHT


def _stands_alone(row: Line, pieces: Sequence[Line], low: float, high: float) -> bool:
    """Whether a number is the page's first or last line, set off from the text."""
    others = [p.baseline for p in pieces if p.words[0] not in row.words]
    if not others:
        return False
    apart = max(2 * row.size, 18.0)
    if row.baseline < (low + high) / 2:
        return min(others) - row.baseline >= apart
    return row.baseline - max(others) >= apart
