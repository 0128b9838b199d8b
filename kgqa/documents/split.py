"""Documents to passages: runs of whole sentences with exact offsets."""

# Typographic quotes, dashes and other scripts are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import re
from collections.abc import Iterator

from kgqa.documents.sentences import sentence_spans
from kgqa.types import Block, BlockKind, Document, Passage

_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n|[\f\u2029]")
# A paragraph break closes a passage only once the passage holds this share of the most it may.
_CLOSING_SHARE = 0.4
_LEFT_OUT: frozenset[BlockKind] = frozenset({"contents", "page_header", "boilerplate"})
"""What no question is about: it stays in the document's text and is in no passage."""

Place = tuple[str, int | None, int | None]
"""Section, page, row."""


def split_passages(document: Document, max_characters: int = 1000) -> tuple[Passage, ...]:
    """Pack whole sentences, in order, into passages of at most `max_characters`.

    A paragraph break closes a passage that is at least 40 % full; a heading opens one, as a page
    does, and a table's row is one by itself. A sentence longer than `max_characters` is cut at
    its last white space that fits, or hard where it has none.

    Returns:
        Passages with ids `document.id:0`, `document.id:1` ...; `text` equals
        `document.text[start:end]` and has no white space at either end. They do not overlap
        and together cover every non-space character of the document's blocks, but for tables of
        contents, page headers and boilerplate; in a document without blocks, of its text.

    Raises:
        ValueError: `max_characters` is below 1.
    """
    if max_characters < 1:
        raise ValueError(f"max_characters: expected 1 or more, got {max_characters}")
    text = document.text
    blocks = document.blocks or (Block("prose", 0, len(text)),)
    return tuple(
        Passage(f"{document.id}:{n}", document.id, start, end, text[start:end], *place)
        for n, (start, end, place) in enumerate(_packed(text, blocks, max_characters))
    )


def _packed(text: str, blocks: tuple[Block, ...], limit: int) -> Iterator[tuple[int, int, Place]]:
    start, end = 0, 0
    place: Place = ("", None, None)
    for first, last, own, opens in _pieces(text, blocks, limit):
        if end > start and (opens or own != place or _closes(text, start, end, first, last, limit)):
            yield start, end, place
            start = first
        elif end == start:
            start = first
        end, place = last, own
    if end > start:
        yield start, end, place


def _closes(text: str, start: int, end: int, first: int, last: int, limit: int) -> bool:
    """Whether the passage [start, end) closes before the sentence [first, last)."""
    if last - start > limit:
        return True
    if end - start < _CLOSING_SHARE * limit:
        return False
    return _PARAGRAPH_BREAK.search(text, end, first) is not None


def _pieces(
    text: str, blocks: tuple[Block, ...], limit: int
) -> Iterator[tuple[int, int, Place, bool]]:
    """The blocks' sentences, those that are too long cut into pieces of at most `limit`, with
    their place, and whether a passage must open there."""
    former: BlockKind | None = None
    for block in blocks:
        if block.kind in _LEFT_OUT:
            former = block.kind
            continue
        # A heading right under a heading goes on with it.
        opens = block.kind == "table_row" or (block.kind == "heading" and former != "heading")
        opens = opens or former in _LEFT_OUT
        place = (block.section, block.page, block.row)
        for start, end in _sentences(text, block, limit):
            while end - start > limit:
                cut = _cut(text, start, limit)
                yield start, cut, place, opens
                opens = False
                start = cut
                while text[start].isspace():
                    start += 1
            yield start, end, place, opens
            opens = False
        former = block.kind


def _sentences(text: str, block: Block, limit: int) -> Iterator[tuple[int, int]]:
    """The sentences of a block; of a row that fits, the row."""
    if block.kind == "table_row" and block.end - block.start <= limit:
        yield block.start, block.end
        return
    for start, end in sentence_spans(text[block.start : block.end]):
        yield block.start + start, block.start + end


def _cut(text: str, start: int, limit: int) -> int:
    """Where a piece of at most `limit` characters ends, before white space if it can."""
    # One character more: a piece that just fits has its white space right behind it.
    window = text[start : start + limit + 1]
    kept = window.rstrip()
    if len(kept) == len(window):
        kept = window.rsplit(None, 1)[0]
    if len(kept) <= limit:
        return start + len(kept)
    # Scripts without white space: behind a full stop of theirs, if there is one.
    stop = max(window.rfind(mark, 0, limit) for mark in "。！？")
    return start + (stop + 1 or limit)
