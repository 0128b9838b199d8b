"""HTML to plain text: what a reader of the page sees, block by block."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from kgqa.documents.build import build_document
from kgqa.documents.build import title_of_stem
from kgqa.errors import DocumentError
from kgqa.types import Document

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from bs4.element import Tag


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNSEEN = _words(
    "script style nav noscript template svg math iframe object canvas title select button textarea"
)
_INLINE = _words(
    "a abbr acronym b bdi bdo big center cite code del dfn em font i img ins kbd label mark q s "
    "samp small span strike strong sub sup td th time tt u var wbr"
)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_.:-]+)""", re.I)
_CHARSET_BYTES = 2048
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.I)


def declared_charset(content: bytes) -> str | None:
    """The encoding that a page names in its first 2 kB, if any."""
    found = _CHARSET.search(content[:_CHARSET_BYTES])
    return found[1].decode("ascii") if found else None


def html_document(markup: str, source: str, stem: str) -> Document:
    """One Document of the page's visible text.

    Blocks are set apart by blank lines, `<br>` is a line end, table cells are joined by
    " | ", and white space inside a block is one space, as a browser shows it. Scripts,
    styles, navigation, form controls and hidden elements are left out. The title is
    `<title>`, or the first `<h1>` where `<title>` only adds a site's name to it, else the
    file's name.
    """
    soup = _parse(markup, source)
    title = _text_of(soup.title)
    heading = _text_of(soup.h1)
    if heading and (not title or heading in title):
        title = heading
    return build_document(source, title or title_of_stem(stem), _visible(soup))


def visible_text(markup: str) -> str:
    """The visible text of a piece of HTML."""
    return _visible(_parse(markup, "-"))


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


def _visible(soup: BeautifulSoup) -> str:
    """Walk the page in order; a change of the nearest block element ends a block.

    The walk is flat (`descendants`), since pages nest deeper than Python may recurse.
    """
    from bs4.element import NavigableString, Tag

    blocks_of: dict[int, int] = {id(soup): id(soup)}
    unseen: set[int] = set()
    blocks = _Blocks()
    for node in soup.descendants:
        parent = id(node.parent)
        if parent in unseen:
            if isinstance(node, Tag):
                unseen.add(id(node))
        elif isinstance(node, Tag):
            if node.name in _UNSEEN or _is_hidden(node):
                unseen.add(id(node))
            inline = node.name in _INLINE or node.name == "br"
            blocks_of[id(node)] = blocks_of[parent] if inline else id(node)
            if node.name == "br":
                blocks.add(blocks_of[parent], "\n")
            elif node.name in {"td", "th"}:
                blocks.start_cell(blocks_of[parent])
        elif type(node) is NavigableString:
            # Comments, doctypes and CDATA are subclasses.
            blocks.add(blocks_of[parent], re.sub(r"\s+", " ", node))
    return blocks.text()


def _is_hidden(tag: Tag) -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN_STYLE.search(str(tag.get("style") or "")))


class _Blocks:
    """Collects runs of text; a run with another block's key opens a new block."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._open: list[str] = []
        self._key: int | None = None
        self._cell = False

    def add(self, key: int, text: str) -> None:
        if key != self._key:
            # White space between two blocks belongs to neither.
            if not text.strip():
                return
            self._close()
            self._key = key
        elif self._cell and text.strip():
            self._open.append(" | ")
        if text.strip():
            self._cell = False
        self._open.append(text)

    def start_cell(self, key: int) -> None:
        """The next text of this block stands in a table cell of its own."""
        self._cell = key == self._key

    def _close(self) -> None:
        lines = (" ".join(line.split()) for line in "".join(self._open).split("\n"))
        block = "\n".join(line for line in lines if line)
        if block:
            self._done.append(block)
        self._open = []

    def text(self) -> str:
        self._close()
        return "\n\n".join(self._done)
