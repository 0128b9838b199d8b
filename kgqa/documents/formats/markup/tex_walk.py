r"""LaTeX source walked into parts, token by token: no group or environment is too deep."""

from __future__ import annotations

import re

from kgqa.documents.formats.markup import tex_tokens as tokens
from kgqa.documents.formats.markup.tex_macros import (
    BREAKS,
    ENVIRONMENT_ARGUMENTS,
    FRONT,
    SECTIONS,
    SKIPPED,
    SPACES,
    TABLES,
    TEXTS,
    symbol,
    unicode_of,
)
from kgqa.documents.formats.markup.tex_source import PLACE, Source
from kgqa.documents.formats.markup.tex_tables import Table
from kgqa.documents.layout import Part
from kgqa.types import BlockKind

_BREAK = "\x1e"
_DEPTH = 20


class Walk:
    """What has been read so far, and where.

    Attributes:
        front: title, author, date, keywords, as the source names them.
    """

    def __init__(self, source: Source, depth: int = 0) -> None:
        self.parts: list[Part] = []
        self.front: dict[str, str] = {}
        self._source = source
        self._depth = depth
        self._run: list[str] = []
        self._notes: list[str] = []
        self._environments: list[str] = []
        self._kind: BlockKind = "prose"
        self._table: Table | None = None

    def read(self, start: int, end: int) -> None:
        """Walk the source between two places."""
        place, text = start, self._source.text
        while place < end and (found := tokens.TOKEN.match(text, place, end)) is not None:
            place = self._token(found, found.end())
        self.flush()

    def line(self, start: int, end: int) -> str:
        """The text between two places on one line; its footnotes are kept for later."""
        if self._depth >= _DEPTH:
            return ""
        inner = Walk(self._source, self._depth + 1)
        inner.read(start, end)
        self._notes += [part.text for part in inner.parts if part.kind == "footnote"]
        texts = (part.text for part in inner.parts if part.kind in ("prose", "list_item", "code"))
        return " ".join(" ".join(texts).split())

    def _token(self, found: re.Match[str], place: int) -> int:
        if found["text"] is not None:
            self._run.append(tokens.dashed(found["text"], self._run))
        elif found["blank"] is not None:
            if found["blank"].count("\n") > 1:
                self.flush()
            else:
                self._run.append(" ")
        elif found["accent"] is not None:
            bare = not found["base"].strip("{} ")
            accented = f"\\{found['accent']} {found['base']}"
            self._run.append(found["accent"] if bare else unicode_of(accented))
            return place + len(found["base"])
        elif found["name"] is not None:
            return self._macro(found["name"], place)
        elif found["place"] is not None:
            self._apart(*self._source.apart[int(found["place"].strip(PLACE))])
        else:
            return self._mark(found["mark"], place)
        return place

    def _mark(self, mark: str, place: int) -> int:
        if mark == "$":
            return self._mathematics(mark, place)
        if mark == "&" and self._table is not None:
            self._table.end_cell(self._taken())
        else:
            self._run.append(tokens.MARKS.get(mark, "" if mark in "{}\\\x02" else mark))
        return place

    def _mathematics(self, mark: str, place: int) -> int:
        found = self._source.mathematics(mark, place)
        if found is None:
            self._run.append("$" if mark == "$" else "")
            return place
        displayed, formula, behind = found
        if displayed:
            self._apart("display", formula)
        else:
            self._run.append(self._source.formula(formula))
        return behind

    def _apart(self, kind: str, text: str) -> None:
        if kind == "verb" or self._table is not None:
            self._run.append(text)
        else:
            self._add(Part("code", text))

    def _macro(self, name: str, place: int) -> int:
        plain = name.rstrip("*")
        if plain in ("begin", "end"):
            named = tokens.NAME.match(self._source.text, place)
            if named is not None:
                enter = self._begin if plain == "begin" else self._end
                return enter(named[1].strip(), named.end())
        elif plain in SECTIONS or plain in FRONT or plain in TEXTS:
            return self._with_text(plain, place)
        elif plain == "item" or plain == "bibitem":
            return self._item(plain, place)
        elif plain in BREAKS:
            return self._break(self._source.skip("*[", place))
        elif name in ("[", "("):
            return self._mathematics(name, place)
        elif self._table is not None and self._table.rule(plain):
            trimmed = tokens.TRIMMED_RULE.match(self._source.text, place)
            place = trimmed.end() if trimmed else place
            return self._source.skip("{", place) if plain in ("cmidrule", "cline") else place
        elif plain == "par":
            self.flush()
        elif plain in ("def", "gdef", "edef"):
            named = tokens.DEFINED.match(self._source.text, place)
            return self._source.skip("{", named.end()) if named else place
        elif plain in SKIPPED:
            return self._source.skip(SKIPPED[plain], place)
        else:
            return self._symbol(plain, place)
        return place

    def _symbol(self, name: str, place: int) -> int:
        if name in SPACES:
            self._run.append(" ")
        elif name in self._source.defined:
            self._run.append(self._expansion(name))
        else:
            self._run.append(symbol(name))
        # White space behind a macro's name only ends the name.
        if name[-1:].isalpha():
            space = tokens.SPACE.match(self._source.text, place)
            place = space.end() if space else place
        return place

    def _expansion(self, name: str) -> str:
        """The text of a macro that the source defines; each is read once."""
        expanded = self._source.expanded
        if name not in expanded:
            expanded[name] = ""  # also where it stands for itself
            start, end = self._source.defined[name]
            expanded[name] = self.line(start, min(end, start + 2000))[:2000]
        return expanded[name]

    def _with_text(self, name: str, place: int) -> int:
        """A macro whose argument is a piece of text of its own."""
        braced = self._source.argument(self._source.skip("*[", place))
        if braced is None:
            return place
        start, end, behind = braced
        text = self.line(start, end)
        if name in FRONT:
            self.front.setdefault(FRONT[name], text.replace(" ,", ","))
        elif name in SECTIONS:
            self._add(Part("heading", text, level=SECTIONS.index(name) + 1))
        elif name in ("footnote", "footnotetext"):
            self._notes.append(text)
        elif name in ("caption", "captionof"):
            self.parts.append(Part("prose", text))
        else:
            self._run.append(text)
        # Its second argument says the same again, for a PDF's bookmarks.
        return self._source.skip("{", behind) if name == "texorpdfstring" else behind

    def _item(self, name: str, place: int) -> int:
        self.flush()
        found = self._source.bracketed(place)
        if name == "bibitem":
            self._kind = "footnote"
            return self._source.skip("[{", place)
        self._kind = "list_item"
        if found is None:
            return place
        if "description" in self._environments[-1:]:
            self._run.append(f"{self.line(found.start(1), found.end(1))}: ")
        return found.end()

    def _break(self, place: int) -> int:
        if self._table is not None:
            self._table.end_row(self._taken())
        else:
            self._run.append(_BREAK)
        return place

    def _begin(self, name: str, place: int) -> int:
        if self._table is None:
            self.flush()
        self._environments.append(name)
        place = self._source.skip(ENVIRONMENT_ARGUMENTS.get(name, ""), place)
        if name in TABLES and self._table is None:
            self._table = Table(len(self._environments))
        return place

    def _end(self, name: str, place: int) -> int:
        if self._table is not None:
            if len(self._environments) <= self._table.depth and name in TABLES:
                self._table.end_row(self._taken())
                table, self._table = self._table, None
                self.parts += table.parts()
                self.flush()
        else:
            self.flush()
            self._kind = "prose"
        if self._environments:
            self._environments.pop()
        return place

    def _taken(self) -> str:
        """The run so far, on one line."""
        text = " ".join("".join(self._run).replace(_BREAK, " ").split())
        self._run = []
        return text

    def _add(self, part: Part) -> None:
        self.flush()
        self.parts.append(part)

    def flush(self) -> None:
        """The run so far becomes a part, its footnotes follow it; in a table it goes on."""
        if self._table is not None:
            self._run.append(" ")
            return
        lines = (" ".join(line.split()) for line in "".join(self._run).split(_BREAK))
        text = "\n".join(line for line in lines if line)
        self._run = []
        if text:
            self.parts.append(Part(self._kind, text))
            self._kind = "prose"
        self.parts += [Part("footnote", note) for note in self._notes]
        self._notes = []
