"""HTML to parts: what a reader of the page sees, block by block, its main text apart."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kgqa.documents.decode import decode
from kgqa.documents.formats.main_text import marked_boilerplate
from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.errors import DocumentError
from kgqa.types import BlockKind, Document

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from bs4.element import PageElement, Tag


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNSEEN = _words(
    "script style nav noscript template svg math iframe object canvas title select button textarea"
)
_INLINE = _words(
    "a abbr acronym b bdi bdo big center cite code del dfn em font i img ins kbd label mark q s "
    "samp small span strike strong sub sup th td time tt u var wbr"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KINDS: dict[str, BlockKind] = {
    "li": "list_item", "dt": "list_item", "dd": "list_item", "pre": "code",
    "nav": "boilerplate", "footer": "boilerplate",
}  # fmt: skip
_LAYOUT = _words("p div ul ol table h1 h2 h3 h4 h5 h6 section article form")
"""A table whose cells hold such elements arranges a page, and is no table of values."""
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_.:-]+)""", re.I)
_CHARSET_BYTES = 2048
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.I)
_AUTHOR, _DATE = ("author", "article:author"), ("article:published_time", "date", "dc.date")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})T[\d:.]+\S*\Z")


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document of a page; see `page_document`."""
    yield page_document(decode(content, source, declared_charset(content)), source, stem)


def page_document(markup: str, source: str, stem: str) -> Document:
    """One Document of a page's visible text, what is not its main text as boilerplate.

    The title is `<title>`, or the first `<h1>` where `<title>` only adds a site's name to it,
    else the file's name.

    Raises:
        DocumentError: as `build_document`, or the page cannot be parsed.
    """
    soup = _parse(markup, source)
    title, heading = _text_of(soup.title), _text_of(soup.h1)
    if heading and (not title or heading in title):
        title = heading
    parts = marked_boilerplate(list(_parts(soup)), markup)
    return lay_out(source, [*_front_matter(soup), *parts], stem=stem, title=title, format="html")


def parts_of_markup(markup: str, *, main_text: bool, source: str = "-") -> list[Part]:
    """The visible parts of HTML or XHTML, in order.

    Blocks are set apart, `<br>` is a line end, and white space inside a block is one space, as
    a browser shows it. Scripts, styles, navigation, form controls and hidden elements are left
    out.

    Args:
        main_text: mark what is not the page's main text as boilerplate.

    Raises:
        DocumentError: the markup cannot be parsed.
    """
    parts = list(_parts(_parse(markup, source)))
    return marked_boilerplate(parts, markup) if main_text else parts


def declared_charset(content: bytes) -> str | None:
    """The encoding that a page names in its first 2 kB, if any."""
    found = _CHARSET.search(content[:_CHARSET_BYTES])
    return found[1].decode("ascii") if found else None


def _parse(markup: str, source: str) -> BeautifulSoup:
    import bs4

    with warnings.catch_warnings():
        # XHTML and pages that are one address long are read like any other page.
        warnings.simplefilter("ignore", bs4.XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", bs4.MarkupResemblesLocatorWarning)
        try:
            return bs4.BeautifulSoup(markup, "html.parser")
        except (bs4.ParserRejectedMarkup, RecursionError) as error:
            raise DocumentError(
                source,
                "unreadable",
                f"expected HTML, the parser stopped at: {error}; repair it or export it as text",
            ) from error


def _text_of(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag else ""


def _front_matter(soup: BeautifulSoup) -> Iterator[Part]:
    """Author and date, as the page's own `<meta>` elements name them."""
    named: dict[str, str] = {}
    for meta in soup.find_all("meta"):
        name = str(meta.get("name") or meta.get("property") or "").lower()
        value = " ".join(str(meta.get("content") or "").split())
        if value:
            named.setdefault(name, value)
    author = next((named[name] for name in _AUTHOR if name in named), "")
    date = next((named[name] for name in _DATE if name in named), "")
    day = _DAY.match(date)
    cells = [("author", author), ("date", day[1] if day else date)]
    cells = [(label, value) for label, value in cells if value and "://" not in value]
    if cells:
        yield Part("front_matter", cells=tuple(cells))


def _parts(soup: BeautifulSoup) -> Iterator[Part]:
    """Walk the page in order; a change of the nearest block element ends a block.

    The walk is flat (`descendants`), since pages nest deeper than Python may recurse.
    """
    from bs4.element import NavigableString, Tag

    block_of: dict[int, PageElement] = {id(soup): soup}
    done: set[int] = set()
    run = _Run()
    for node in soup.descendants:
        parent = id(node.parent)
        if parent in done:
            if isinstance(node, Tag):
                done.add(id(node))
        elif isinstance(node, Tag):
            if node.name in _UNSEEN or _is_hidden(node):
                done.add(id(node))
            elif node.name == "table" and (rows := _rows(node)):
                yield from run.close()
                yield from _table(rows)
                done.add(id(node))
            inline = node.name in _INLINE or node.name == "br"
            block_of[id(node)] = block_of[parent] if inline else node
            if node.name == "br" and id(node) not in done:
                yield from run.add(block_of[parent], "\n")
        elif type(node) is NavigableString:
            # Comments, doctypes and CDATA are subclasses.
            yield from run.add(block_of[parent], str(node))
    yield from run.close()


def _is_hidden(tag: Tag) -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN_STYLE.search(str(tag.get("style") or "")))


def _rows(table: Tag) -> list[list[tuple[bool, str]]]:
    """(whether it is a head cell, text) of each cell, row by row; [] for a table that only
    arranges a page."""
    rows = []
    for row in table.find_all("tr"):
        cells = row.find_all(["td", "th"], recursive=False)
        if any(cell.find(list(_LAYOUT)) for cell in cells):
            return []
        rows.append([(cell.name == "th", _text_of(cell)) for cell in cells])
    return rows if any(len(row) > 1 for row in rows) else []


def _table(rows: list[list[tuple[bool, str]]]) -> Iterator[Part]:
    heads = [row for row in rows if row and all(is_head for is_head, _ in row)]
    pairs = [row for row in rows if [is_head for is_head, _ in row] == [True, False]]
    if pairs and len(pairs) + len(heads) == len(rows):
        # A box of facts: a label and its value in each row.
        for number, row in enumerate(rows, start=1):
            cells = ((row[0][1], row[-1][1]),) if len(row) == 2 else (("", row[0][1]),)
            yield Part("table_row", row=number, cells=cells)
        return
    headed = True if heads and heads[0] is rows[0] else None
    yield from table_parts([[text for _, text in row] for row in rows], headed=headed)


class _Run:
    """Collects text of one block element; a text of another one closes it."""

    def __init__(self) -> None:
        self._block: PageElement | None = None
        self._pieces: list[str] = []

    def add(self, block: PageElement, text: str) -> Iterator[Part]:
        if block is not self._block:
            # White space between two blocks belongs to neither.
            if not text.strip():
                return
            yield from self.close()
            self._block = block
        self._pieces.append(text if _name(block) == "pre" or text == "\n" else _folded(text))

    def close(self) -> Iterator[Part]:
        text, name = "".join(self._pieces), _name(self._block)
        self._pieces = []
        if name != "pre":
            lines = (" ".join(line.split()) for line in text.split("\n"))
            text = "\n".join(line for line in lines if line)
        if not text.strip():
            return
        if name in _HEADINGS:
            yield Part("heading", " ".join(text.split()), level=_HEADINGS[name])
        else:
            yield Part(_KINDS.get(name, _enclosing(self._block)), text)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _name(block: PageElement | None) -> str:
    return str(getattr(block, "name", "") or "")


def _enclosing(block: PageElement | None) -> BlockKind:
    """A paragraph in a list's item is one."""
    parent = block.parent if block is not None else None
    return "list_item" if _name(block) == "p" and _name(parent) == "li" else "prose"
