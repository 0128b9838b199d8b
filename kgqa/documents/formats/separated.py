"""Tables as text: rows on lines, cells set apart by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from kgqa.documents.decode import decode
from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.errors import DocumentError
from kgqa.types import Document

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_CHARACTERS, _SAMPLE_ROWS = 200_000, 500
_HEADING_CHARACTERS = 100
# A comma that is not a decimal one.
_COMMA = re.compile(r"(?<!\d),|,(?!\d)")
# A cell may hold an article; csv's own limit, 131,072 characters, is for a whole process.
_CELL_CHARACTERS = 1_000_000_000
_CELLS, _ROW_CELLS, _ROW_MOST, _CHARACTERS = 3_000_000, 2, 100_000, 100_000_000
_SENTINEL = "\x1e"
"""A row of its own behind the text: it is not one where a quote was left open."""

csv.field_size_limit(_CELL_CHARACTERS)


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document; each row is a statement under the head, its `row` the one in the file.

    Raises:
        DocumentError: as `decode` and `build_document`; `malformed file`.
    """
    text = decode(content, source)
    # The source may end in `.gz`.
    by_suffix = "\t" if ".tsv" in PurePath(source).suffixes else ","
    sample = text[:_SAMPLE_CHARACTERS].rsplit("\n", 1)[0] + "\n"
    dialect = _dialect(sample, by_suffix)
    try:
        if _survey(text, dialect, source):
            dialect = replace(dialect, quoted=False)
            _survey(text, dialect, source)
        parts = _bounded(_parts(_rows(text, dialect), dialect), source)
        yield lay_out(source, parts, stem=stem, format="csv")
    except csv.Error as error:
        raise DocumentError(
            source,
            "malformed file",
            f"expected rows of cells, got: {error}; repair it or save it again",
        ) from error


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a file writes its cells; a file of one column has no use for its delimiter."""

    delimiter: str
    columns: int
    quoted: bool = True


def _rows(text: str, dialect: _Dialect) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")  # keeps the line ends inside quoted cells
    for row in _reader(lines, dialect):
        yield row if dialect.quoted else [cell.strip().strip('"') for cell in row]


def _reader(lines: Iterable[str], dialect: _Dialect) -> Iterator[list[str]]:
    if dialect.quoted:
        return csv.reader(lines, delimiter=dialect.delimiter)
    return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)


def _survey(text: str, dialect: _Dialect, source: str) -> bool:
    """Whether a quote is never closed, so that the rest of the file would be one cell.

    Raises:
        DocumentError: `too large` where the cells are more than memory can hold.
    """
    lines = itertools.chain(io.StringIO(text, newline=""), ["\n", _SENTINEL])
    last: Sequence[str] = ()
    cells = 0
    for row in _reader(lines, dialect):
        last = row
        filled = sum(map(bool, row))
        cells += filled + _ROW_CELLS if filled else 0
        if cells > _CELLS or filled > _ROW_MOST:
            raise DocumentError(
                source,
                "too large",
                f"expected at most {_CELLS} filled cells (a row counts as {_ROW_CELLS} more) and "
                f"{_ROW_MOST} in a row, got more; split it",
            )
    return last != [_SENTINEL]


def _bounded(parts: Iterator[Part], source: str) -> Iterator[Part]:
    """The parts, which with their labels are longer than the file, up to what memory can hold."""
    characters = 0
    for part in parts:
        characters += sum(len(label) + len(value) for label, value in part.cells)
        if characters > _CHARACTERS:
            raise DocumentError(
                source,
                "too large",
                f"expected at most {_CHARACTERS} characters with the head beside each cell, got "
                f"more by row {part.row}; split it",
            )
        yield part


def _dialect(sample: str, by_suffix: str) -> _Dialect:
    """What gives the most rows the same number of cells; the suffix decides between equals."""
    best, best_score = _Dialect("\x1f", 1), (0.0, False, 0)
    decimal = "," in sample and not _COMMA.search(sample)
    for delimiter in _DELIMITERS:
        share, columns = _evenness(sample, delimiter)
        doubtful = decimal and delimiter == ","
        likely = delimiter == by_suffix and not doubtful
        score = (round(share, 1), likely, 0 if doubtful else columns)
        if columns > 1 and score > best_score:
            best, best_score = _Dialect(delimiter, columns), score
    return best


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """(share of the rows with text that have the most frequent number of cells, that number);
    rows of one cell count only where there are no others."""
    lengths: Counter[int] = Counter()
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    for row in itertools.islice(reader, _SAMPLE_ROWS):
        if any(cell.strip() for cell in row):
            lengths[len(row)] += 1
    if not lengths:
        return 1.0, 2  # nothing but delimiters
    if lengths[1] > lengths.total() / 2:
        return lengths[1] / lengths.total(), 1
    columns, count = max(
        ((columns, count) for columns, count in lengths.items() if columns > 1),
        key=lambda entry: (entry[1], entry[0]),
        default=(1, lengths[1]),
    )
    return count / lengths.total(), columns


def _parts(rows: Iterator[list[str]], dialect: _Dialect) -> Iterator[Part]:
    """The file's tables in order, and the lines of text that stand above or below them."""
    headed = None if dialect.columns > 1 else False
    heading = True
    for (start, is_text), stretch in itertools.groupby(
        _stretches(rows, dialect.columns), key=lambda row: (row.start, row.is_text)
    ):
        if is_text:
            for row in stretch:
                yield from _text_part(row, heading)
                heading = False
            continue
        heading = False
        for part in table_parts((row.cells for row in stretch), headed=headed):
            yield replace(part, row=(part.row or 1) + start - 1)


def _text_part(row: _Row, heading: bool) -> Iterator[Part]:
    text = " ".join(" ".join(row.cells).split())
    heads = heading and len(text) <= _HEADING_CHARACTERS and any(c.isalpha() for c in text)
    if text:
        yield Part("heading" if heads else "prose", text, level=1, row=row.number)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file, from 1; `start` is the first one of the run of text or table it is in."""

    number: int
    start: int
    is_text: bool
    cells: list[str]


def _stretches(rows: Iterator[list[str]], columns: int) -> Iterator[_Row]:
    """Rows of one filled cell, with an empty row (or the file's end) below them and one (or the
    file's start) above, are lines of text in a file of several columns."""
    start, is_text = 1, False
    alone: list[tuple[int, list[str]]] = []  # rows of one cell, of which it is not known yet
    apart = True
    for number, cells in enumerate(rows, start=1):
        filled = sum(bool(cell.strip()) for cell in cells)
        if filled == 1 and columns > 1 and (apart or alone):
            alone.append((number, cells))
            continue
        if alone:
            if is_text or filled == 0:
                start, is_text = alone[0][0], filled == 0
            yield from (_Row(n, start, is_text, row) for n, row in alone)
            alone = []
        apart = filled == 0
        if is_text and apart:
            continue
        if is_text:
            start, is_text = number, False
        yield _Row(number, start, False, cells)
    yield from (_Row(n, alone[0][0], True, row) for n, row in alone)
