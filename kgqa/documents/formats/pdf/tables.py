"""Tables that stand in a PDF without rules around their cells: rows whose cells line up.

Only where that is sure; a wrong row states what nobody wrote, lines that stay prose do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from kgqa.documents.formats.pdf.lines import Cell, Line, joined_words
from kgqa.documents.formats.pdf.paragraphs import is_contents, list_mark
from kgqa.documents.formats.pdf.rules import Rule
from kgqa.documents.formats.pdf.words import Word

_ROWS, _GUTTER, _STEP, _CELL_CHARACTERS, _ROW_PITCH, _CLOSER = 3, 0.25, 0.8, 45, 3.0, 0.85
_TERM_TEXT, _EDGE = 60, 3.0
_NUMBER = re.compile(r"[\W\d]*\d[\W\d]*%?\Z")


def with_aligned_tables(lines: Sequence[Line], rules: Sequence[Rule]) -> Iterator[Line]:
    """A column's lines, those that are rows of a table as one line with rows."""
    run: list[Line] = []
    for line in lines:
        if run and not _follows(run, line):
            yield from _tables(run, rules)
            run = []
        if run or _has_cells(line):
            run.append(line)
        else:
            yield line
    yield from _tables(run, rules)


def _follows(run: Sequence[Line], line: Line) -> bool:
    """Whether a line may belong to the table above: it has several cells, or one that starts
    right of the table's first column."""
    if line.rows or is_contents(line.text):
        return False
    if run[-1].baseline - line.baseline > _ROW_PITCH * line.size:
        return False
    return _has_cells(line) or line.left > run[0].cells[0][-1].right + _STEP * line.size


def _has_cells(line: Line) -> bool:
    """Whether a line has several cells, the first of which is not the mark of a list's item."""
    if line.rows or len(line.cells) < 2 or is_contents(line.text):
        return False
    first = joined_words(line, line.cells[0])
    return not list_mark(f"{first} x").startswith(first)


def _tables(run: Sequence[Line], rules: Sequence[Rule]) -> Iterator[Line]:
    columns = _columns(run)
    # In a justified text, wide gaps may meet by chance, but other gaps there are narrow.
    regular = sum(
        len(line.cells) == sum(bool(_cell(line, *column)) for column in columns) > 1 for line in run
    )
    if regular < _ROWS or len(columns) < 2 or not _is_short(run) or not _line_up(run, columns):
        yield from run
        return
    rows = _rows(run, columns)
    if rows and len(columns) == 2 and median(len(" ".join(row[1])) for row in rows) > _TERM_TEXT:
        # Terms and what they mean, a bibliography, notes in a margin.
        yield from run
        return
    if len(rows) < _ROWS:
        yield from (replace(line, loose=True) for line in run)
        return
    words = tuple(word for line in run for word in line.words)
    yield Line(words, run[0].page, tuple(rows), _is_headed(run, rows, rules))


def _columns(run: Sequence[Line]) -> list[tuple[float, float]]:
    """(left, right) of what the cells of all lines cover, apart by gutters."""
    columns: list[tuple[float, float]] = []
    spans = sorted(
        (cell[0].left, max(word.right for word in cell)) for line in run for cell in line.cells
    )
    em = min((line.size for line in run), default=0.0)
    for left, right in spans:
        if columns and left - columns[-1][1] < _GUTTER * em:
            columns[-1] = (columns[-1][0], max(right, columns[-1][1]))
        else:
            columns.append((left, right))
    return columns


def _line_up(run: Sequence[Line], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether the cells of each column share a left edge, a middle, or as numbers a right edge.

    The last words of a justified text's lines share a right edge as well.
    """
    for left, right in columns:
        cells = [_inside(line, left, right) for line in run]
        spans = [(words[0].left, max(word.right for word in words)) for words in cells if words]
        numbers = all(_NUMBER.match(words[-1].text) for words in cells[1:] if words)
        places = [[a for a, _ in spans], [(a + b) / 2 for a, b in spans]]
        if numbers:
            places.append([b for _, b in spans])
        # A head may stand elsewhere above its column.
        if not any(_is_even(edges) or _is_even(edges[1:]) for edges in places):
            return False
    return True


def _is_even(edges: Sequence[float]) -> bool:
    return bool(edges) and max(edges) - min(edges) <= _EDGE


def _rows(run: Sequence[Line], columns: Sequence[tuple[float, float]]) -> list[tuple[Cell, ...]]:
    """The rows; [] where a line may as well be a row with empty cells as the rest of one."""
    cells = [[_cell(line, *column) for column in columns] for line in run]
    full = [all(row) or (number == 0 and all(row[1:])) for number, row in enumerate(cells)]
    pitches = [a.baseline - b.baseline for a, b in pairwise(run)]
    pitch = min((p for p, whole in zip(pitches, full[1:], strict=True) if whole), default=0.0)
    rows: list[tuple[Cell, ...]] = []
    for number, row in enumerate(cells):
        if full[number]:
            rows.append(tuple((text,) if text else () for text in row))
        elif number and (pitches[number - 1] < _CLOSER * pitch or _hangs(row)):
            rows[-1] = tuple(
                (*cell, text) if text else cell for cell, text in zip(rows[-1], row, strict=True)
            )
        else:
            return []
    return rows


def _hangs(row: Sequence[str]) -> bool:
    """Whether a line can only be the rest of a row: it has few cells, and not the first."""
    return not row[0] and 2 * sum(map(bool, row)) <= len(row)


def _cell(line: Line, left: float, right: float) -> str:
    inside = _inside(line, left, right)
    return joined_words(line, inside) if inside else ""


def _inside(line: Line, left: float, right: float) -> list[Word]:
    return [word for word in line.words if left <= (word.left + word.right) / 2 <= right]


def _is_short(run: Sequence[Line]) -> bool:
    lengths = [len(joined_words(line, cell)) for line in run for cell in line.cells]
    return median(lengths) <= _CELL_CHARACTERS


def _is_headed(
    run: Sequence[Line], rows: Sequence[tuple[Cell, ...]], rules: Sequence[Rule]
) -> bool | None:
    """By a rule below the first row alone, bold letters, or a column of numbers below a word."""
    if all(" ".join(row[0]).endswith(":") for row in rows):
        return False
    first, second, third = (line.baseline for line in run[:3])
    left, right = run[0].left, run[0].right
    across = [rule.at for rule in rules if rule.across and rule.start < right and rule.end > left]
    below = [
        any(low < at < high for at in across) for high, low in ((first, second), (second, third))
    ]
    if below == [True, False] or (run[0].bold and not run[1].bold):
        return True
    numbers = [
        all(_NUMBER.match(" ".join(row[column])) for row in rows[1:])
        for column in range(len(rows[0]))
    ]
    return None if any(numbers) else False
