"""How a PDF is set: the size of its prose, the edges of its columns, its leading and indents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kgqa.documents.formats.pdf.lines import Line

INDENT = 0.7
"""What is an indent, in ems."""
_FARTHEST, _INDENTED_SHARE = 3.0, 0.05
# Points.
_NEAR, _SHARED = 4.0, 1.5
_FEW, _MANY, _MANY_SHARE = 5, 3, 0.25


@dataclass(frozen=True, slots=True)
class Body:
    """How most of a document's characters are set; the size in points."""

    size: float
    bold: bool
    mono: bool


def body_of(lines: Iterable[Line]) -> Body:
    """How the prose of these lines is set; size 0 where there are none."""
    styles: Counter[Body] = Counter()
    for line in lines:
        styles[Body(line.size, line.bold, line.mono)] += len(line.text)
    return styles.most_common(1)[0][0] if styles else Body(0.0, False, False)


@dataclass(frozen=True, slots=True)
class Column:
    """Lines below each other, and the left and right edge that they share."""

    lines: tuple[Line, ...]
    left: float
    right: float


def columns_with_edges(columns: Sequence[Sequence[Line]]) -> list[Column]:
    """The columns with their edges; one of few lines takes the right edge of a longer one."""
    rights = [_right(lines) for lines in columns]
    lefts = [min(line.left for line in lines) for lines in columns]
    found = []
    for lines, left, right in zip(columns, lefts, rights, strict=True):
        if len(lines) < _FEW:
            wider = [
                other
                for place, other, those in zip(lefts, rights, columns, strict=True)
                if len(those) >= _FEW and abs(place - left) < _NEAR and other >= right - 1
            ]
            right = min(wider, default=right)
        found.append(Column(tuple(lines), left, right))
    return found


def _right(lines: Sequence[Line]) -> float:
    """Where a column ends: where many lines do, as in a justified text, else the farthest."""
    places = sorted((line.right for line in lines if not line.rows), reverse=True)
    if not places:
        return max(line.right for line in lines)
    many = max(_MANY, int(_MANY_SHARE * len(places)))
    for one, other in zip(places, places[many - 1 :], strict=False):
        if one - other <= _SHARED:
            return one
    return places[0]


def usual_leading(columns: Iterable[Column]) -> dict[float, float]:
    """The most common distance between lines of each size."""
    steps: dict[float, Counter[float]] = {}
    for column in columns:
        for above, line in pairwise(column.lines):
            if above.size == line.size and not above.rows and not line.rows:
                pitch = round(above.baseline - line.baseline, 0)
                steps.setdefault(line.size, Counter())[pitch] += 1
    return {size: counts.most_common(1)[0][0] for size, counts in steps.items()}


def indents_first_lines(columns: Iterable[Column]) -> bool:
    """Whether lines that are indented below lines at the left edge are common."""
    indented = below = 0
    for column in columns:
        for above, line in pairwise(column.lines):
            step = line.left - column.left
            if above.left - column.left < 1 and line.size == above.size:
                below += 1
                indented += INDENT * line.size < step < _FARTHEST * line.size
    return indented > _INDENTED_SHARE * below
