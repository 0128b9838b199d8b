"""LaTeX: its text without its macros."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kgqa.documents.decode import decode
from kgqa.documents.formats.markup.tex_source import Source
from kgqa.documents.formats.markup.tex_walk import Walk
from kgqa.documents.layout import Part, lay_out
from kgqa.types import Document


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document; files that it includes are not opened, mathematics on its own is code.

    Raises:
        DocumentError: as `decode` and `build_document`.
    """
    text = decode(content, source).removeprefix("\ufeff")
    tex = Source(text.replace("\r\n", "\n").replace("\r", "\n"))
    preamble, body = Walk(tex), Walk(tex)
    preamble.read(0, tex.start)
    body.read(tex.start, tex.end)
    front = {**body.front, **preamble.front}
    title = front.pop("title", "")
    cells = tuple((label, value) for label, value in front.items() if value)
    parts = [Part("heading", title, level=1)] if title else []
    parts += [Part("front_matter", cells=cells)] if cells else []
    parts += _levelled(body.parts, below=bool(title))
    yield lay_out(source, parts, stem=stem, title=title, format="tex")


def _levelled(parts: Sequence[Part], below: bool) -> list[Part]:
    """Headings from level 1, or 2 below a title or where several are on top."""
    levels = [part.level for part in parts if part.kind == "heading"]
    top = min(levels, default=1)
    shift = 1 + (below or levels.count(top) > 1) - top
    return [
        replace(part, level=part.level + shift) if part.kind == "heading" else part
        for part in parts
    ]
