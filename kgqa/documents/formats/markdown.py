"""Markdown to plain text: the prose stays, the markup and the code blocks go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgqa.documents.build import build_document
from kgqa.documents.build import title_of_stem
from kgqa.documents.formats.webpage import visible_text
from kgqa.types import Document

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.M)


def markdown_document(text: str, source: str, stem: str) -> Document:
    """One Document of the page's plain text, blocks set apart by blank lines.

    The title is the first level-one heading, else the front matter's `title`, else the
    file's name. Offsets refer to the plain text, not to the Markdown file.
    """
    front = _FRONT_MATTER.match(text)
    front_title = ""
    if front:
        text = text[front.end() :]
        named = _FRONT_TITLE.search(front[1])
        front_title = named[1].strip("\"'") if named else ""
    heading, plain = _plain(text)
    return build_document(source, heading or front_title or title_of_stem(stem), plain)


def _plain(text: str) -> tuple[str, str]:
    """(first level-one heading or "", plain text)."""
    from markdown_it import MarkdownIt

    blocks: list[str] = []
    heading, opener = "", ""
    cells: list[str] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "inline":
            content = _inline(token.children or [])
            if opener == "h1" and not heading:
                heading = content
            if opener in {"th", "td"}:
                cells.append(content)
            else:
                blocks.append(content)
        elif token.type == "html_block":
            blocks.append(visible_text(token.content))
        elif token.type == "tr_close":
            blocks.append(" | ".join(cell for cell in cells if cell))
            cells = []
        elif token.nesting == 1:
            opener = token.tag
    return heading, "\n\n".join(block for block in blocks if block.strip())


def _inline(children: list[Token]) -> str:
    parts: list[str] = []
    for child in children:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"} or child.content.startswith("<br"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(_inline(child.children or []))
    return "".join(parts).strip()
