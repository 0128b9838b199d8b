"""What the extractor reads at once: passages of a document, joined while they fit.

Relations hold across sentences, so a window is as long as the network's input allows; it
was trained on whole abstracts. Passages stay the unit of retrieval and of evidence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from kgqa.types import Document, Passage

MAX_CHARACTERS = 1900
"""About 450 word pieces of English; the network takes 512."""


@dataclass(frozen=True, slots=True)
class ExtractionWindow:
    """Consecutive passages: `text == document.text[start:end]`."""

    start: int
    end: int
    text: str


def extraction_windows(
    document: Document, passages: Sequence[Passage], max_characters: int = MAX_CHARACTERS
) -> list[ExtractionWindow]:
    """Windows that together hold all passages, in order; each passage is in one."""
    windows: list[ExtractionWindow] = []
    start = end = -1
    for passage in passages:
        if start >= 0 and passage.end - start > max_characters:
            windows.append(ExtractionWindow(start, end, document.text[start:end]))
            start = -1
        start = passage.start if start < 0 else start
        end = passage.end
    if start >= 0:
        windows.append(ExtractionWindow(start, end, document.text[start:end]))
    return windows


class PassageOffsets:
    """Which passage of a document a character lies in."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._starts = [passage.start for passage in passages]

    def at(self, start: int) -> Passage:
        """The passage that holds the character, or the last one before it."""
        return self._passages[max(0, bisect_right(self._starts, start) - 1)]
