"""Markdown to parts: prose, headings, lists, tables, code, and front matter."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kgqa.documents.decode import decode
from kgqa.documents.formats.web.webpage import parts_of_markup
from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.documents.plain_layout import text_parts
from kgqa.types import BlockKind, Document

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"\A(?P<mark>---|\+\+\+)[ \t]*\n(?P<body>.*?)^(?:(?P=mark)|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M
)
_FRONT_CHARACTERS = 20_000
_NOTHING = ("", "~", "null", "Null", "NULL")
_NESTING, _BRACKETS = 100, 2000
"""Levels of lists and quotes in each other that the parser goes into; brackets left open."""
# What the parser leaves of other dialects: marks of notes without a note, a heading's attributes,
# the boxes of tasks, the kinds of GitHub's alerts.
_REFERENCE = re.compile(r"\[\^[^\]\s]{1,40}\]")
_ATTRIBUTES = re.compile(r"\s*\{[#.:][^{}]*\}\Z")
_OPENING = re.compile(r"\[[ xX]\]\s+|\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*")


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
    parts = (not _is_tangled(text) and [*_parts(text)]) or text_parts(text)
    titled = any(part.kind == "heading" and part.level == 1 for part in parts)
    named = {label.lower(): value for label, value in cells}
    title = "" if titled else named.get("title", "")
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
    """A scalar or a list of scalars as words; "" for anything else, which may be huge."""
    values = value if isinstance(value, list) else [value]
    words = [" ".join(str(v).split()) for v in values if not isinstance(v, Mapping | list)]
    return ", ".join(word for word in words if word not in _NOTHING)


def _is_tangled(text: str) -> bool:
    """Whether a paragraph opens so many brackets that the parser would search it for hours."""
    return text.count("[") > _BRACKETS and any(
        paragraph.count("[") - paragraph.count("]") > _BRACKETS for paragraph in text.split("\n\n")
    )


def _parts(text: str) -> Iterator[Part]:
    rows: list[list[str]] = []
    opener = ""
    # How many lists, and notes, are open.
    lists = notes = 0
    for token in _parser().parse(text):
        if token.type in _LISTS:
            lists += token.nesting
        elif token.type in ("footnote_open", "footnote_close"):
            notes += token.nesting
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
                yield _block(words, opener, "footnote" if notes else _kind(lists))
        if token.nesting == 1:
            opener = token.tag


_LISTS = frozenset(
    f"{kind}_list_{end}" for kind in ("bullet", "ordered") for end in ("open", "close")
) | {"dl_open", "dl_close"}


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING})
    parser.enable("table").enable("strikethrough")
    return parser.use(footnote_plugin).use(deflist_plugin)


def _kind(lists: int) -> BlockKind:
    return "list_item" if lists else "prose"


def _block(words: str, opener: str, kind: BlockKind) -> Part:
    words = _REFERENCE.sub("", words)
    if opener[:1] == "h" and opener[1:].isdigit():
        return Part("heading", _ATTRIBUTES.sub("", words), level=int(opener[1:]))
    mark = _OPENING.match(words)
    return Part(kind, words[mark.end() :] if mark is not None else words)


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
