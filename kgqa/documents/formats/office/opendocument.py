"""OpenDocument text to parts: the body in order, headings by their outline level."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kgqa.documents.formats.zipped import Package, collapsed, damage_told
from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.errors import DocumentError
from kgqa.types import BlockKind, Document

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

_KIND = "an OpenDocument text (.odt)"
_MIMETYPE = b"application/vnd.oasis.opendocument.text"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE = f"{{{_OASIS}text:1.0}}", f"{{{_OASIS}table:1.0}}"
_OFFICE, _META = f"{{{_OASIS}office:1.0}}", f"{{{_OASIS}meta:1.0}}"
_DRAW, _STYLE = f"{{{_OASIS}drawing:1.0}}", f"{{{_OASIS}style:1.0}}"
_ENCRYPTION = f"{{{_OASIS}manifest:1.0}}encryption-data"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_BLANK = re.compile(r"\s+")
_CODE_NAME = re.compile(r"(?:code|preformatted|verbatim|listing)", re.I)
_MOST_REPEATS = 1_000
_SECTIONS = frozenset(
    {
        f"{_TEXT}section",
        f"{_TEXT}bibliography",
        f"{_TEXT}index-body",
        f"{_TEXT}index-title",
        f"{_TEXT}numbered-paragraph",
    }
)
_INDEXES = frozenset(
    f"{_TEXT}{name}"
    for name in (
        "table-of-content",
        "illustration-index",
        "table-index",
        "object-index",
        "user-index",
        "alphabetical-index",
    )
)
_NO_TEXT = frozenset(
    {
        f"{_OFFICE}annotation",
        f"{_TEXT}tracked-changes",
        f"{_TEXT}ruby-text",
        f"{_TEXT}hidden-text",
        f"{_TEXT}note-citation",
    }
)


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document of the text as it is printed, without deletions, headers and footers.

    The title is the paragraph styled as one, else the metadata's title, else the first level-one
    heading, else the file's name.

    Raises:
        DocumentError: `malformed file`, `locked`, `too large`, `empty`.
    """
    package = Package(content, source, _KIND)
    with damage_told(source, _KIND):
        _check_kind(package)
        root = package.xml("content.xml")
        text = root.find(f"{_OFFICE}body/{_OFFICE}text")
        if text is None:
            raise package.malformed("no text in it")
        body = _Body(_Styles(root, package))
        parts = list(body.parts(text))
        cells = _front_cells(package)
    if cells:
        parts.insert(0, Part("front_matter", cells=cells))
    title = body.title or dict(cells).get("title", "")
    yield lay_out(source, parts, stem=stem, title=title, format="odt")


def _check_kind(package: Package) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in package and next(package.xml(manifest).iter(_ENCRYPTION), None) is not None:
        raise DocumentError(
            package.source, "locked", f"expected {_KIND}, got one with a password; save it without"
        )
    if "mimetype" in package and not package.read("mimetype").startswith(_MIMETYPE):
        found = package.read("mimetype")[:80].decode("utf-8", "replace").strip()
        raise package.malformed(f"a file of the type {found!r}")


def _front_cells(package: Package) -> tuple[tuple[str, str], ...]:
    """What a person wrote of it: title, author, subject, keywords."""
    if "meta.xml" not in package:
        return ()
    root = package.xml("meta.xml")
    author = f"{_META}initial-creator"
    if root.find(f".//{author}") is None:
        author = f"{_DUBLIN_CORE}creator"
    tags = (
        ("title", f"{_DUBLIN_CORE}title"),
        ("author", author),
        ("subject", f"{_DUBLIN_CORE}subject"),
        ("keywords", f"{_META}keyword"),
    )
    found = (
        (label, ", ".join(" ".join(one.text.split()) for one in root.iter(tag) if one.text))
        for label, tag in tags
    )
    return tuple((label, value) for label, value in found if value)


class _Styles:
    """The names of paragraph styles and of those that they are based on."""

    def __init__(self, root: _Element, package: Package) -> None:
        roots = [root, package.xml("styles.xml")] if "styles.xml" in package else [root]
        self._parents: dict[str, str] = {}
        for style in (style for one in roots for style in one.iter(f"{_STYLE}style")):
            parent = style.get(f"{_STYLE}parent-style-name", "")
            self._parents.setdefault(style.get(f"{_STYLE}name", ""), parent)

    def names(self, name: str) -> list[str]:
        names: list[str] = []
        while name and name not in names:
            names.append(name)
            name = self._parents.get(name, "")
        return names


class _Body:
    """The walk over a document's body. Notes and text boxes follow the piece that has them."""

    def __init__(self, styles: _Styles) -> None:
        self.title = ""
        self._styles = styles
        self._after: list[Part] = []

    def parts(self, parent: _Element, kind: BlockKind = "prose") -> Iterator[Part]:
        """The parts of a body, a list's item, a text box or a note; lines of code as one part."""
        code: list[str] = []
        for part in self._parts(parent, kind):
            if part.kind == "code":
                code.append(part.text)
                continue
            if code:
                yield Part("code", "\n".join(code))
                code = []
            yield part
        if code:
            yield Part("code", "\n".join(code))

    def _parts(self, parent: _Element, kind: BlockKind) -> Iterator[Part]:
        for child in parent:
            tag = child.tag
            if tag in (f"{_TEXT}p", f"{_TEXT}h"):
                yield from self._paragraph(child, kind)
            elif tag == f"{_TEXT}list":
                inner: BlockKind = "list_item" if kind == "prose" else kind
                for item in child:
                    yield from self._parts(item, inner)
            elif tag == f"{_TABLE}table":
                yield from self._table(child)
            elif tag in _INDEXES:
                yield from self._parts(child, "contents")
            elif tag in _SECTIONS:
                yield from self._parts(child, kind)
            elif isinstance(tag, str) and tag.startswith(_DRAW):
                self._boxes(child)
                yield from self._followers()

    def _paragraph(self, paragraph: _Element, kind: BlockKind) -> Iterator[Part]:
        text = "".join(self._pieces(paragraph))
        names = self._styles.names(paragraph.get(f"{_TEXT}style-name", ""))
        level = 0
        if kind != "contents" and (paragraph.tag == f"{_TEXT}h" or "Title" in names):
            outline = paragraph.get(f"{_TEXT}outline-level", "1")
            kind, level = "heading", int(outline) if outline.isdigit() else 1
        elif kind == "prose" and any(_CODE_NAME.search(name) for name in names):
            kind = "code"
        if kind == "code":
            yield Part("code", text)
        elif text.strip():
            words = " ".join(text.split()) if kind in ("heading", "contents") else collapsed(text)
            if "Title" in names and not self.title:
                self.title = words
            yield Part(kind, words, level=level)
        yield from self._followers()

    def _followers(self) -> list[Part]:
        after, self._after = self._after, []
        return after

    def _pieces(self, parent: _Element) -> Iterator[str]:
        """The text that is seen of a paragraph or a piece of it; white space as ODF has it."""
        if parent.text:
            yield _BLANK.sub(" ", parent.text)
        for child in parent:
            tag = child.tag
            if tag == f"{_TEXT}s":
                yield " " * _count(child, f"{_TEXT}c")
            elif tag == f"{_TEXT}tab":
                yield "\t"
            elif tag == f"{_TEXT}line-break":
                yield "\n"
            elif tag == f"{_TEXT}note":
                self._note(child)
            elif isinstance(tag, str) and tag.startswith(_DRAW):
                self._boxes(child)
            elif isinstance(tag, str) and tag not in _NO_TEXT:
                yield from self._pieces(child)
            if child.tail:
                yield _BLANK.sub(" ", child.tail)

    def _note(self, note: _Element) -> None:
        body = note.find(f"{_TEXT}note-body")
        if body is not None:
            words = " ".join(part.text for part in _Body(self._styles).parts(body))
            self._after.append(Part("footnote", " ".join(words.split())))

    def _boxes(self, drawing: _Element) -> None:
        """Text within a frame or a shape; frames in a frame are pictures of the same thing."""
        outer, self._after = self._after, []
        if drawing.tag == f"{_DRAW}frame":
            for box in drawing.iterchildren(f"{_DRAW}text-box"):
                outer.extend(self.parts(box))
        else:
            outer.extend(self.parts(drawing))
        self._after = outer

    def _table(self, table: _Element) -> Iterator[Part]:
        rows = list(_within(table, f"{_TABLE}table-row"))
        inner: list[Part] = []
        words = [list(self._cells(row, inner)) for row in rows]
        headed = True if table.find(f"{_TABLE}table-header-rows") is not None else None
        yield from table_parts(words, headed=headed)
        yield from inner

    def _cells(self, row: _Element, inner: list[Part]) -> Iterator[str]:
        """A row's cells; merged ones once. Tables and notes within go to `inner`."""
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            words = []
            for part in self.parts(cell) if cell.tag == f"{_TABLE}table-cell" else ():
                if part.kind in ("table_row", "footnote"):
                    inner.append(part)
                else:
                    words.append(part.text)
            yield from [" ".join(words)] * _count(cell, f"{_TABLE}number-columns-repeated")


def _within(parent: _Element, tag: str) -> Iterator[_Element]:
    """A table's rows, also those in groups and in its head."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in _ROW_GROUPS:
            yield from _within(child, tag)


_ROW_GROUPS = frozenset(
    f"{_TABLE}{name}" for name in ("table-header-rows", "table-rows", "table-row-group")
)


def _count(element: _Element, name: str) -> int:
    value = element.get(name, "1")
    return min(int(value), _MOST_REPEATS) if value.isdigit() else 1
