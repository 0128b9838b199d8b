"""The tables of a page: rows under their head, boxes of facts, and tables that hold none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kgqa.documents.formats.web.elements import Element, is_inline, is_unseen
from kgqa.documents.layout import Part, table_parts

_ARRANGING = frozenset(
    ("table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article", "form")
)
"""A table whose cells hold such elements arranges a page, and is no table of values."""
_VALUE_CHARACTERS, _TEXT_CHARACTERS = 200, 1000
"""The longest value in a cell with paragraphs, and the longest cell of a table without heads."""
_MOST_SPAN, _MOST_COLUMNS, _MOST_GROWTH = 100, 200, 3


@dataclass(slots=True)
class _Cell:
    """One cell as it is read."""

    is_head: bool = False
    columns: int = 1
    rows: int = 1
    blocks: int = 0
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


def arranging_tables(root: Element) -> set[Element]:
    """The tables of a page that hold other tables, headings, forms ... in their cells."""
    from lxml import etree  # type: ignore[import-untyped]

    found: set[Element] = set()
    open_tables: list[Element] = []
    for event, element in etree.iterwalk(root, events=("start", "end"), tag=_ARRANGING):
        if event == "start" and open_tables:
            found.add(open_tables[-1])
        if element.tag == "table" and event == "start":
            open_tables.append(element)
        elif element.tag == "table":
            open_tables.pop()
    return found


def parts_of_table(table: Element) -> list[Part]:
    """The caption and rows of a table; [] where it only arranges a page.

    Args:
        table: none of `arranging_tables`.

    A row of `<th>`, or of `<thead>`, is the head. In a box of facts, whose rows are a `<th>` and
    a `<td>`, each row is a statement of its own.
    """
    caption = _Cell()
    rows = _rows(table, caption)
    if not rows or not _holds_values(rows):
        return []
    parts = [Part("prose", caption.text)] if caption.text else []
    if _is_box(rows):
        return [*parts, *_box(rows)]
    return [*parts, *_rows_under_heads(rows)]


def _rows(table: Element, caption: _Cell) -> list[list[_Cell]]:
    from lxml import etree

    rows: list[list[_Cell]] = []
    cell, in_head = caption, False
    walker = etree.iterwalk(table, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if event != "start":
            in_head = in_head and element.tag != "thead"
            if element is not table:
                cell.pieces.append(element.tail or "")
            continue
        if is_unseen(element):
            walker.skip_subtree()
            continue
        name = element.tag
        if name == "thead":
            in_head = True
        elif name == "tr":
            rows.append([])
        elif name in ("td", "th"):
            cell = _Cell(
                name == "th" or in_head, _span(element, "colspan"), _span(element, "rowspan")
            )
            rows = rows or [[]]
            rows[-1].append(cell)
        elif not is_inline(element):
            cell.pieces.append(" ")
            cell.blocks += name not in ("br", "caption", "colgroup", "col", "table")
        cell.pieces.append(element.text or "")
    return rows


def _span(cell: Element, name: str) -> int:
    value = cell.get(name) or ""
    return min(max(int(value), 1), _MOST_SPAN) if value.isdecimal() and len(value) < 6 else 1


def _holds_values(rows: Sequence[Sequence[_Cell]]) -> bool:
    wide = sum(len(row) > 1 for row in rows)
    cells = [cell for row in rows for cell in row]
    if wide == 0:
        return False
    if any(cell.is_head for cell in cells):
        return True
    longest = max(len(cell.text) for cell in cells)
    if any(cell.blocks for cell in cells):
        return wide > 1 and longest <= _VALUE_CHARACTERS
    return longest <= _TEXT_CHARACTERS


def _is_box(rows: Sequence[Sequence[_Cell]]) -> bool:
    pairs = [[cell.is_head for cell in row] == [True, False] for row in rows]
    return any(pairs) and all(
        is_pair or len(row) < 2 for is_pair, row in zip(pairs, rows, strict=True)
    )


def _box(rows: Sequence[Sequence[_Cell]]) -> Iterator[Part]:
    for number, row in enumerate(rows, start=1):
        texts = [cell.text for cell in row]
        if not any(texts):
            continue
        full = len(texts) == 2 and all(texts)
        cells = ((texts[0], texts[1]),) if full else (("", next(filter(None, texts))),)
        yield Part("table_row", row=number, cells=cells)


def _rows_under_heads(rows: Sequence[Sequence[_Cell]]) -> Iterator[Part]:
    """Rows of heads above each other are one head; a single cell across is no row's value."""
    alone = [len(row) == 1 for row in rows]
    first = next(n for n, row in enumerate(rows) if len(row) > 1)
    after = first
    # A table of nothing but heads has one all the same; the last row is no head.
    while after < len(rows) - 1 and len(rows[after]) > 1 and all(c.is_head for c in rows[after]):
        after += 1
    grid = _grid(rows)
    if after > first:
        labels = [
            " ".join(dict.fromkeys(filter(None, labels))) for labels in _columns(grid[first:after])
        ]
        blank: list[list[str]] = [[] for _ in range(after - first - 1)]
        body = [*blank, labels, *grid[after:]]
    else:
        body = grid[first:]
    for n in range(first):
        text = " ".join(grid[n]).strip()
        if text:
            yield Part("table_row", row=n + 1, cells=(("", text),))
    for part in table_parts(body, headed=True if after > first else None):
        number = first + (part.row or 1)
        across = alone[number - 1] and len(rows[number - 1][0].text) == len(part.cells[0][1])
        cells = (("", part.cells[0][1]),) if across else part.cells
        yield replace(part, row=number, cells=cells)


def _columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    width = max(map(len, rows))
    return [[row[n] if n < len(row) else "" for row in rows] for n in range(width)]


def _grid(rows: Sequence[Sequence[_Cell]]) -> list[list[str]]:
    """The texts by row and column. A cell over many rows stands in each of them, as it says
    something of each; so does a head over many columns."""
    widths = [sum(cell.columns for cell in row) for row in rows]
    if max(widths) > _MOST_COLUMNS or sum(widths) > _MOST_GROWTH * sum(map(len, rows)) + 1000:
        return [[cell.text for cell in row] for row in rows]
    grid: list[list[str]] = []
    carried: dict[int, tuple[int, str]] = {}
    # A table grows to no more than this by what is said again.
    left = _MOST_GROWTH * sum(len(cell.text) + 1 for row in rows for cell in row)
    for row in rows:
        texts: list[str] = []
        cells = iter(row)
        while len(texts) <= _MOST_COLUMNS:
            column = len(texts)
            if column in carried:
                times, text = carried.pop(column)
                left -= len(text) + 1
                if times > 1 and left > 0:
                    carried[column] = (times - 1, text)
                texts.append(text)
                continue
            cell = next(cells, None)
            if cell is None:
                break
            repeated = cell.text if cell.is_head and len(row) > 1 else ""
            across = [cell.text, *[repeated] * (cell.columns - 1)]
            if cell.rows > 1 and len(cell.text) <= _VALUE_CHARACTERS:
                for n, text in enumerate(across):
                    carried[column + n] = (cell.rows - 1, text)
            texts += across
        grid.append(texts)
    return grid
