"""Electronic books to parts: the chapters in reading order."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from kgqa.documents.decode import decode
from kgqa.documents.formats.web.webpage import declared_charset, parts_of_markup
from kgqa.documents.formats.zipped import Package, damage_told
from kgqa.documents.layout import Part, lay_out
from kgqa.errors import DocumentError
from kgqa.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

_KIND = "an electronic book (.epub)"
_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_ROOT_FILE = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_OPF = "{http://www.idpf.org/2007/opf}"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_ENC = "{http://www.w3.org/2001/04/xmlenc#}"
# Fonts are scrambled by these; text never is.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_MARKUP = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
# What LibreOffice writes where nobody wrote anything.
_DEFAULTS = frozenset({"", "Unknown Title", "Unknown Author"})
_NOTE_NUMBER = re.compile(r"\A(?:\d{1,4}|\[\d{1,4}\]|[*†‡])[.)]?\s+")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})T[\d:.]+\S*\Z")


@dataclass(frozen=True, slots=True)
class _Chapter:
    """A member of the archive that is text."""

    name: str
    navigation: bool


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document of the whole book. Its title is the metadata's, else the first level-one
    heading, else the file's name.

    Raises:
        DocumentError: `malformed file`, `locked`, `too large`, `empty`, `unknown encoding`.
    """
    package = Package(content, source, _KIND)
    with damage_told(source, _KIND):
        place = _opf_name(package)
        opf = package.xml(place)
        chapters = _chapters(opf, posixpath.dirname(place))
        locked = _encrypted(package)
    if not chapters:
        raise package.malformed("no chapters in its reading order")
    if any(chapter.name in locked for chapter in chapters):
        raise DocumentError(
            source,
            "locked",
            f"expected {_KIND} without copy protection, got encrypted chapters; get one without",
        )
    cells = _front_cells(opf)
    parts = [Part("front_matter", cells=cells)] if cells else []
    for chapter in chapters:
        parts += _chapter_parts(package, chapter)
    title = dict(cells).get("title", "")
    yield lay_out(source, parts, stem=stem, title=title, format="epub")


def _opf_name(package: Package) -> str:
    root_file = next(package.xml(_CONTAINER).iter(_ROOT_FILE), None)
    name = "" if root_file is None else root_file.get("full-path", "")
    if not name:
        raise package.malformed(f"no book named in {_CONTAINER}")
    return str(name)


def _chapters(opf: _Element, folder: str) -> list[_Chapter]:
    """The text in the order of the spine, each once."""
    items = {item.get("id"): item for item in opf.iter(f"{_OPF}item")}
    chapters: dict[str, _Chapter] = {}
    for reference in opf.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and item.get("media-type") in _MARKUP:
            name = _member(folder, item.get("href", ""))
            navigation = "nav" in item.get("properties", "").split()
            chapters.setdefault(name, _Chapter(name, navigation))
    return list(chapters.values())


def _member(folder: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(address.partition("#")[0])))


def _encrypted(package: Package) -> frozenset[str]:
    """Members whose text is encrypted."""
    if _ENCRYPTION not in package:
        return frozenset()
    found: set[str] = set()
    for entry in package.xml(_ENCRYPTION).iter(f"{_ENC}EncryptedData"):
        method = entry.find(f"{_ENC}EncryptionMethod")
        if method is None or method.get("Algorithm") not in _FONTS:
            references = entry.iter(f"{_ENC}CipherReference")
            found.update(_member("", reference.get("URI", "")) for reference in references)
    return frozenset(found)


def _front_cells(opf: _Element) -> tuple[tuple[str, str], ...]:
    """Title, authors, date and subjects; of several titles the first, the main one."""
    named = {
        label: [" ".join(one.text.split()) for one in opf.iter(f"{_DUBLIN_CORE}{tag}") if one.text]
        for label, tag in (
            ("title", "title"),
            ("author", "creator"),
            ("date", "date"),
            ("subject", "subject"),
        )
    }
    named["title"], named["date"] = named["title"][:1], named["date"][:1]
    cells = ((label, ", ".join(dict.fromkeys(values))) for label, values in named.items())
    return tuple((label, _day(value)) for label, value in cells if value not in _DEFAULTS)


def _day(value: str) -> str:
    day = _DAY.match(value)
    return day[1] if day else value


def _chapter_parts(package: Package, chapter: _Chapter) -> Iterator[Part]:
    content = package.read(chapter.name)
    # An empty page between chapters is none that is damaged.
    if not content.strip():
        return
    markup = decode(content, package.source, declared_charset(content))
    for part in parts_of_markup(markup, main_text=False, source=package.source):
        if chapter.navigation and part.kind in ("prose", "list_item", "boilerplate"):
            yield replace(part, kind="contents")
        elif part.kind == "footnote":
            yield replace(part, text=_NOTE_NUMBER.sub("", part.text))
        else:
            yield part
