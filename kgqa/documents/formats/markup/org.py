"""Org mode: an outline with lists, tables and blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgqa.documents.decode import decode
from kgqa.documents.formats.markup.org_blocks import Outline
from kgqa.documents.layout import Part, lay_out
from kgqa.types import Document

_WEEKDAY = re.compile(r"\A(\d{4}-\d\d-\d\d) [^\W\d_]+\.?\Z")


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document: what is planned, drawers, properties and comments are left out.

    Raises:
        DocumentError: as `decode` and `build_document`.
    """
    text = decode(content, source).removeprefix("\ufeff")
    outline = Outline(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    outline.read()
    title = " ".join(outline.keywords.get("title", []))
    cells = tuple(
        (label, _WEEKDAY.sub(r"\1", " ".join(outline.keywords[label])))
        for label in ("author", "date", "keywords")
        if any(outline.keywords.get(label, []))
    )
    top = [Part("heading", title, level=1)] if title else []
    front = [Part("front_matter", cells=cells)] if cells else []
    yield lay_out(source, [*top, *front, *outline.parts], stem=stem, title=title, format="org")
