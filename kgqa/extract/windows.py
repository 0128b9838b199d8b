"""What the extractor reads at once: passages of a document, joined while they fit.

Relations hold across sentences, so a window is as long as the network's input allows; it
was trained on whole abstracts. Passages stay the unit of retrieval and of evidence. What is not
prose (headings, code, front matter, bullets) is blank in a window, so that offsets stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgqa.types import READ_LANGUAGE, Block, BlockKind, Document, Passage

MAX_CHARACTERS = 1900
"""About 450 word pieces of English; the network takes 512."""
_READ: frozenset[BlockKind] = frozenset({"prose", "list_item", "table_row", "footnote"})
_VISIBLE = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class ExtractionWindow:
    """Consecutive passages: `text` is `document.text[start:end]`, blank where nothing is read.

    Attributes:
        row: the window is one row of a table.
    """

    start: int
    end: int
    text: str
    row: bool = False


def extraction_windows(
    document: Document, passages: Sequence[Passage], max_characters: int = MAX_CHARACTERS
) -> list[ExtractionWindow]:
    """Windows that together hold all passages with prose, in order; each passage is in one.

    A window ends with its section; a table's row is one by itself. A document in a language
    that the weights do not read has none.
    """
    if document.language not in ("", READ_LANGUAGE):
        return []
    blank = _Blank(document)
    spans = _spans(passages, max_characters)
    windows = (ExtractionWindow(a, b, blank.text(a, b), row) for a, b, row in spans)
    return [window for window in windows if window.text and not window.text.isspace()]


def _spans(passages: Sequence[Passage], limit: int) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whether it is a row) of each window."""
    start, end, section = -1, -1, ""
    for passage in passages:
        row = passage.row is not None
        if start >= 0 and (row or passage.section != section or passage.end - start > limit):
            yield start, end, False
            start = -1
        if row:
            yield passage.start, passage.end, True
            continue
        start = passage.start if start < 0 else start
        end, section = passage.end, passage.section
    if start >= 0:
        yield start, end, False


class _Blank:
    """A document's text with blanks in the place of what is not read."""

    def __init__(self, document: Document) -> None:
        self._text = document.text
        self._blocks = document.blocks
        self._ends = [block.end for block in document.blocks]

    def text(self, start: int, end: int) -> str:
        if not self._blocks:
            return self._text[start:end]
        made: list[str] = []
        place = start
        for first, last in self._read(start, end):
            made += [self._blanked(place, first), self._text[first:last]]
            place = last
        made.append(self._blanked(place, end))
        return "".join(made) if place > start else ""

    def _read(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for n in range(bisect_right(self._ends, start), len(self._blocks)):
            block = self._blocks[n]
            if block.start >= end:
                return
            if block.kind in _READ:
                yield max(block.start, start), min(block.end, end)

    def _blanked(self, start: int, end: int) -> str:
        return _VISIBLE.sub(" ", self._text[start:end])


class PassageOffsets:
    """Which passage of a document a character lies in."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._starts = [passage.start for passage in passages]

    def at(self, start: int) -> Passage:
        """The passage that holds the character, or the last one before it."""
        return self._passages[max(0, bisect_right(self._starts, start) - 1)]


class Cells:
    """Where the rows of a document's tables are, and their cells."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._rows = [block for block in blocks if block.kind == "table_row"]
        self._starts = [row.start for row in self._rows]

    def __bool__(self) -> bool:
        return bool(self._rows)

    def row_at(self, start: int) -> Block | None:
        """The row that holds the character."""
        n = bisect_right(self._starts, start) - 1
        return self._rows[n] if n >= 0 and start < self._rows[n].end else None

    def allow(self, start: int, end: int) -> bool:
        """False for characters of a row that no single cell holds: its labels, or several."""
        row = self.row_at(start)
        return row is None or any(c.start <= start and end <= c.end for c in row.cells)
