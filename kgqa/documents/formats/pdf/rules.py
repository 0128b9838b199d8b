"""Tables that a PDF page draws with rules: the cells that its lines and boxes enclose."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

import pypdfium2.raw as pdfium

from kgqa.documents.formats.pdf.lines import Cell, Line, pieces_of, rows_of
from kgqa.documents.formats.pdf.words import Word

# Points.
_TOUCH, _SAME, _STRAIGHT, _SHORTEST = 3.0, 2.5, 0.5, 5.0
_BESIDE, _MOST_CUT = 0.4, 0.05
# A page with more than this, or with more lines before or after they are merged, is a drawing.
_MOST_OBJECTS, _MOST_DRAWN, _MOST_RULES = 50_000, 5000, 500


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line: `across` says which way, `at` where, from `start` to `end`."""

    across: bool
    at: float
    start: float
    end: float

    def touches(self, other: Rule) -> bool:
        if self.across == other.across:
            beside = abs(self.at - other.at) <= _SAME
            return beside and self.start - _TOUCH <= other.end and other.start <= self.end + _TOUCH
        return (
            self.start - _TOUCH <= other.at <= self.end + _TOUCH
            and other.start - _TOUCH <= self.at <= other.end + _TOUCH
        )


@dataclass(slots=True)
class _Grid:
    rules: list[Rule] = field(default_factory=list)

    def edges(self, across: bool) -> list[float]:
        """Where the rules of one direction stand, with the ends of the others."""
        places = [rule.at for rule in self.rules if rule.across == across]
        for rule in self.rules:
            if rule.across != across:
                places += [rule.start, rule.end]
        kept: list[float] = []
        for place in sorted(places):
            if not kept or place - kept[-1] > _SAME + _TOUCH:
                kept.append(place)
        return kept


def with_ruled_tables(rules: Sequence[Rule], words: Sequence[Word], number: int) -> list[Line]:
    """A page's pieces of lines, those within a ruled table as one line with rows."""
    pieces: list[Line] = []
    for grid in _grids(rules):
        xs, ys = grid.edges(across=False), grid.edges(across=True)
        inside = [
            word
            for word in words
            if xs[0] < _middle(word) < xs[-1] and ys[0] < _height(word) < ys[-1]
        ]
        rows = () if _is_cut(inside, xs) else _rows(inside, xs, ys, number)
        if len(rows) > 1 and sum(any(cell) for cell in zip(*rows, strict=True)) > 1:
            pieces.append(Line(tuple(inside), number, rows))
            taken = set(map(id, inside))
            words = [word for word in words if id(word) not in taken]
    return pieces_of(words, number) + pieces


def _is_cut(words: Sequence[Word], xs: Sequence[float]) -> bool:
    """Whether lines go through the text: then they are a drawing's or a frame's, not a table's."""
    cut = sum(
        any(word.left + _TOUCH < x < word.right - _TOUCH for x in xs[1:-1]) for word in words
    ) + sum(
        abs(before.baseline - word.baseline) < 1
        and 0 < word.left - before.right < _BESIDE * word.size
        and any(before.right <= x <= word.left for x in xs[1:-1])
        for before, word in pairwise(words)
    )
    return cut > max(1, _MOST_CUT * len(words))


def _middle(word: Word) -> float:
    return (word.left + word.right) / 2


def _height(word: Word) -> float:
    return word.baseline + 0.25 * word.size


def _rows(
    words: Sequence[Word], xs: Sequence[float], ys: Sequence[float], page: int
) -> tuple[tuple[Cell, ...], ...]:
    """The rows from top to bottom, each with a cell between every two edges."""
    rows: list[tuple[Cell, ...]] = []
    for top, bottom in zip(ys[:0:-1], ys[-2::-1], strict=True):
        here = [word for word in words if bottom < _height(word) <= top]
        lines = [
            rows_of(pieces_of([word for word in here if left < _middle(word) <= right], page))
            for left, right in pairwise(xs)
        ]
        filled = [cell for cell in lines if cell]
        if len(filled) > 1 and len({_baselines(cell) for cell in filled}) == 1:
            # Only some rows are ruled off.
            rows += [
                tuple((cell[line].text,) if cell else () for cell in lines)
                for line in range(len(filled[0]))
            ]
        elif filled:
            rows.append(tuple(tuple(line.text for line in cell) for cell in lines))
    return tuple(rows)


def _baselines(cell: Sequence[Line]) -> tuple[int, ...]:
    return tuple(round(line.baseline) for line in cell)


def _grids(rules: Sequence[Rule]) -> list[_Grid]:
    """Groups of rules that touch, where they enclose two rows and two columns or more."""
    groups: list[_Grid] = []
    for rule in rules:
        touched = [grid for grid in groups if any(rule.touches(other) for other in grid.rules)]
        merged = _Grid([rule])
        for grid in touched:
            merged.rules += grid.rules
        groups = [grid for grid in groups if grid not in touched] + [merged]
    return [grid for grid in groups if _encloses(grid)]


def _encloses(grid: _Grid) -> bool:
    upright = [rule for rule in grid.rules if not rule.across]
    if not upright or len(upright) == len(grid.rules):
        return False
    return len(grid.edges(across=False)) > 2 and len(grid.edges(across=True)) > 2


def page_rules(page: Any) -> list[Rule]:
    """The straight lines and the edges of boxes on a page, unless it is a drawing.

    Args:
        page: pypdfium2's PdfPage.
    """
    # The words of a page that is shown turned have been turned, its lines not.
    if page.get_rotation() or pdfium.FPDFPage_CountObjects(page) > _MOST_OBJECTS:
        return []
    drawn = list(islice(_rules(page), _MOST_DRAWN + 1))
    rules = _merged(drawn) if len(drawn) <= _MOST_DRAWN else []
    return rules if len(rules) <= _MOST_RULES else []


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that lie on each other, such as the edges of boxes side by side, as one."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (rule.across, round(rule.at), rule.start)):
        last = merged[-1] if merged else None
        if (
            last is not None
            and (last.across, round(last.at)) == (rule.across, round(rule.at))
            and rule.start <= last.end + _TOUCH
        ):
            merged[-1] = Rule(last.across, last.at, last.start, max(last.end, rule.end))
        else:
            merged.append(rule)
    return merged


def _rules(page: Any) -> Iterator[Rule]:
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        drawn = pdfium.FPDFPage_GetObject(page, index)
        if pdfium.FPDFPageObj_GetType(drawn) == pdfium.FPDF_PAGEOBJ_PATH:
            yield from _rules_of(drawn)


def _rules_of(path: Any) -> Iterator[Rule]:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(path, matrix)
    start = former = (0.0, 0.0)
    for index in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield from _straight(former, point)
        former = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield from _straight(point, start)
            former = start


def _straight(a: tuple[float, float], b: tuple[float, float]) -> Iterator[Rule]:
    for across, fixed, moving in ((True, 1, 0), (False, 0, 1)):
        if abs(a[fixed] - b[fixed]) <= _STRAIGHT and abs(a[moving] - b[moving]) >= _SHORTEST:
            yield Rule(across, a[fixed], *sorted((a[moving], b[moving])))
