"""What an archive puts around a text: Project Gutenberg's head and licence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgqa.types import BlockKind

_START = re.compile(r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*\n", re.M | re.I)
_END = re.compile(
    r"^(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg)", re.M
)


def framed(text: str) -> Iterator[tuple[BlockKind | None, int, int]]:
    """(kind, start, end) of the stretches of a text: `boilerplate`, or None for its own."""
    start, end = _START.search(text), _END.search(text)
    first = start.end() if start else 0
    last = end.start() if end and end.start() > first else len(text)
    if first:
        yield "boilerplate", 0, first
    yield None, first, last
    if last < len(text):
        yield "boilerplate", last, len(text)
