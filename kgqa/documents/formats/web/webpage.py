"""HTML to parts: what a reader of the page sees, block by block, its main text apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kgqa.documents.decode import decode
from kgqa.documents.formats.web.elements import Element
from kgqa.documents.formats.web.main_text import main_parts
from kgqa.documents.formats.web.walk import seen_parts
from kgqa.documents.layout import Part, lay_out
from kgqa.errors import DocumentError
from kgqa.types import Document

_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_.:-]+)""", re.I)
_CHARSET_BYTES = 2048
_ENDS = re.compile(r"</(?:body|html)\s*>", re.I)
# What is left of a page that nests too deep: no inline elements, and flat paragraphs.
_INLINE = re.compile(r"</?(?:a|abbr|b|big|cite|em|font|i|s|small|span|strong|u)\b[^<>]*>", re.I)
_NESTING = re.compile(
    r"</?(?:article|blockquote|center|dd|div|dl|dt|form|h[1-6]|header|footer|li|main|nav|ol|p|"
    r"section|table|tbody|td|th|thead|tr|ul)\b[^<>]*>",
    re.I,
)
_AUTHOR = ("author", "article:author", "dc.creator", "dcterms.creator")
_DATE = ("article:published_time", "date", "dc.date", "dcterms.date")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})T[\d:.]+\S*\Z")


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document of a page; see `page_document`."""
    yield page_document(decode(content, source, declared_charset(content)), source, stem)


def page_document(markup: str, source: str, stem: str) -> Document:
    """One Document of a page's visible text, what is not its main text as boilerplate.

    The title is `<title>`, or the `<h1>` that it only adds a site's name to; without a `<title>`
    the first `<h1>`, else the file's name.

    Raises:
        DocumentError: as `build_document`, or the page cannot be parsed.
    """
    root = _parse(markup, source)
    parts = main_parts(list(seen_parts(root, frames=True)), markup)
    title = _title(root, parts)
    return lay_out(source, [*_front_matter(root), *parts], stem=stem, title=title, format="html")


def parts_of_markup(markup: str, *, main_text: bool, source: str = "-") -> list[Part]:
    """The visible parts of HTML or XHTML, in order.

    Blocks are set apart, `<br>` is a line end, and white space inside a block is one space, as
    a browser shows it. Scripts, styles, form controls, hidden elements and marks of notes are
    left out; `<nav>` is boilerplate, or a table of contents.

    Args:
        main_text: mark what is not the page's main text as boilerplate too.

    Raises:
        DocumentError: the markup cannot be parsed.
    """
    seen = list(seen_parts(_parse(markup, source), frames=main_text))
    return main_parts(seen, markup) if main_text else [one.part for one in seen]


def declared_charset(content: bytes) -> str | None:
    """The encoding that a page names in its first 2 kB, if any."""
    found = _CHARSET.search(content[:_CHARSET_BYTES])
    return found[1].decode("ascii") if found else None


def _parse(markup: str, source: str) -> Element:
    """The page's tree by lxml, which closes what the page leaves open as a browser does."""
    # What stands behind them belongs to the page too, but lxml would leave it out.
    markup = _ENDS.sub("", markup)
    root, is_deep = _tree(markup)
    if is_deep:
        # Beyond some 2,000 elements in each other, lxml leaves the rest out.
        root, is_deep = _tree(_NESTING.sub("<p>", _INLINE.sub("", markup)))
    if is_deep:
        raise DocumentError(
            source,
            "unreadable",
            "expected HTML, got elements that stand in each other too deep; export it as text",
        )
    return root


def _tree(markup: str) -> tuple[Element, bool]:
    """The root, and whether something was left out as it nests too deep."""
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = etree.HTML(markup.encode("utf-8", "replace"), parser)
    except etree.ParserError:  # nothing but white space and comments
        root = None
    is_deep = any("depth" in error.message for error in parser.error_log)
    return etree.Element("html") if root is None else root, is_deep


def _title(root: Element, parts: Sequence[Part]) -> str:
    title = " ".join((root.findtext(".//title") or "").split())
    headings = [part.text for part in parts if part.kind == "heading" and part.level == 1]
    if not title:
        return headings[0] if headings else ""
    within = [text for text in headings if text in title]
    first = min(within, key=title.index, default="")
    # What stands behind is a site's name, unless the page has no other heading.
    return first if title.startswith(first or " ") or len(headings) == len(within) > 0 else title


def _front_matter(root: Element) -> Iterator[Part]:
    """Author and date, as the page's own `<meta>` elements name them."""
    named: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = str(meta.get("name") or meta.get("property") or "").lower()
        value = " ".join(str(meta.get("content") or "").split())
        # An address, as social networks have it, is no name.
        if value and "://" not in value:
            named.setdefault(name, []).append(value)
    authors = next((named[name] for name in _AUTHOR if name in named), [])
    date = next((named[name][0] for name in _DATE if name in named), "")
    day = _DAY.match(date)
    named_cells = [("author", ", ".join(dict.fromkeys(authors))), ("date", day[1] if day else date)]
    cells = tuple((label, value) for label, value in named_cells if value)
    if cells:
        yield Part("front_matter", cells=cells)
