"""Paragraphs of a PDF to the parts of a document: headings, list items, prose, tables, code."""

# Typographic quotes, bullets and dashes are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import median

from kgqa.documents.formats.pdf.lines import Cell, Line
from kgqa.documents.formats.pdf.paragraphs import Paragraph, is_contents
from kgqa.documents.formats.pdf.setting import Body
from kgqa.documents.layout import Part, table_parts
from kgqa.documents.wraps import joined

_LARGER, _SMALLEST_BOLD = 1.12, 0.95
_HEADING_CHARACTERS, _BOLD_CHARACTERS, _HEADING_LINES = 200, 120, 4
_NO_HEADING_END = re.compile(r"[.,;:][\"'”’)]?\Z")
_LEVELS = 6
_SAME_EDGES, _MOST_INDENTED = 5.0, 80
_CONTENTS = re.compile(r"(table of )?contents|inhalt(sverzeichnis)?", re.I)
_PAGE_NUMBER = re.compile(r"(?:\A|\s)(?:\d{1,4}|[ivxlc]{1,6})\s*\Z")


def parts_of(paragraphs: Sequence[Paragraph], body: Body, words: frozenset[str]) -> Iterator[Part]:
    """The parts in reading order.

    Args:
        body: how the document's prose is set.
        words: those of the document, which tell a parted word from a compound.
    """
    contents = False
    for part in _parts(paragraphs, body, words):
        text = part.text or " ".join(value for _, value in part.cells)
        if part.kind == "heading" and not (contents and _PAGE_NUMBER.search(text)):
            contents = _CONTENTS.fullmatch(text) is not None
        elif contents and part.kind != "contents" and _PAGE_NUMBER.search(text):
            part = Part("contents", text, page=part.page)
        yield part


def _parts(paragraphs: Sequence[Paragraph], body: Body, words: frozenset[str]) -> Iterator[Part]:
    headings = [_is_heading(paragraph, body) for paragraph in paragraphs]
    ranks = sorted(
        {_style(p) for p, heading in zip(paragraphs, headings, strict=True) if heading},
        reverse=True,
    )
    table: list[Line] = []
    for paragraph, heading in zip(paragraphs, headings, strict=True):
        first = paragraph.lines[0]
        if table and not (first.rows and _goes_on(table[-1], first)):
            yield from _table(table, words)
            table = []
        if first.rows:
            table.append(first)
        elif heading:
            level = min(ranks.index(_style(paragraph)) + 1, _LEVELS)
            yield Part("heading", one_line(paragraph.lines, words), level=level, page=first.page)
        else:
            yield _part(paragraph, words)
    yield from _table(table, words)


def text_of(paragraph: Paragraph, words: frozenset[str]) -> str:
    """The paragraph's text without its mark; its lines joined, unless their ends are meant."""
    lines = [line.text for line in paragraph.lines]
    lines[0] = lines[0][len(paragraph.mark) :]
    return "\n".join(lines) if paragraph.meant else joined(lines, words)


def one_line(lines: Sequence[Line], words: frozenset[str]) -> str:
    """The text of a heading or a footnote, whose line ends are all wraps."""
    return joined([line.text for line in lines], words)


def _code(paragraph: Paragraph) -> str:
    """The lines with their indentation."""
    margin = min(line.left for line in paragraph.lines)
    widths = [
        (word.right - word.left) / len(word.text) for line in paragraph.lines for word in line.words
    ]
    width = max(median(widths), 1.0)
    return "\n".join(
        " " * min(round((line.left - margin) / width), _MOST_INDENTED) + line.text
        for line in paragraph.lines
    )


def largest_heading(paragraphs: Sequence[Paragraph], body: Body) -> list[Line]:
    """The lines of the first page's largest heading, [] where it has none."""
    found = [
        paragraph
        for paragraph in paragraphs
        if paragraph.lines[0].page == 1 and _is_heading(paragraph, body)
    ]
    # The first of those that are as large.
    return max(found, key=_style).lines if found else []


def _part(paragraph: Paragraph, words: frozenset[str]) -> Part:
    page = paragraph.lines[0].page
    if is_contents(paragraph.lines[0].text):
        return Part("contents", text_of(paragraph, words), page=page)
    if paragraph.code:
        return Part("code", _code(paragraph), page=page)
    if paragraph.mark:
        return Part("list_item", text_of(paragraph, words), page=page)
    return Part("prose", text_of(paragraph, words), page=page)


def _style(paragraph: Paragraph) -> tuple[float, bool]:
    return round(2 * paragraph.size) / 2, paragraph.bold


def _is_heading(paragraph: Paragraph, body: Body) -> bool:
    if paragraph.lines[0].loose or paragraph.lines[0].rows or len(paragraph.lines) > _HEADING_LINES:
        return False
    characters = sum(len(line.text) for line in paragraph.lines)
    last = paragraph.lines[-1].text
    if not any(map(str.isalpha, last)) or is_contents(last) or _NO_HEADING_END.search(last):
        return False
    if paragraph.size > _LARGER * body.size:
        return characters <= _HEADING_CHARACTERS
    is_bold = paragraph.bold and not body.bold and paragraph.size > _SMALLEST_BOLD * body.size
    bulleted = paragraph.mark and not any(map(str.isalnum, paragraph.mark))
    return is_bold and not bulleted and characters <= _BOLD_CHARACTERS


def _goes_on(table: Line, other: Line) -> bool:
    """Whether a table is the rest of one that a page or column before has."""
    if len(table.rows[0]) != len(other.rows[0]) or table.page + 1 != other.page:
        return False
    return abs(_left(table) - _left(other)) < _SAME_EDGES


def _left(table: Line) -> float:
    return min(word.left for word in table.words)


def _table(pieces: Sequence[Line], words: frozenset[str]) -> Iterator[Part]:
    """The rows of one table, which may stand on several pages, its head on each."""
    if not pieces:
        return
    rows: list[list[str]] = []
    pages: list[int] = []
    for piece in pieces:
        repeats = bool(rows) and piece.rows[0] == pieces[0].rows[0]
        for row in piece.rows[repeats:]:
            rows.append([_cell(cell, words) for cell in row])
            pages.append(piece.page)
    for part in table_parts(rows, headed=pieces[0].headed, page=pieces[0].page):
        assert part.row is not None
        yield Part("table_row", page=pages[part.row - 1], row=part.row, cells=part.cells)


def _cell(cell: Cell, words: frozenset[str]) -> str:
    return joined(cell, words) if cell else ""
