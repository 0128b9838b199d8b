"""PowerPoint slides to parts: each slide is a page, its title a heading, then from the top down."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kgqa.documents.formats.zipped import (
    Package,
    collapsed,
    damage_told,
    parse_xml,
    refuse_entities,
    written_properties,
)
from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

_KIND = "PowerPoint slides (.pptx)"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_DIAGRAM_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
_BULLETS = (f"{_A}buChar", f"{_A}buAutoNum", f"{_A}buBlip")
_MOST_SLIDES = 2_000
_TITLE_CHARACTERS = 80


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document of the slides' text and notes, without footers, dates and slide numbers.

    Raises:
        DocumentError: `malformed file`, `locked`, `too large`, `empty`.
    """
    import pptx
    from pptx.exc import PythonPptxError

    package = Package(content, source, _KIND)
    package.check()
    parts: list[Part] = []
    with damage_told(source, _KIND, PythonPptxError):
        presentation = pptx.Presentation(io.BytesIO(content))
        if len(presentation.slides) > _MOST_SLIDES:
            got = str(len(presentation.slides))
            raise package.too_large(f"at most {_MOST_SLIDES} slides", got)
        for page, slide in enumerate(presentation.slides, start=1):
            refuse_entities(slide.element)
            parts += _slide_parts(slide, page)
    cells = written_properties(package)
    if cells:
        parts.insert(0, Part("front_matter", cells=cells))
    title = dict(cells).get("title", "")
    yield lay_out(source, parts, stem=stem, title=title, format="pptx")


# The library's classes for shapes share no useful type: what a shape has depends on its kind.
def _slide_parts(slide: Any, page: int) -> Iterator[Part]:
    shapes = [shape for shape in _top_down(slide.shapes) if not _is_frame(shape)]
    title = slide.shapes.title
    if title is None or not title.text_frame.text.strip():
        title = next((shape for shape in shapes[:1] if _reads_as_title(shape)), None)
    if title is not None:
        yield Part("heading", " ".join(_words(title)), level=1, page=page)
    for shape in shapes:
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape_parts(shape, page)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
            yield Part("prose", _text(paragraph._p), page=page)


def _top_down(shapes: Iterable[Any]) -> Iterator[Any]:
    """Shapes by where they begin, a group's in its place; those without a place come first."""
    from pptx.enum.shapes import MSO_SHAPE_TYPE

    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        # Damaged shapes have no type, or raise what the caller turns into an error.
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from _top_down(shape.shapes)
        else:
            yield shape


def _is_frame(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER as KINDS

    frame = (KINDS.FOOTER, KINDS.HEADER, KINDS.DATE, KINDS.SLIDE_NUMBER)
    return bool(shape.is_placeholder) and shape.placeholder_format.type in frame


def _reads_as_title(shape: Any) -> bool:
    """One short line at the top of a slide without a title."""
    words = _words(shape) if shape.has_text_frame else []
    return len(words) == 1 and len(words[0]) <= _TITLE_CHARACTERS and words[0][-1] not in ".:;"


def _words(shape: Any) -> list[str]:
    texts = (" ".join(_text(paragraph._p).split()) for paragraph in shape.text_frame.paragraphs)
    return [text for text in texts if text]


def _shape_parts(shape: Any, page: int) -> Iterator[Part]:
    if shape.has_text_frame:
        listed = _is_list(shape)
        for paragraph in shape.text_frame.paragraphs:
            item = _is_item(paragraph._p, listed)
            yield Part("list_item" if item else "prose", _text(paragraph._p), page=page)
    elif getattr(shape, "has_table", False):
        rows = [
            ["" if cell.is_spanned else _cell_text(cell) for cell in row.cells]
            for row in shape.table.rows
        ]
        # A head that is marked is one; LibreOffice leaves out the mark.
        yield from table_parts(rows, headed=shape.table.first_row or None, page=page)
    else:
        for diagram in shape.element.iter(_DIAGRAM):
            blob = shape.part.related_part(diagram.get(_DIAGRAM_TEXT)).blob
            for paragraph in parse_xml(blob).iter(f"{_A}p"):
                yield Part("list_item", _text(paragraph), page=page)


def _cell_text(cell: Any) -> str:
    return " ".join(_text(paragraph._p) for paragraph in cell.text_frame.paragraphs)


def _is_list(shape: Any) -> bool:
    """A slide's body is a list unless it says otherwise."""
    from pptx.enum.shapes import PP_PLACEHOLDER as KINDS

    kinds = (KINDS.BODY, KINDS.OBJECT, KINDS.VERTICAL_BODY, KINDS.VERTICAL_OBJECT)
    return bool(shape.is_placeholder) and shape.placeholder_format.type in kinds


def _is_item(paragraph: _Element, listed: bool) -> bool:
    properties = paragraph.find(f"{_A}pPr")
    if properties is None:
        return listed
    if properties.find(f"{_A}buNone") is not None:
        return False
    return listed or any(properties.find(tag) is not None for tag in _BULLETS)


def _text(paragraph: _Element) -> str:
    """Runs, fields and formulas of a paragraph; a break is a line end."""
    pieces: list[str] = []
    for element in paragraph.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == f"{_A}br":
            pieces.append("\n")
        elif element.tag.endswith("}t"):
            pieces.append(element.text or "")
    return collapsed("".join(pieces))
