"""Excel workbooks to parts: each sheet's tables, row by row, values as people see them."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kgqa.documents.formats.zipped import Package, damage_told, written_properties
from kgqa.documents.layout import Part, lay_out, looks_like_head, table_parts
from kgqa.types import Document

_KIND = "an Excel workbook (.xlsx)"
_MOST_SHEETS = 500
_MOST_CELLS = 3_000_000
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s")
# A cell with something in it; formats alone reach far beyond the text of many sheets.
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["'][^<>]*(?<!/)>"""
)
# Of a table, to tell whether the next rows go on with it.
_ROWS_ABOVE = 50
# As many digits as Excel itself keeps.
_DIGITS = 15

_Value = (
    int
    | float
    | str
    | bool
    | datetime.time
    | datetime.date
    | datetime.datetime
    | datetime.timedelta
)


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document of the sheets that are not hidden; of several, each under its name.

    Raises:
        DocumentError: `malformed file`, `locked`, `too large`, `empty`.
    """
    import python_calamine as calamine

    package = Package(content, source, _KIND)
    _check_size(package)
    parts: list[Part] = []
    try:
        with (
            damage_told(source, _KIND, calamine.CalamineError),
            calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook,
        ):
            shown = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.visible == calamine.SheetVisibleEnum.Visible
                and sheet.typ == calamine.SheetTypeEnum.WorkSheet
            ]
            for name in shown:
                sheet = workbook.get_sheet_by_name(name)
                first = sheet.start[0] if sheet.start else 0
                rows = [[_seen(value) for value in row] for row in sheet.to_python()]
                found = list(_sheet_parts(rows, first))
                if found and len(shown) > 1:
                    parts.append(Part("heading", name, level=2))
                parts += found
    except BaseException as error:
        # The Rust library's panics are no Exceptions, and their class is not to be had.
        if type(error).__name__ != "PanicException":
            raise
        raise package.malformed(f"what stops its reader: {error}") from error
    cells = written_properties(package)
    if cells:
        parts.insert(0, Part("front_matter", cells=cells))
    title = dict(cells).get("title", "")
    yield lay_out(source, parts, stem=stem, title=title, format="xlsx")


def _check_size(package: Package) -> None:
    """Refuse what the library would make too much of: it makes a sheet's whole rectangle.

    Reading each member also finds those that are damaged or unpack to more than they declare.
    """
    cells = 0
    for name in package.names():
        content = package.read(name)
        if name.endswith(".xml") and b"<!ENTITY" in content:
            raise package.malformed("XML entities in it")
        if name.endswith("/workbook.xml"):
            sheets = len(_SHEET.findall(content))
            if sheets > _MOST_SHEETS:
                raise package.too_large(f"at most {_MOST_SHEETS} sheets", str(sheets))
        elif "worksheets/" in name:
            cells += _rectangle(content)
        if cells > _MOST_CELLS:
            raise package.too_large(f"at most {_MOST_CELLS} cells, empty ones too", str(cells))


def _rectangle(sheet: bytes) -> int:
    """Cells of the rectangle around all that a sheet has."""
    rows: list[int] = []
    columns: set[bytes] = set()
    for column, row in _CELL.findall(sheet):
        columns.add(column)
        if not rows:
            rows = [int(row), int(row)]
        rows = [min(rows[0], int(row)), max(rows[1], int(row))]
    if not rows:
        return 0
    numbers = [_column_number(column) for column in columns]
    return (rows[1] - rows[0] + 1) * (max(numbers) - min(numbers) + 1)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _seen(value: _Value) -> str:
    """A value as a person sees it: 5 and not 5.0, dates in ISO 8601."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.{_DIGITS}g}"
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(" ", "minutes" if value.second == 0 else "seconds")
    if isinstance(value, datetime.time):
        return value.isoformat("minutes" if value.second == 0 else "seconds")
    return str(value)


def _sheet_parts(rows: Sequence[Sequence[str]], first: int) -> Iterator[Part]:
    """The tables of a sheet, which empty rows part where it is plain that a new one begins.

    Args:
        first: the first row's number in the sheet, from 0.
    """
    tables: list[tuple[int, list[Sequence[str]], bool | None]] = []
    apart = True
    for number, row in enumerate(rows, start=first):
        if not any(cell.strip() for cell in row):
            apart = True
            continue
        if not tables or (apart and _begins_table(row, tables[-1][1][-_ROWS_ABOVE:])):
            tables.append((number, [], None))
        elif apart and looks_like_head([row[column] for column in _filled(row)]):
            # The same table's, or another's whose head looks like its rows: it gets no labels.
            tables.append((number, [], False))
        start, table, _ = tables[-1]
        # Rows passed over count.
        table.extend([[]] * (number - start - len(table)))
        table.append(row)
        apart = False
    for start, table, headed in tables:
        for columns in _beside(table):
            yield from _table_parts(table, columns, start, headed)


def _beside(table: Sequence[Sequence[str]]) -> list[list[int]]:
    """The columns of each of the tables that stand side by side, with an empty column between."""
    used = sorted({column for row in table for column in _filled(row)})
    runs: list[list[int]] = []
    for column in used:
        if runs and column == runs[-1][-1] + 1:
            runs[-1].append(column)
        else:
            runs.append([column])
    heads = [[table[0][column] for column in run if column < len(table[0])] for run in runs]
    several = len(runs) > 1 and all(looks_like_head(head) for head in heads)
    return runs if several else [used]


def _begins_table(row: Sequence[str], before: Sequence[Sequence[str]]) -> bool:
    """Whether a row below an empty one is another table's: it stands in other columns, or has
    names only where the table before has numbers."""
    filled = _filled(row)
    above = [_filled(other) for other in before if other]
    if len(filled) == 1 or len(above[-1]) == 1:
        return len(filled) != len(above[-1])
    if not looks_like_head([row[column] for column in filled]):
        return False
    if filled[0] != min(columns[0] for columns in above):
        return True
    if filled[-1] != max(columns[-1] for columns in above):
        return True
    return any(_is_number(cell) for cell in before[-1])


def _filled(row: Sequence[str]) -> list[int]:
    return [column for column, cell in enumerate(row) if cell.strip()]


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).replace("-", "").isdigit()


def _table_parts(
    table: Sequence[Sequence[str]], used: Sequence[int], start: int, headed: bool | None
) -> Iterator[Part]:
    """Lines above a table that fill one cell are its caption.

    Args:
        used: the columns that are the table's.
    """
    caption = 0
    while len(used) > 1 and caption < len(table) and len(_filled(table[caption])) < 2:
        words = "".join(table[caption])
        if words:
            yield Part("prose", " ".join(words.split()), row=start + caption + 1)
        caption += 1
    rows = [[row[column] for column in used] if row else [] for row in table[caption:]]
    for part in table_parts(rows, headed=headed):
        yield replace(part, row=(part.row or 0) + start + caption)
