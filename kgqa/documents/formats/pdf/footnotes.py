"""Footnotes of a PDF: small lines at the foot of a column, the first of which has a mark."""

# Typographic quotes, bullets and dashes are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kgqa.documents.formats.pdf.lines import Line

_SMALL, _MOST = 0.92, 0.6
_MARK = re.compile(r"(?:\d{1,3}|[*†‡§¶#]{1,3}|[a-z])\Z")
_END = re.compile(r"[.!?][\"'”’)\]]*\Z")


@dataclass(slots=True)
class Footnote:
    """Its lines without its mark."""

    mark: str
    lines: list[Line]


class Footnotes:
    """Takes the footnotes out of column after column, and their marks out of the text."""

    def __init__(self, body_size: float) -> None:
        self._size = body_size
        self.found: list[Footnote] = []

    def without(self, columns: Sequence[list[Line]]) -> list[list[Line]]:
        """The columns of one page without footnotes; those are in `found` afterwards."""
        bodies, marks = [], set()
        for lines in columns:
            start = self._start(lines)
            bodies.append(lines[:start])
            for line in lines[start:]:
                mark = _mark(line)
                if mark:
                    marks.add(mark)
                    self.found.append(Footnote(mark, [replace(line, words=line.words[1:])]))
                else:
                    self.found[-1].lines.append(line)
        return [[unmarked(line, marks) for line in lines] for lines in bodies if lines]

    def _start(self, lines: Sequence[Line]) -> int:
        """The index of the first line of footnotes, that of the end where there are none."""
        start = len(lines)
        while start and self._is_small(lines[start - 1]):
            start -= 1
        # What a column is wholly made of is no note to it.
        if len(lines) - start > _MOST * len(lines):
            return len(lines)
        if start < len(lines) and self._goes_on(lines[start]):
            return start
        return next((i for i in range(start, len(lines)) if _mark(lines[i])), len(lines))

    def _is_small(self, line: Line) -> bool:
        return not line.rows and line.size < _SMALL * self._size

    def _goes_on(self, line: Line) -> bool:
        """Whether a line goes on with the footnote of the last column or page."""
        if not self.found:
            return False
        last = self.found[-1].lines[-1]
        return abs(last.size - line.size) < 0.1 and not _END.search(last.text)


def unmarked(line: Line, marks: set[str]) -> Line:
    """The line without the raised marks of its page's footnotes."""
    kept = tuple(w for w in line.words if not (w.text in marks and line.is_raised(w)))
    return replace(line, words=kept) if kept and len(kept) < len(line.words) else line


def _mark(line: Line) -> str:
    """The mark that opens a footnote: raised, or a number set apart; "" without one."""
    first = line.words[0]
    if len(line.words) < 2 or not _MARK.match(first.text):
        return ""
    set_apart = first.text.isdigit() or not first.text.isalpha()
    return first.text if set_apart or line.is_raised(first) else ""
