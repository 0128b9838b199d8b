"""XML: texts in a known vocabulary, or the element that holds a document by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from kgqa.documents.build import SourceNames, rejection_of
from kgqa.documents.decode import decode
from kgqa.documents.formats.web.webpage import declared_charset, page_document
from kgqa.documents.formats.xml_blocks import parts_of, text_of
from kgqa.documents.formats.xml_elements import elements, names_by_text, root_of
from kgqa.documents.formats.xml_known import Text, vocabulary_of
from kgqa.documents.layout import lay_out
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection

_TITLES = ("title", "head", "headline")
_IDS = ("id", "guid", "link")
_ID_CHARACTERS, _SHOWN = 200, 3


def read(
    content: bytes, source: str, stem: str, element: str | None = None
) -> Iterator[Document | Rejection]:
    """One Document for each `element` (`source#id`, or `#N`), or of a known vocabulary.

    Args:
        element: the local name of the element that holds a document, its namespace ignored; its
            title is an attribute or child called title, head or headline. None reads TEI,
            DocBook, JATS, RSS, Atom and XHTML.

    Raises:
        DocumentError: `element not named`, with the elements that may be meant; as
            `xml_elements.elements`, `build_document`.
    """
    root = root_of(content, source)
    if element is not None:
        found = False
        for record in _each(content, source, stem, element, _named_text):
            found = True
            yield record
        if not found:
            raise _unnamed(content, source, root, element)
        return
    if root == "html":
        yield page_document(decode(content, source, declared_charset(content)), source, stem)
        return
    vocabulary = vocabulary_of(root, content)
    if vocabulary is None:
        raise _unnamed(content, source, root, "NAME")
    if vocabulary.element is not None and vocabulary.element != root:
        yield from _each(content, source, stem, vocabulary.element, vocabulary.read)
        return
    for whole in elements(content, source, None):
        text = vocabulary.read(whole)
        yield lay_out(source, text.parts, stem=stem, title=text.title, format="xml")


def _each(
    content: bytes, source: str, stem: str, name: str, text_in: Callable[[Element], Text]
) -> Iterator[Document | Rejection]:
    names = SourceNames(source)
    for number, found in enumerate(elements(content, source, name), start=1):
        place = names.source(_identifier(found) or str(number))
        text = text_in(found)
        if not text.parts:
            yield Rejection(place, "empty", f"expected text in <{name}>, got none")
            continue
        try:
            yield lay_out(place, text.parts, stem=stem, title=text.title, format="xml")
        except DocumentError as error:
            yield rejection_of(error)


def _named_text(found: Element) -> Text:
    for name in _TITLES:
        title = " ".join((found.get(name) or "").split())
        if title:
            return Text(title, parts_of(found, level=1))
    heads = {child.tag: text_of(child) for child in reversed(found)}
    title = next((heads[name] for name in _TITLES if heads.get(name)), "")
    return Text(title, parts_of(found))


def _identifier(found: Element) -> str:
    """What tells an element from its neighbours, "" where nothing does."""
    names = [found.get("id"), *(text_of(found.find(name)) for name in _IDS)]
    return next((" ".join(name.split()) for name in names if name), "")[:_ID_CHARACTERS]


def _unnamed(content: bytes, source: str, root: str, name: str) -> DocumentError:
    most = ", ".join(names_by_text(content, source)[:_SHOWN])
    return DocumentError(
        source,
        "element not named",
        f"expected --xml-element {name}, got <{root}>; "
        + (f"its elements with most text are: {most}" if most else "it has no elements below"),
    )
