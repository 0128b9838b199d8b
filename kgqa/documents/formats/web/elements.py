"""What the elements of a page are: seen or not, a frame around the text, a footnote, inline."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

Element: TypeAlias = Any
"""One of lxml's, which has no types: `tag` in small letters, `get(attribute)`."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INLINE = _words(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark "
    "q ruby s samp small span strike strong sub sup time tt u var wbr"
)
_UNSEEN = _words(
    "script style noscript template svg math iframe object canvas audio video rp rt title select "
    "button textarea input datalist"
)
# What only a screen shows or a reader clicks: marks of notes, links to a heading, line numbers.
_UNSEEN_CLASSES = _words(
    "footnote-ref footnote-reference footnote-back footnote-backref headerlink mw-editsection "
    "sr-only visually-hidden screen-reader-text linenos lineno"
)
_MARK_ROLES = _words("doc-noteref doc-backlink noteref backlink")
_NOTE_ROLES = _words("doc-footnote doc-footnotes doc-endnote doc-endnotes footnote footnotes")
_NOTE_CLASSES = _words("footnote footnotes footnote-text")
_CONTENTS_ROLES = _words("doc-toc toc")
_FRAME_ROLES = _words("banner complementary contentinfo dialog alertdialog navigation search")
_FRAMES = _words("aside footer header")
_OWN = _words("html body main article")
"""Elements that are no frame whatever they are called."""
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_FRAME_CLASS = re.compile(
    r"(?<!has-)(?<!with-)\b(?:cookies?|consent|gdpr|breadcrumbs?|navbar|skip-?link)(?![a-z])", re.I
)


def is_inline(element: Element) -> bool:
    """Whether it stands within a line. Elements of other vocabularies do (`<o:p>`)."""
    return element.tag in _INLINE or ":" in element.tag


def is_unseen(element: Element) -> bool:
    """Whether a reader of the page sees none of it, or only a mark that is no word of the text."""
    if element.tag in _UNSEEN:
        return True
    if not element.attrib:
        return False
    if element.get("hidden") is not None or _HIDDEN_STYLE.search(_attribute(element, "style")):
        return True
    classes = _classes(element)
    return (
        not _UNSEEN_CLASSES.isdisjoint(classes)
        or not _MARK_ROLES.isdisjoint(_roles(element))
        or (element.tag == "sup" and "reference" in classes)
        or (element.tag == "dialog" and element.get("open") is None)
    )


def is_contents(element: Element) -> bool:
    """Whether it is a table of contents."""
    return element.tag == "nav" and (
        not _CONTENTS_ROLES.isdisjoint(_roles(element))
        or _attribute(element, "id").lower() == "toc"
    )


def is_footnote(element: Element) -> bool:
    """Whether it is a footnote, or holds a page's footnotes."""
    return bool(element.attrib) and (
        not _NOTE_ROLES.isdisjoint(_roles(element))
        or not _NOTE_CLASSES.isdisjoint(_classes(element))
    )


def is_frame(element: Element, *, in_main: bool) -> bool:
    """Whether the page itself calls it something around its text: header, footer, cookies.

    Args:
        in_main: it stands in `<main>` or `<article>`, whose header and notes are the text's own.
    """
    if element.tag == "nav":
        return True
    if element.tag in _OWN:
        return False
    if element.tag in _FRAMES and not in_main:
        return True
    if not element.attrib:
        return False
    named = f"{_attribute(element, 'class')} {_attribute(element, 'id')}"
    return bool(_FRAME_CLASS.search(named)) or not _FRAME_ROLES.isdisjoint(_roles(element))


def _classes(element: Element) -> list[str]:
    return _attribute(element, "class").split()


def _roles(element: Element) -> list[str]:
    # `epub:type` says in books what `role` says in pages.
    return f"{_attribute(element, 'role')} {_attribute(element, 'epub:type')}".split()


def _attribute(element: Element, name: str) -> str:
    return str(element.get(name) or "")
