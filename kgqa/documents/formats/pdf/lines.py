"""Words to lines, and the lines of a PDF page in reading order: column after column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from kgqa.documents.formats.pdf.words import Word

# In ems of the words beside it.
_GAP, _SPACE, _OVERLAP, _RAISED = 1.0, 0.2, 0.3, 0.15
_SAME_BASELINE = 0.5
_SMALL = 0.85
# A gutter parts two columns where each has this many lines and points, and most lines fill it.
_COLUMN_LINES, _COLUMN_WIDTH, _GUTTER_WIDTH = 3, 80.0, 5.0
_FILLED, _FILLED_SHARE, _FILLED_SHARE_ACROSS = 0.6, 0.4, 0.75
_COLUMN_LINES_ACROSS = 8
_OVERFULL = 12.0
# What is asked of a page: more pieces are no text, and take long.
_MOST_STARTS, _MOST_PIECES = 40, 5000
_SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


Cell = tuple[str, ...]
"""A table's cell: its lines."""


@dataclass(frozen=True)
class Line:
    """Words on one baseline, from left to right; or a table, which stands as one line.

    Attributes:
        rows: of a table.
        headed: whether a table's first row is its head; None where that is not known.
        loose: looks like a table's row without being one for sure.
    """

    words: tuple[Word, ...]
    page: int
    rows: tuple[tuple[Cell, ...], ...] = ()
    headed: bool | None = None
    loose: bool = False

    @cached_property
    def size(self) -> float:
        """Of most of its characters."""
        sizes: Counter[float] = Counter()
        for word in self.words:
            sizes[round(word.size, 1)] += len(word.text)
        return sizes.most_common(1)[0][0]

    @cached_property
    def baseline(self) -> float:
        return next(w.baseline for w in self.words if round(w.size, 1) == self.size)

    @property
    def left(self) -> float:
        return self.words[0].left

    @cached_property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @cached_property
    def bold(self) -> bool:
        return all(word.bold for word in self.words if any(map(str.isalnum, word.text)))

    @cached_property
    def mono(self) -> bool:
        return all(word.mono for word in self.words)

    @cached_property
    def text(self) -> str:
        return joined_words(self, self.words)

    def is_raised(self, word: Word) -> bool:
        """Whether a word is a superscript of the line."""
        above = word.baseline - self.baseline
        return word.size < _SMALL * self.size and above > _RAISED * self.size

    @cached_property
    def cells(self) -> list[tuple[Word, ...]]:
        """Its words in groups that wide gaps set apart."""
        groups: list[list[Word]] = [[self.words[0]]]
        for before, word in pairwise(self.words):
            if word.left - before.right > _GAP * min(before.size, word.size):
                groups.append([])
            groups[-1].append(word)
        return [tuple(group) for group in groups]


def joined_words(line: Line, words: Sequence[Word]) -> str:
    """Text of some of a line's words; superscript numbers as such."""
    text = ""
    for before, word in zip((None, *words), words, strict=False):
        raised = line.is_raised(word)
        if before is not None and _is_apart(before, word, raised):
            text += " "
        text += word.text.translate(_SUPERSCRIPTS) if raised and text else word.text
    return text


def _is_apart(before: Word, word: Word, raised: bool) -> bool:
    gap = (word.left - before.right) / min(before.size, word.size)
    return gap > _SPACE or (word.spaced and gap > -_OVERLAP and not raised)


def pieces_of(words: Iterable[Word], page: int) -> list[Line]:
    """Runs of words in the order in which they are drawn, each on one baseline, without gaps."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and _goes_on(runs[-1][-1], word):
            runs[-1].append(word)
        else:
            runs.append([word])
    return [Line(tuple(run), page) for run in runs]


def _goes_on(before: Word, word: Word) -> bool:
    em = max(before.size, word.size)
    gap = word.left - before.right
    level = abs(word.baseline - before.baseline) < _SAME_BASELINE * em
    return level and -_OVERLAP * em < gap < _GAP * min(before.size, word.size)


def rows_of(pieces: Iterable[Line]) -> list[Line]:
    """The pieces as lines from top to bottom, those on one baseline as one."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda piece: (-piece.baseline, piece.left)):
        if rows and not piece.rows and not rows[-1][0].rows:
            # The largest word of a line says where its baseline is.
            last = max(rows[-1], key=lambda line: line.size)
            distance = abs(last.baseline - piece.baseline)
            if distance < _SAME_BASELINE * max(last.size, piece.size) and not any(
                _covers(line, piece) for line in rows[-1]
            ):
                rows[-1].append(piece)
                continue
        rows.append([piece])
    return [_one_line(row) for row in rows]


def _covers(line: Line, piece: Line) -> bool:
    shared = min(line.right, piece.right) - max(line.left, piece.left)
    return shared > 0.5 * min(line.right - line.left, piece.right - piece.left)


def _one_line(row: Sequence[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    words = sorted((word for line in row for word in line.words), key=lambda word: word.left)
    return Line(tuple(words), row[0].page)


def columns_of(pieces: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of each column, in reading order.

    A line over the whole width (a title) ends the columns above it; below it new ones begin.

    Args:
        pieces: of one page, in the order in which they are drawn.
    """
    gutter = _gutter(pieces)
    if gutter is None:
        rows = rows_of(pieces)
        if rows:
            yield rows
        return
    sides: tuple[list[Line], list[Line], list[Line]] = ([], [], [])
    for piece in sorted(pieces, key=lambda piece: -piece.baseline):
        side = _side(piece, gutter)
        if (side == 1 and (sides[0] or sides[2])) or (side != 1 and sides[1]):
            yield from _read_sides(sides, pieces)
            sides = ([], [], [])
        sides[side].append(piece)
    yield from _read_sides(sides, pieces)


def _read_sides(
    sides: tuple[list[Line], list[Line], list[Line]], drawn: Sequence[Line]
) -> Iterator[list[Line]]:
    for side in sides:
        here = set(map(id, side))
        yield from columns_of([piece for piece in drawn if id(piece) in here])


def _side(piece: Line, gutter: float) -> int:
    """0 left of it, 2 right of it, 1 over it."""
    if piece.left >= gutter - 1:
        return 2
    # TeX lets a word stand out of its column.
    reach = _OVERFULL if piece.left < gutter - _COLUMN_WIDTH else 1
    return 0 if piece.right <= gutter + reach else 1


def _gutter(pieces: Sequence[Line]) -> float | None:
    """Where a right column starts, None where the pieces are one column."""
    if len(pieces) > _MOST_PIECES:
        return None
    starts = Counter(round(piece.left) for piece in pieces)
    best: tuple[int, float] | None = None
    for start, _ in starts.most_common(_MOST_STARTS):
        left = [piece for piece in pieces if _side(piece, start) == 0]
        right = [piece for piece in pieces if _side(piece, start) == 2]
        if min(len(left), len(right)) < _COLUMN_LINES or not _are_columns(left, right, pieces):
            continue
        found = (min(len(left), len(right)), float(start))
        if best is None or found > best:
            best = found
    return best[1] if best else None


def _are_columns(left: Sequence[Line], right: Sequence[Line], drawn: Sequence[Line]) -> bool:
    """Whether two groups of pieces side by side are read one after the other.

    A table's columns are narrow or drawn row by row; a text's are filled, and drawn one by one.
    """
    edge = sorted(piece.right for piece in left)[int(0.95 * (len(left) - 1))]
    if min(piece.left for piece in right) - edge < _GUTTER_WIDTH:
        return False
    if min(p.baseline for p in left) > max(p.baseline for p in right) or (
        min(p.baseline for p in right) > max(p.baseline for p in left)
    ):
        return False
    sides = (rows_of(left), rows_of(right))
    if any(len(rows) < _COLUMN_LINES or _width(rows) < _COLUMN_WIDTH for rows in sides):
        return False
    filled = min(_filled_share(rows) for rows in sides)
    ids = (set(map(id, left)), set(map(id, right)))
    order = [0 if id(p) in ids[0] else 1 for p in drawn if id(p) in ids[0] or id(p) in ids[1]]
    switches = sum(a != b for a, b in pairwise(order))
    if switches <= max(2, 0.2 * min(map(len, sides))):
        return filled >= _FILLED_SHARE
    return filled >= _FILLED_SHARE_ACROSS and min(map(len, sides)) >= _COLUMN_LINES_ACROSS


def _width(rows: Sequence[Line]) -> float:
    return max(row.right for row in rows) - min(row.left for row in rows)


def _filled_share(rows: Sequence[Line]) -> float:
    width = _width(rows)
    return sum(row.right - row.left >= _FILLED * width for row in rows) / len(rows)
