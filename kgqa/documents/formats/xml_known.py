"""XML vocabularies of texts that are known by their root: TEI, DocBook, JATS, RSS and Atom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element

from kgqa.documents.formats.web.webpage import parts_of_markup
from kgqa.documents.formats.xml_blocks import named, parts_of, text_of
from kgqa.documents.layout import Part


@dataclass(frozen=True, slots=True)
class Text:
    """What a known vocabulary says of one document: its title, and all its parts."""

    title: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How documents of a vocabulary are read.

    Attributes:
        element: what one document is, None for the whole file.
        read: the text of such an element.
    """

    element: str | None
    read: Callable[[Element], Text]


def _front(title: str, **cells: str) -> list[Part]:
    """The front matter of what is there, and the title as the first heading."""
    filled = tuple((label, value) for label, value in cells.items() if value)
    heading = [Part("heading", title, level=1)] if title else []
    return [*heading, *([Part("front_matter", cells=filled)] if filled else [])]


def _first(element: Element, *paths: str) -> str:
    return next(named(element, *paths), "")


def _tei(root: Element) -> Text:
    header = root.find("teiHeader/fileDesc")
    title = author = date = ""
    if header is not None:
        title = _first(header, "titleStmt/title[@type='main']", "titleStmt/title")
        author = ", ".join(named(header, "titleStmt/author"))
        date = _first(header, "sourceDesc//date", "publicationStmt/date")
    texts = root.findall("text") or [root]
    parts = [part for text in texts for part in parts_of(text, level=1)]
    # A text's own title page or first head usually says the title again.
    if parts and parts[0].kind == "heading" and parts[0].text == title:
        parts = parts[1:]
    return Text(title, [*_front(title, author=author, date=date), *parts])


def _docbook(root: Element) -> Text:
    infos = ("info", "articleinfo", "bookinfo", "chapterinfo")
    title = _first(root, "title", *(f"{info}/title" for info in infos))
    authors = [
        " ".join(_people(person))
        for info in infos
        for person in (
            *root.iterfind(f"{info}/author"),
            *root.iterfind(f"{info}/authorgroup/author"),
        )
    ]
    date = _first(root, *(f"{info}/{name}" for info in infos for name in ("pubdate", "date")))
    parts = parts_of(root, level=0 if root.find("title") is not None else 1)
    if parts and parts[0].kind == "heading" and parts[0].text == title:
        parts = parts[1:]
    return Text(title, [*_front(title, author=", ".join(authors), date=date), *parts])


def _people(person: Element) -> Iterator[str]:
    """The names of one person, given ones first."""
    names = list(
        named(person, ".//firstname", ".//given-names", ".//forename", ".//othername", ".//surname")
    )
    yield from names or [text_of(person)]


def _jats(root: Element) -> Text:
    meta = root.find("front/article-meta")
    if meta is None:
        return Text("", parts_of(root))
    title = _first(meta, "title-group/article-title")
    people = meta.iterfind("contrib-group/contrib")
    authors = ", ".join(
        " ".join(_people(person))
        for person in people
        if person.get("contrib-type", "author") == "author"
    )
    published = meta.find("pub-date")
    date = ""
    if published is not None:
        numbers = [_first(published, name) for name in ("year", "month", "day")]
        date = "-".join(number.zfill(2) for number in numbers if number)
    keywords = ", ".join(named(meta, "kwd-group/kwd"))
    parts = _front(title, author=authors, date=date, keywords=keywords)
    for abstract in meta.iterfind("abstract"):
        if abstract.find("title") is None:
            parts.append(Part("heading", "Abstract", level=2))
        parts += parts_of(abstract, level=1)
    for name in ("body", "back", "floats-group"):
        found = root.find(name)
        parts += parts_of(found, level=1) if found is not None else []
    return Text(title, parts)


def _feed_item(item: Element) -> Text:
    """An item of RSS, whose text is HTML in a string."""
    title = _first(item, "title")
    front = _front(
        title,
        author=", ".join(named(item, "creator", "author")),
        date=_day(_first(item, "pubDate", "date")),
    )
    markup = next((e.text for e in item.iterfind("encoded") if e.text), None)
    if markup is None:
        markup = next((e.text for e in item.iterfind("description") if e.text), "")
    return Text(title, [*front, *_marked(markup)])


def _feed_entry(entry: Element) -> Text:
    """An entry of Atom, whose text is plain, HTML in a string, or XHTML."""
    title = _first(entry, "title")
    date = _day(_first(entry, "published", "updated"))
    parts = _front(title, author=", ".join(named(entry, "author/name")), date=date)
    for name in ("content", "summary"):
        found = entry.find(name)
        if found is None:
            continue
        if found.get("type") in ("html", "text/html"):
            parts += _marked(found.text or "")
        else:
            parts += parts_of(found, level=1)
        break
    return Text(title, parts)


def _marked(markup: str) -> list[Part]:
    return parts_of_markup(markup, main_text=False) if markup.strip() else []


def _day(date: str) -> str:
    """The day of a feed's date (RFC 5322, or ISO 8601)."""
    if date[:4].isdigit():
        return date[:10]
    try:
        return parsedate_to_datetime(date).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return date[:100]


_TEI = Vocabulary(None, _tei)
_DOCBOOK = Vocabulary(None, _docbook)
_JATS = Vocabulary("article", _jats)
_ITEMS = Vocabulary("item", _feed_item)
_KNOWN = {
    "TEI": _TEI,
    "TEI.2": _TEI,
    "teiCorpus": Vocabulary("TEI", _tei),
    "pmc-articleset": _JATS,
    "rss": _ITEMS,
    "RDF": _ITEMS,
    "feed": Vocabulary("entry", _feed_entry),
}
_DOCBOOK_ROOTS = ("article", "book", "chapter", "section", "part", "refentry")


def vocabulary_of(root: str, content: bytes) -> Vocabulary | None:
    """The vocabulary that a file's root belongs to, None where it is not known.

    DocBook and JATS share names with each other and with anybody's own XML, so there the file has
    to say more: a namespace, a public identifier, or elements that only they have.
    """
    if root in ("rss", "RDF", "feed") or root not in _DOCBOOK_ROOTS:
        return _KNOWN.get(root)
    if root == "article" and (b"<article-meta" in content or b"//NLM//DTD JATS" in content):
        return _JATS
    docbook = (b"docbook.org/", b"//DTD DocBook", b"<para>", b"<simpara>")
    return _DOCBOOK if any(mark in content for mark in docbook) else None
