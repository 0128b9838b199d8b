"""Lines of a PDF's columns to paragraphs: where one ends, and what it is."""

# Typographic quotes, bullets and dashes are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from kgqa.documents.formats.pdf.lines import Line
from kgqa.documents.formats.pdf.setting import INDENT, Body, Column

# In ems, or shares of the usual; in points.
_SLACK, _LEADING, _SAME_SIZE, _DEFAULT_LEADING = 0.3, 1.25, 0.08, 1.2
_CENTRED = 2.0
_BULLETS = "•◦▪▫‣⁃●○■□◆◇➢➤✓✔❖∙·\uf0b7\uf0a7\uf0d8\uf076\uf02d"
# A capital with a full stop is a person's initial.
_NUMBER = r"\d{1,3}[.)]|[a-h]\.|[a-zA-Z]\)|[ivx]{1,5}[.)]|\((?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})\)"
_MARK = re.compile(rf"(?:[{_BULLETS}]|(?:[-–—*]|{_NUMBER}|\[\d{{1,3}}\])(?=\s))\s*")
_BULLET = re.compile(f"[{_BULLETS}]")
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,6})\s*\Z")
_SENTENCE_END = re.compile(r"[.!?:;][\"'”’)\]]*(?:[\d*†‡⁰¹²³⁴⁵⁶⁷⁸⁹]{0,2})\s*\Z")
_HYPHEN = ("-", "\u2010", "\xad")


def is_contents(text: str) -> bool:
    """Whether a line is one of a table of contents: dots lead to a page's number."""
    return _LEADERS.search(text) is not None


def list_mark(text: str) -> str:
    """The bullet or number that opens a list item, with the space after it; "" without one."""
    found = _MARK.match(text)
    return found[0] if found and len(found[0]) < len(text) else ""


@dataclass(slots=True)
class Paragraph:
    """Lines that read on, and where their column ends.

    Attributes:
        mark: the bullet or number of a list item.
        meant: whether its line ends are meant (verse, an address, code).
        code: whether it is set in letters of one width where the prose is not.
    """

    lines: list[Line]
    mark: str = ""
    meant: bool = False
    code: bool = False

    @property
    def size(self) -> float:
        sizes: Counter[float] = Counter()
        for line in self.lines:
            sizes[line.size] += len(line.text)
        return sizes.most_common(1)[0][0]

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)

    @property
    def text_left(self) -> float:
        """Where the text of a list item starts, after its mark."""
        first = self.lines[0].words
        alone = len(first) > 1 and first[0].text == self.mark.strip()
        return first[1].left if alone else first[0].left


@dataclass(slots=True)
class Flow:
    """Takes the columns of a document in reading order and parts them into paragraphs.

    Attributes:
        leading: the usual distance between lines of each size.
        body: how most of the text is set.
        indented: whether a paragraph's first line is, see `indents_first_lines`.
    """

    leading: dict[float, float]
    body: Body
    indented: bool
    paragraphs: list[Paragraph] = field(default_factory=list)
    _column: Column | None = None

    def add(self, column: Column) -> None:
        """Go on with the lines of one more column; its first may go on from the last one."""
        for line in column.lines:
            last = self.paragraphs[-1] if self.paragraphs else None
            mark = "" if line.rows or line.loose else list_mark(line.text)
            if last is None or line.rows or last.lines[-1].rows or self._parts(last, line, column):
                self.paragraphs.append(Paragraph([line], mark, code=self._is_code(line)))
            else:
                if (
                    line.loose
                    or self._is_code(line)
                    or (self._fits(last.lines[-1], line) and not line.text[:1].islower())
                ):
                    last.meant = True
                last.lines.append(line)
            self._column = column

    def _fits(self, above: Line, line: Line) -> bool:
        """Whether the line's first word would have stood on the line above: its end was meant."""
        if self._column is None or above.text.endswith(_HYPHEN):
            return False
        first = line.words[0]
        room = self._column.right - above.right
        return first.right - first.left + _SLACK * line.size < room

    def _parts(self, last: Paragraph, line: Line, column: Column) -> bool:
        """Whether a line starts a paragraph of its own."""
        above = last.lines[-1]
        if above.loose or line.loose:
            return not (above.loose and line.loose and column is self._column)
        if abs(above.size - line.size) > _SAME_SIZE * max(above.size, line.size):
            return True
        if above.mono != line.mono or is_contents(above.text) or is_contents(line.text):
            return True
        if line.bold != above.bold and not line.text[:1].islower():
            return True
        if self._is_code(line):
            return self._is_below_gap(above, line, column)
        fits = self._fits(above, line)
        if _BULLET.match(line.text) or (
            list_mark(line.text) and self._starts_item(last, line, fits)
        ):
            return True
        if column is not self._column:
            return self._parts_over_break(last, line, column, fits)
        if self._is_below_gap(above, line, column):
            return True
        return self._is_indented(last, line) or (
            fits and _SENTENCE_END.search(above.text) is not None
        )

    def _is_code(self, line: Line) -> bool:
        return line.mono and not self.body.mono

    def _is_below_gap(self, above: Line, line: Line, column: Column) -> bool:
        usual = self.leading.get(line.size, _DEFAULT_LEADING * line.size)
        pitch = above.baseline - line.baseline
        return column is not self._column or pitch > _LEADING * usual

    def _starts_item(self, last: Paragraph, line: Line, fits: bool) -> bool:
        """A number opens an item where its line could not just be the next of a sentence."""
        if last.mark:
            return abs(line.left - last.lines[0].left) < INDENT * line.size
        return fits or line.left > last.lines[-1].left + INDENT * line.size

    def _parts_over_break(self, last: Paragraph, line: Line, column: Column, fits: bool) -> bool:
        """The same where a column or page ends between the two."""
        above = last.lines[-1]
        if above.text.endswith(_HYPHEN) or line.text[:1].islower():
            return False
        assert self._column is not None
        left = self._column.left
        if len(last.lines) > 1:
            left = above.left
        elif last.mark:
            left = last.text_left
        indent = left - self._column.left + INDENT * line.size
        indented = line.left - column.left > indent
        # Where first lines are indented, one that is not goes on.
        ends = not self.indented and _SENTENCE_END.search(above.text) is not None
        return fits or indented or ends

    def _is_indented(self, last: Paragraph, line: Line) -> bool:
        step = INDENT * line.size
        first, above = last.lines[0], last.lines[-1]
        if abs(_centre(line) - _centre(above)) < _CENTRED and line.left > first.left - step:
            return False
        if last.mark and line.left < last.text_left - step and self._fits(above, line):
            return True
        if len(last.lines) > 1:
            return abs(line.left - above.left) > step
        # A second line starts left of an indented first, or hangs below a mark.
        if last.mark:
            return line.left < first.left - step
        return line.left > above.left + step and self._fits(above, line)


def _centre(line: Line) -> float:
    return (line.left + line.right) / 2
