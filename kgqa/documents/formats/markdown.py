"""Markdown to parts: prose, headings, lists, tables, code, and front matter."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kgqa.documents.decode import decode
from kgqa.documents.formats.webpage import parts_of_markup
from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.documents.plain_layout import text_parts
from kgqa.types import BlockKind, Document

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"\A(?P<mark>---|\+\+\+)[ \t]*\n(?P<body>.*?)^(?:(?P=mark)|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M
)
_FRONT_CHARACTERS = 20_000
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,40}\]:[ \t]*")
_REFERENCE = re.compile(r"\[\^[^\]\s]{1,40}\]")


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document of the page's plain text. Offsets refer to it, not to the Markdown file.

    The title is the first level-one heading, else the front matter's `title`, else the file's
    name.
    """
    yield markdown_document(decode(content, source), source, stem)


def markdown_document(text: str, source: str, stem: str) -> Document:
    """See `read`."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    cells: tuple[tuple[str, str], ...] = ()
    front = _FRONT_MATTER.match(text)
    if front is not None:
        found = _front_cells(front["mark"], front["body"])
        if found is not None:
            cells, text = found, text[front.end() :]
    # The parser gives up on what nests too deep; it is read as plain text.
    parts = [*_parts(text)] or text_parts(text)
    titled = any(part.kind == "heading" and part.level == 1 for part in parts)
    title = "" if titled else dict(cells).get("title", "")
    if cells:
        parts.insert(0, Part("front_matter", cells=cells))
    return lay_out(source, parts, stem=stem, title=title, format="markdown")


def _front_cells(mark: str, body: str) -> tuple[tuple[str, str], ...] | None:
    """The values that are words or lists of words, None where it is no front matter."""
    import yaml

    if len(body) > _FRONT_CHARACTERS:
        return None
    loaded: object
    try:
        # BaseLoader leaves each scalar as it is written, and makes no objects.
        loaded = tomllib.loads(body) if mark == "+++" else yaml.load(body, yaml.BaseLoader)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None
    if not isinstance(loaded, Mapping):
        return None
    return tuple((str(name), words) for name, value in loaded.items() if (words := _value(value)))


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_value, value)))
    if value is None or isinstance(value, Mapping):
        return ""
    return " ".join(str(value).split())


def _parts(text: str) -> Iterator[Part]:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    rows: list[list[str]] = []
    items = 0
    opener = ""
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            items += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            items -= 1
        elif token.type in ("fence", "code_block"):
            yield Part("code", token.content)
        elif token.type == "html_block":
            yield from parts_of_markup(token.content, main_text=False)
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            yield from table_parts(rows, headed=True)
            rows = []
        elif token.type == "inline":
            words = _inline(token.children or [])
            if opener in ("th", "td"):
                rows[-1].append(words)
            else:
                yield _block(words, opener, items > 0)
        if token.nesting == 1:
            opener = token.tag


def _block(words: str, opener: str, listed: bool) -> Part:
    if opener[:1] == "h" and opener[1:].isdigit():
        return Part("heading", _REFERENCE.sub("", words), level=int(opener[1:]))
    note = _FOOTNOTE.match(words)
    if note is not None:
        return Part("footnote", words[note.end() :])
    kind: BlockKind = "list_item" if listed else "prose"
    return Part(kind, _REFERENCE.sub("", words))


def _inline(children: Sequence[Token]) -> str:
    parts: list[str] = []
    for child in children:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak" or child.content.startswith("<br"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(_inline(child.children or []))
    return "".join(parts).strip()
