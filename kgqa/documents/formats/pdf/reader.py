"""PDF: its text page by page, in reading order, as paragraphs, headings, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

from kgqa.documents.formats.pdf.footnotes import Footnotes
from kgqa.documents.formats.pdf.lines import Line, columns_of
from kgqa.documents.formats.pdf.paragraphs import Flow
from kgqa.documents.formats.pdf.parts import largest_heading, one_line, parts_of
from kgqa.documents.formats.pdf.rules import Rule, page_rules, with_ruled_tables
from kgqa.documents.formats.pdf.running import without_running
from kgqa.documents.formats.pdf.setting import (
    body_of,
    columns_with_edges,
    indents_first_lines,
    usual_leading,
)
from kgqa.documents.formats.pdf.tables import with_aligned_tables
from kgqa.documents.formats.pdf.words import page_words
from kgqa.documents.layout import Part, lay_out
from kgqa.documents.wraps import words_of
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection

_MOST_BAD_PAGES = 100
"""Pages in a row that cannot be loaded: the rest is not tried."""
# What programs put where a person wrote nothing.
_NO_TITLE = re.compile(
    r"microsoft (word|powerpoint|excel)\b|(untitled|unspecified|title|document|presentation|"
    r"slide|book|layout|print|scan|unbenannt|dokument)\s*\d*\Z|.*\.[a-z]{2,5}\d?\Z|\W*\Z|\S*[_\\/]\S*\Z",
    re.I,
)
_NO_AUTHOR = re.compile(
    r"(anonymous|unknown|unspecified|user|admin|administrator|owner|author|root|default|"
    r"microsoft office user|microsoft account)\d*\Z|\W*\Z",
    re.I,
)
_FRONT_MATTER = (("Author", _NO_AUTHOR), ("Subject", _NO_TITLE), ("Keywords", _NO_AUTHOR))


def read(content: bytes, source: str, stem: str) -> Iterator[Document | Rejection]:
    """One document; and a Rejection that names the pages that cannot be read, if any.

    Raises:
        DocumentError: "malformed file", "locked", or "no text" where all pages are pictures.
    """
    if not content:
        raise DocumentError(source, "empty", "expected a PDF, got 0 bytes; fetch it again")
    with _opened(content, source) as document:
        pages, damaged = _pages(document)
        if not any(lines for lines, _, _ in pages):
            raise _without_text(source, len(pages), damaged)
        yield _document(pages, source, stem, document.get_metadata_dict(skip_empty=True))
    if damaged:
        yield _damaged(source, damaged)


def _opened(content: bytes, source: str) -> Any:
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_raw.FPDF_ERR_PASSWORD, pdfium_raw.FPDF_ERR_SECURITY):
            raise DocumentError(
                source,
                "locked",
                "expected a PDF that opens without a password; save it without one",
            ) from error
        raise DocumentError(
            source, "malformed file", f"expected a PDF, got: {error}; repair it or export it again"
        ) from error


_Page = tuple[list[Line], tuple[float, float], list[Rule]]


def _pages(document: Any) -> tuple[list[_Page], list[int]]:
    """(pieces, lower and upper edge, rules) of each page, and the numbers of damaged ones."""
    pages: list[_Page] = []
    damaged: list[int] = []
    for number in range(1, len(document) + 1):
        try:
            page = document[number - 1]
            textpage = page.get_textpage()
            words = page_words(page, textpage)
            rules = page_rules(page)
            box = page.get_bbox()
        except pdfium.PdfiumError:
            damaged.append(number)
            if damaged[-_MOST_BAD_PAGES:] == list(range(number - _MOST_BAD_PAGES + 1, number + 1)):
                break
            continue
        turned = page.get_rotation() in (90, 270)
        edges = (
            (min(w.baseline for w in words), max(w.baseline for w in words))
            if words and turned
            else (box[1], box[3])
        )
        pages.append((with_ruled_tables(rules, words, number), edges, rules))
        textpage.close()
        page.close()
    return pages, damaged


def _without_text(source: str, pages: int, damaged: Sequence[int]) -> DocumentError:
    if damaged or not pages:
        return DocumentError(
            source,
            "malformed file",
            f"expected a PDF with text, got {pages} empty and {len(damaged)} damaged pages; repair "
            "it or export it again",
        )
    return DocumentError(
        source,
        "no text",
        f"expected a PDF with text, got {pages} pages of pictures; recognise its text (OCR) first",
    )


def _damaged(source: str, pages: Sequence[int]) -> Rejection:
    named = ", ".join(map(str, pages[:10])) + (", ..." if len(pages) > 10 else "")
    return Rejection(
        f"{source}#pages",
        "malformed file",
        f"expected whole pages, {len(pages)} are damaged ({named}); repair it or export it again",
    )


def _document(pages: Sequence[_Page], source: str, stem: str, metadata: dict[str, str]) -> Document:
    pieces = without_running([(lines, edges) for lines, edges, _ in pages])
    in_order = [
        [list(with_aligned_tables(lines, rules)) for lines in columns_of(page)]
        for page, (_, _, rules) in zip(pieces, pages, strict=True)
    ]
    lines = [line for columns in in_order for column in columns for line in column]
    words = words_of(" ".join(line.text for line in lines))
    body = body_of(lines)
    notes = Footnotes(body.size)
    columns = columns_with_edges([c for page in in_order for c in notes.without(page)])
    flow = Flow(usual_leading(columns), body, indents_first_lines(columns))
    for column in columns:
        flow.add(column)
    title = _person_wrote(metadata.get("Title", ""), _NO_TITLE)
    if not title:
        heading = largest_heading(flow.paragraphs, body)
        title = one_line(heading, words) if heading else ""
    parts = list(parts_of(flow.paragraphs, body, words))
    footnotes = [
        Part("footnote", one_line(note.lines, words), page=note.lines[0].page)
        for note in notes.found
    ]
    parts = [*_front_matter(metadata), *_at_page_ends(parts, footnotes)]
    return lay_out(source, parts, stem=stem, title=title, format="pdf")


def _at_page_ends(parts: Sequence[Part], notes: Sequence[Part]) -> Iterator[Part]:
    """The parts, with each note behind the last of those that start on its page."""
    waiting = list(notes)
    for part in parts:
        while waiting and (waiting[0].page or 0) < (part.page or 0):
            yield waiting.pop(0)
        yield part
    yield from waiting


def _front_matter(metadata: dict[str, str]) -> Iterator[Part]:
    cells = tuple(
        (name.lower(), value)
        for name, empty in _FRONT_MATTER
        if (value := _person_wrote(metadata.get(name, ""), empty))
    )
    if cells:
        yield Part("front_matter", cells=cells)


def _person_wrote(value: str, empty: re.Pattern[str]) -> str:
    value = " ".join(value.replace("\x00", "").split())
    bare = value.strip("()[] ")
    return "" if empty.match(bare) else value
