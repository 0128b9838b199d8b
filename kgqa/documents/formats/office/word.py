"""Word documents to parts: the body in order, each paragraph by its style."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kgqa.documents.formats.zipped import (
    Package,
    collapsed,
    damage_told,
    parse_xml,
    refuse_entities,
    written_properties,
)
from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.types import BlockKind, Document

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

_KIND = "a Word document (.docx)"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_VAL = f"{_W}val"
_REMOVED = frozenset({f"{_W}del", f"{_W}moveFrom"})
_CHARACTERS = {
    f"{_W}tab": " ",
    f"{_W}ptab": " ",
    f"{_W}cr": "\n",
    f"{_W}noBreakHyphen": "-",
}
_NOTES = {f"{_W}footnoteReference": "footnotes", f"{_W}endnoteReference": "endnotes"}
_PICTURES = frozenset({f"{_W}drawing", f"{_W}pict", f"{_W}object"})
_HEADING_NAME = re.compile(r"heading (\d)\Z")
_CODE_NAME = re.compile(r"\b(?:code|preformatted|verbatim|listing)\b")
_CONTENTS_NAME = re.compile(r"(?:toc (?:\d|heading)|contents (?:\d|heading)|table of figures)\Z")
_LIST_NAME = re.compile(r"list (?:bullet|number|continue)\b")


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document of the text as it is printed, without deletions, headers and footers.

    The title is the paragraph styled as one, else the properties' title, else the first
    level-one heading, else the file's name.

    Raises:
        DocumentError: `malformed file`, `locked`, `too large`, `empty`.
    """
    import docx
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError

    package = Package(content, source, _KIND)
    package.check()
    with damage_told(source, _KIND, PythonDocxError, OpcError):
        part = docx.Document(io.BytesIO(content)).part
        refuse_entities(part.element)
        notes = {}
        for relation in part.rels.values():
            kind = relation.reltype.rsplit("/", 1)[-1]
            if kind in _NOTES.values() and not relation.is_external:
                notes[kind] = parse_xml(relation.target_part.blob)
        body = _Body(_Styles(part.styles.element), notes)
        parts = list(body.parts(part.element.body))
    cells = written_properties(package)
    if cells:
        parts.insert(0, Part("front_matter", cells=cells))
    title = body.title or dict(cells).get("title", "")
    yield lay_out(source, parts, stem=stem, title=title, format="docx")


class _Styles:
    """What the styles of a document say of its paragraphs; a style has what its base has."""

    def __init__(self, styles: _Element) -> None:
        self._styles = {style.get(f"{_W}styleId"): style for style in styles.iter(f"{_W}style")}
        self._kinds: dict[str, tuple[BlockKind | None, int]] = {}

    def kind(self, name: str) -> tuple[BlockKind | None, int]:
        """The kind of its paragraphs, None where it is not said, and the level of a heading."""
        if name not in self._kinds:
            self._kinds[name] = self._find(name)
        return self._kinds[name]

    def is_title(self, name: str) -> bool:
        style = self._styles.get(name)
        return style is not None and _value(style, "name").lower() == "title"

    def _find(self, name: str) -> tuple[BlockKind | None, int]:
        seen = set()
        while name in self._styles and name not in seen:
            seen.add(name)
            style = self._styles[name]
            words = _value(style, "name").lower()
            heading = _HEADING_NAME.match(words)
            level = _value(style, "pPr", "outlineLvl")
            if heading or words == "title":
                return "heading", int(heading[1]) if heading else 1
            if _CONTENTS_NAME.match(words):
                return "contents", 0
            if _CODE_NAME.search(words):
                return "code", 0
            if level.isdigit() and int(level) < 9:
                return "heading", int(level) + 1
            if _LIST_NAME.match(words) or _value(style, "pPr", "numPr", "numId") not in ("", "0"):
                return "list_item", 0
            name = _value(style, "basedOn")
        return None, 0


class _Body:
    """The walk over a document's body. Notes and text boxes follow the piece that has them."""

    def __init__(self, styles: _Styles, notes: dict[str, _Element]) -> None:
        self.title = ""
        self._styles = styles
        self._notes = {
            (kind, note.get(f"{_W}id")): note for kind, root in notes.items() for note in root
        }
        self._after: list[Part] = []
        # The start of a paragraph whose end was deleted.
        self._carried = ""

    def parts(self, parent: _Element) -> Iterator[Part]:
        """The parts of a body, a text box or a note; lines of code as one part."""
        code: list[str] = []
        for part in self._parts(parent, in_contents=False):
            if part.kind == "code":
                code.append(part.text)
                continue
            if code:
                yield Part("code", "\n".join(code))
                code = []
            yield part
        if code:
            yield Part("code", "\n".join(code))

    def _parts(self, parent: _Element, in_contents: bool) -> Iterator[Part]:
        for child in _children(parent):
            if child.tag == f"{_W}p":
                yield from self._paragraph(child, in_contents)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child, in_contents)
            elif child.tag == f"{_W}sdt":
                gallery = _value(child, "sdtPr", "docPartObj", "docPartGallery")
                inner = in_contents or gallery == "Table of Contents"
                yield from self._parts(child, inner)
            elif child.tag in _WRAPPERS:
                yield from self._parts(child, in_contents)

    def _paragraph(self, paragraph: _Element, in_contents: bool) -> Iterator[Part]:
        text = self._carried + self._text(paragraph)
        self._carried = ""
        if paragraph.find(f"{_W}pPr/{_W}rPr/{_W}del") is not None:
            self._carried = text
            return
        kind, level = self._kind(paragraph)
        if in_contents:
            kind = "contents"
        if kind == "code":
            yield Part("code", text)
        elif text.strip():
            words = collapsed(text)
            if kind in ("heading", "contents"):
                words = " ".join(words.split())
            if not self.title and self._styles.is_title(_value(paragraph, "pPr", "pStyle")):
                self.title = words
            yield Part(kind, words, level=level)
        yield from self._followers()

    def _followers(self) -> list[Part]:
        after, self._after = self._after, []
        return after

    def _kind(self, paragraph: _Element) -> tuple[BlockKind, int]:
        kind, level = self._styles.kind(_value(paragraph, "pPr", "pStyle"))
        outline = _value(paragraph, "pPr", "outlineLvl")
        number = _value(paragraph, "pPr", "numPr", "numId")
        if kind in ("contents", "code"):
            return kind, 0
        if outline.isdigit():
            return ("heading", int(outline) + 1) if int(outline) < 9 else ("prose", 0)
        if kind == "heading":
            return kind, level
        if number:
            return ("prose", 0) if number == "0" else ("list_item", 0)
        return kind or "prose", 0

    def _text(self, parent: _Element) -> str:
        """The text that is seen of a paragraph or a piece of it."""
        return "".join(self._pieces(parent))

    def _pieces(self, parent: _Element) -> Iterator[str]:
        for child in _children(parent):
            tag = child.tag
            if tag in (f"{_W}t", f"{_M}t"):
                yield child.text or ""
            elif tag in _CHARACTERS:
                yield _CHARACTERS[tag]
            elif tag == f"{_W}br":
                yield "\n" if child.get(f"{_W}type", "textWrapping") == "textWrapping" else " "
            elif tag in _NOTES:
                self._note(_NOTES[tag], child.get(f"{_W}id"))
            elif tag in _PICTURES:
                self._boxes(child)
            elif tag == f"{_W}r" and _is_on(child, "rPr", "vanish"):
                continue
            elif tag not in _NO_TEXT:
                yield from self._pieces(child)

    def _note(self, kind: str, number: str | None) -> None:
        note = self._notes.get((kind, number))
        if note is not None:
            inner = _Body(self._styles, {})
            words = " ".join(part.text for part in inner.parts(note))
            self._after.append(Part("footnote", " ".join(words.split())))

    def _boxes(self, picture: _Element) -> None:
        for child in _children(picture):
            if child.tag == f"{_W}txbxContent":
                outer, self._after = self._after, []
                outer.extend(self.parts(child))
                self._after = outer
            else:
                self._boxes(child)

    def _table(self, table: _Element, in_contents: bool) -> Iterator[Part]:
        rows = [row for row in _within(table, f"{_W}tr") if not _is_on(row, "trPr", "del")]
        cells = [list(_within(row, f"{_W}tc")) for row in rows]
        if len(cells) == 1 and len(cells[0]) == 1:
            # A frame around a piece of text.
            yield from self._parts(cells[0][0], in_contents)
            return
        inner: list[Part] = []
        words = [
            [*[""] * _count(row, "trPr", "gridBefore"), *self._cells(of_row, inner)]
            for row, of_row in zip(rows, cells, strict=True)
        ]
        headed = True if rows and _is_on(rows[0], "trPr", "tblHeader") else None
        yield from table_parts(words, headed=headed)
        yield from inner

    def _cells(self, cells: list[_Element], inner: list[Part]) -> Iterator[str]:
        """A row's cells; merged ones once. Tables and notes within go to `inner`."""
        for cell in cells:
            words = []
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            if merged is None or merged.get(_VAL) == "restart":
                for part in self.parts(cell):
                    if part.kind in ("table_row", "footnote"):
                        inner.append(part)
                    else:
                        words.append(part.text)
            yield " ".join(words)
            yield from [""] * (_count(cell, "tcPr", "gridSpan") - 1)


_WRAPPERS = frozenset(
    f"{_W}{name}" for name in ("sdtContent", "ins", "moveTo", "customXml", "smartTag")
) | {f"{_MC}AlternateContent", f"{_MC}Choice", f"{_MC}Fallback"}
_NO_TEXT = frozenset(
    f"{_W}{name}" for name in ("pPr", "rPr", "sdtPr", "instrText", "delText", "rt", "rubyPr")
)
_MOST_COLUMNS = 1_000


def _children(parent: _Element) -> Iterator[_Element]:
    """The elements that count: no comments, nothing removed, one of several alternatives."""
    if parent.tag == f"{_MC}AlternateContent":
        yield from parent[:1]
        return
    for child in parent:
        if isinstance(child.tag, str) and child.tag not in _REMOVED:
            yield child


def _within(parent: _Element, tag: str) -> Iterator[_Element]:
    """Rows of a table, cells of a row, also those in a wrapper."""
    for child in _children(parent):
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS or child.tag == f"{_W}sdt":
            yield from _within(child, tag)


def _value(element: _Element, *path: str) -> str:
    found = element.find("/".join(f"{_W}{name}" for name in path))
    return "" if found is None else found.get(_VAL, "")


def _is_on(element: _Element, *path: str) -> bool:
    found = element.find("/".join(f"{_W}{name}" for name in path))
    return found is not None and found.get(_VAL, "1") not in ("0", "false", "off")


def _count(element: _Element, *path: str) -> int:
    value = _value(element, *path)
    return min(int(value), _MOST_COLUMNS) if value.isdigit() else 0
