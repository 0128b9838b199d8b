"""Org mode's lines as parts of a document; the grammar of headings is orgparse's."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from kgqa.documents.formats.markup.org_lines import plain
from kgqa.documents.layout import Part, table_parts

_HEADING = re.compile(r"\*+ ")
_HEADING_CHARACTERS = 2000
_COOKIE = re.compile(r"\s*\[\d*(?:/\d*|%)\]")
_DRAWER = re.compile(r"\s*:([\w-]+):\s*\Z")
_PLANNING = re.compile(r"\s*(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):\s*[<\[\d=]")
_BEGIN = re.compile(r"\s*#\+begin_(\S+)|\s*\\begin\{([\w*]+)\}", re.I)
_END = re.compile(r"\s*#\+end_(\S+)\s*\Z|.*\\end\{([\w*]+)\}\s*\Z", re.I)
_KEYWORD = re.compile(r"\s*#\+([\w-]+)(?:\[[^\]\n]*\])?:\s*(.*?)\s*\Z")
_COMMENT = re.compile(r"\s*#(?:\s|\Z)")
_FIXED = re.compile(r"\s*:(?:\s|\Z)")
_ROW = re.compile(r"\s*\|")
_RULE_ROW = re.compile(r"\s*\|[-+|\s:]+\Z")
_RULE = re.compile(r"\s*-{5,}\s*\Z")
_NOTE = re.compile(r"\[fn:([\w-]+)\]\s*")
_ITEM = re.compile(r"(\s*)(?:[-+]|\d+[.)])(?:\s+|\Z)|(\s+)\*\s+")
_ITEM_MARKS = re.compile(r"\A(?:\[@\w+\]\s*)?(?:\[[ Xx-]\]\s+)?")
_TERM = re.compile(r"\A(.{1,300}?)\s+::(?:\s+|\Z)")
_ESCAPED = re.compile(r"^(\s*),(?=\*|,|#\+)", re.M)
_BREAK = re.compile(r"\\\\\s*\Z")
_SPECIAL = re.compile(
    "|".join(
        pattern.pattern
        for pattern in (_HEADING, _DRAWER, _KEYWORD, _COMMENT, _FIXED, _ROW, _RULE, _NOTE, _ITEM)
    )
)
_CODE, _VERSE = ("src", "example"), "verse"
_LEFT_OUT = ("comment", "export", "html", "latex")
_DEPTH = 30
_KNOWN = ("title", "author", "date", "keywords")


class Outline:
    """Reads lines in order into parts and the keywords at the head.

    Attributes:
        keywords: lower case, "title" among them, with their values in order.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self.parts: list[Part] = []
        self.keywords: dict[str, list[str]] = defaultdict(list)
        self._lines = lines
        self._notes: list[str] = []
        # Where blocks and drawers end, so that one without an end costs no search.
        self._ends: dict[str, list[int]] = defaultdict(list)
        for place, line in enumerate(lines):
            found = _END.match(line)
            if found is not None:
                self._ends[(found[1] or found[2]).lower()].append(place)
            elif line.strip().upper() == ":END:":
                self._ends[":"].append(place)
        self._heads = [n for n, line in enumerate(lines) if _HEADING.match(line)]
        self._hidden = 0  # the level of a heading that is commented out with all below it
        self._todo: list[str] = ["TODO", "DONE"]
        self._shift = 0

    def read(self) -> None:
        """Read all lines."""
        from orgparse.node import parse_seq_todo

        for line in self._lines:
            keyword = _KEYWORD.match(line) if line.lstrip().startswith("#+") else None
            if keyword is None:
                continue
            name = keyword[1].lower()
            if name in ("todo", "seq_todo", "typ_todo"):
                todos, dones = parse_seq_todo(keyword[2])  # type: ignore[no-untyped-call]
                self._todo += [*todos, *dones]
            elif name in _KNOWN:
                self.keywords[name].append(plain(keyword[2], self._notes))
        tops = sum(self._lines[n].startswith("* ") for n in self._heads)
        self._shift = int(bool(self.keywords.get("title")) or tops > 1)
        self._range(0, len(self._lines), 0)

    def _range(self, place: int, end: int, depth: int) -> None:
        while place < end:
            line = self._lines[place]
            if _HEADING.match(line):
                self._heading(line)
                place += 1
            elif self._hidden or not line.strip():
                place += 1
            else:
                place = self._block(place, end, depth)

    def _heading(self, line: str) -> None:
        from orgparse import node

        stars = len(line) - len(line.lstrip("*"))
        if self._hidden and stars > self._hidden:
            return
        text = line[stars:].strip()
        self._hidden = stars if text.split(" ", 1)[0] == "COMMENT" else 0
        if self._hidden:
            return
        # Longer lines are no headings that orgparse's patterns are meant for.
        if len(text) <= _HEADING_CHARACTERS:
            text, _ = node.parse_heading_tags(text)
            text, _ = node.parse_heading_todos(text, self._todo)
            text, _ = node.parse_heading_priority(text)  # type: ignore[no-untyped-call]
        text = plain(_COOKIE.sub("", text), self._notes)
        if text != "Footnotes":  # where Org itself puts them
            self.parts.append(Part("heading", text, level=stars + self._shift))
        self._footnotes()

    def _end_of(self, name: str, place: int, end: int) -> int | None:
        """Where what begins here ends, before the next heading unless it is a block."""
        ends = self._ends.get(name, [])
        nearest = bisect_right(ends, place)
        if nearest == len(ends) or ends[nearest] >= end:
            return None
        if name == ":":
            head = bisect_right(self._heads, place)
            if head < len(self._heads) and self._heads[head] < ends[nearest]:
                return None
        return ends[nearest]

    def _block(self, place: int, end: int, depth: int) -> int:
        """Reads what begins at a line that is not empty; returns the place behind it."""
        line = self._lines[place]
        begins = _BEGIN.match(line)
        if begins is not None:
            name = (begins[1] or begins[2]).lower()
            last = self._end_of(name, place - (begins[2] is not None), end)
            if last is not None and depth < _DEPTH:
                self._delimited(name if begins[1] else "", place, last, depth)
                return last + 1
        if _DRAWER.match(line) and (last := self._end_of(":", place, end)) is not None:
            return last + 1
        if _PLANNING.match(line) or _COMMENT.match(line) or _RULE.match(line):
            return place + 1
        keyword = _KEYWORD.match(line)
        if keyword is not None:
            if keyword[1].lower() == "caption":
                self._add(Part("prose", plain(keyword[2], self._notes)))
            return place + 1
        if _FIXED.match(line):
            return self._fixed(place, end)
        if _ROW.match(line):
            return self._table(place, end)
        return self._paragraph(place, end)

    def _delimited(self, name: str, place: int, last: int, depth: int) -> None:
        inner = self._lines[place + 1 : last]
        if name in _CODE:
            self._add(Part("code", _ESCAPED.sub(r"\1", "\n".join(inner))))
        elif name == "":
            self._add(Part("code", "\n".join(self._lines[place : last + 1])))
        elif name == _VERSE:
            lines = [plain(line.strip(), self._notes) for line in inner]
            self._add(Part("prose", "\n".join(lines).strip()))
        elif name not in _LEFT_OUT:
            self._range(place + 1, last, depth + 1)

    def _fixed(self, place: int, end: int) -> int:
        first = place
        while place < end and _FIXED.match(self._lines[place]):
            place += 1
        lines = (line.lstrip()[1:].removeprefix(" ") for line in self._lines[first:place])
        self._add(Part("code", "\n".join(lines)))
        return place

    def _table(self, place: int, end: int) -> int:
        rows: list[list[str]] = []
        ruled_at: list[int] = []
        while place < end and _ROW.match(self._lines[place]):
            line = self._lines[place].strip()
            place += 1
            if _RULE_ROW.match(line):
                ruled_at.append(len(rows))
                continue
            cells = line.removeprefix("|").removesuffix("|").split("|")
            rows.append([plain(cell.strip(), self._notes).replace("\\vert", "|") for cell in cells])
        headed = True if any(0 < at < len(rows) for at in ruled_at) else None
        self.parts += table_parts(rows, headed=headed)
        self._footnotes()
        return place

    def _paragraph(self, place: int, end: int) -> int:
        """A paragraph, an item or a footnote: its lines to an empty one or another block."""
        first = self._lines[place]
        item, note = _ITEM.match(first), _NOTE.match(first)
        mark = item or note
        lines = [first[mark.end() :] if mark else first]
        place += 1
        while place < end:
            line = self._lines[place]
            if not line.strip() or _SPECIAL.match(line) or _BEGIN.match(line):
                break
            if item and len(line) - len(line.lstrip()) <= len(item[1] or item[2] or ""):
                break
            lines.append(line)
            place += 1
        text = ""
        for line in lines:
            text += _BREAK.sub("", line.strip()) + ("\n" if _BREAK.search(line) else " ")
        if item:
            text = _TERM.sub(r"\1: ", _ITEM_MARKS.sub("", text, count=1), count=1)
        text = plain(text.strip(), self._notes)
        text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
        self._add(Part("list_item" if item else "footnote" if note else "prose", text))
        return place

    def _add(self, part: Part) -> None:
        self.parts.append(part)
        self._footnotes()

    def _footnotes(self) -> None:
        self.parts += [Part("footnote", note) for note in self._notes]
        self._notes.clear()
