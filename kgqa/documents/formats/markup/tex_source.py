r"""LaTeX source made ready to be walked: comments gone, code set aside, braces matched."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from kgqa.documents.formats.markup.tex_macros import symbol, unicode_of

_CODE = ("verbatim", "Verbatim", "lstlisting", "minted", "alltt", "Highlighting", "BVerbatim")
_LEFT_OUT = (
    "comment",
    "tikzpicture",
    "pgfpicture",
    "picture",
    "filecontents",
    "CCSXML",
    "algorithmic",
)
_DISPLAYED = (
    "equation",
    "eqnarray",
    "align",
    "gather",
    "flalign",
    "multline",
    "alignat",
    "displaymath",
    "math",
    "dmath",
)
_APART = "|".join(
    re.escape(name + star) for name in (*_CODE, *_LEFT_OUT, *_DISPLAYED) for star in ("", "*")
)
_APART_PIECE = re.compile(
    rf"\\begin\{{(?P<name>{_APART})\}}"
    r"|\\(?:verb|url|nolinkurl|path|lstinline(?:\[[^\]\n]*\])?|mintinline\{\w*\})\*?"
    r"(?:\{(?P<braced>[^{}\n]*)\}|(?P<mark>[^A-Za-z\s*{])(?P<verb>[^\n]*?)(?P=mark))"
    r"|\\iffalse\b"
    r"|\\[\\%]"
    r"|(?P<comment>%[^\n]*(?:\n[ \t]*(?=\S))?)"
)
_ADDRESS = re.compile(r"\\(?:url|nolinkurl|path)\b")
_OPTIONS = re.compile(r"[^\S\n]*(?:\[[^\]\n]*\]|\{[^{}\n]*\})*[^\S\n]*\n?")
_STYLED = re.compile(r"\\[A-Z][A-Za-z]+Tok\{|\\(?P<name>[a-z]+)\{\}|\\(?P<mark>[{}_$&#%])|[{}]")
_BRACES = re.compile(r"\\.|[{}]", re.S)
_END = re.compile(r"\\end\s*\{([^{}\n]*)\}")
_DOCUMENT = re.compile(r"\\begin\s*\{document\}")
_DEFINITION = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand)\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*(?=\{)"
    r"|\\def\s*\\([A-Za-z]+)\s*(?=\{)"
)
_BRACKET = re.compile(r"\s*\[((?:[^\[\]{}]|\{[^{}]*\}){0,2000})\]")
_FORMULA = re.compile(r"((?:[^$\\\n]|\\.|\n(?!\s*\n))*)\$", re.S)
_FORMULA_CHARACTERS, _FORMULAS = 5000, 20_000
_WITHOUT_BRACES = str.maketrans({"{": None, "}": None, "~": " "})
_FORMULA_END = re.compile(r"\\[\])]")
_OPENS = {"\\]": "[", "\\)": "("}
_SPACE = re.compile(r"[ \t]*\n?[ \t]*")
PLACE = "\x02"
r"""Stands before and behind the number of a piece that was set aside."""


class Source:
    """A source to be walked.

    Attributes:
        text: without comments; `\\x02N\\x02` stands for `apart[N]`.
        apart: (kind, text): "verb" in a line, "code" and "display" (mathematics) on their own.
        close: place of an opening brace to that of its closing one.
        start, end: of the document's body in `text`.
        defined: macros without arguments that the source defines, to (start, end) of their text.
        expanded: those of them that have been read, to what they stand for.
    """

    def __init__(self, source: str) -> None:
        self.expanded: dict[str, str] = {}
        self._formulas = _FORMULAS
        self.apart: list[tuple[str, str]] = []
        self.text = self._set_apart(source.replace(PLACE, " "))
        self.close = _matched(self.text)
        begin = _DOCUMENT.search(self.text)
        self.start = begin.end() if begin else 0
        self._formula_ends = _Ends(
            (_OPENS[f[0]], f.start()) for f in _FORMULA_END.finditer(self.text)
        )
        ends = _Ends((found[1], found.start()) for found in _END.finditer(self.text))
        end = ends.after("document", self.start)
        self.end = len(self.text) if end is None else end
        self.defined = {
            found[1] or found[2]: (found.end() + 1, self.close[found.end()])
            for found in _DEFINITION.finditer(self.text)
            if found.end() in self.close
        }

    def argument(self, place: int) -> tuple[int, int, int] | None:
        """(start, end) of the argument in braces that follows, and the place behind it."""
        space = _SPACE.match(self.text, place)
        opens = space.end() if space else place
        close = self.close.get(opens)
        return None if close is None else (opens + 1, close, close + 1)

    def bracketed(self, place: int) -> re.Match[str] | None:
        """The argument in brackets that follows, its text the first group."""
        return _BRACKET.match(self.text, place)

    def skip(self, arguments: str, place: int) -> int:
        """Behind the arguments (see `tex_macros.SKIPPED`), of which any may be missing."""
        for kind in arguments:
            if kind == "*":
                place += self.text.startswith("*", place)
            elif kind == "[":
                found = self.bracketed(place)
                place = found.end() if found else place
            elif (braced := self.argument(place)) is not None:
                place = braced[2]
        return place

    def mathematics(self, mark: str, place: int) -> tuple[bool, str, int] | None:
        """(whether on its own, source, place behind) of what `$`, `(` or `[` has opened."""
        if mark != "$":
            end = self.text.find(
                "\\]" if mark == "[" else "\\)", place, place + _FORMULA_CHARACTERS
            )
            return None if end < 0 else (mark == "[", self.text[place:end].strip(), end + 2)
        displayed = self.text.startswith("$", place)
        found = _FORMULA.match(self.text, place + displayed)
        if found is None:
            return None
        behind = found.end()
        return displayed, found[1], behind + (displayed and self.text.startswith("$", behind))

    def formula(self, source: str) -> str:
        """The text of mathematics in a line; of a formula too many its source."""
        if "\\" not in source:
            return source.translate(_WITHOUT_BRACES)
        self._formulas -= 1
        return unicode_of(source) if self._formulas > 0 else source

    def _set_apart(self, source: str) -> str:
        pieces: list[str] = []
        endless: set[str] = set()
        place = 0
        while (found := _APART_PIECE.search(source, place)) is not None:
            pieces.append(source[place : found.start()])
            place = found.end()
            name = found["name"] or ("iffalse" if found[0] == r"\iffalse" else "")
            if name:
                closing = r"\fi" if name == "iffalse" else rf"\end{{{name}}}"
                end = -1 if name in endless else source.find(closing, place)
                if end < 0:
                    endless.add(name)
                    continue
                pieces.append(self._environment(name, source[place:end]))
                place = end + len(closing)
            elif found["comment"] is None:
                verb = found["braced"] if found["verb"] is None else found["verb"]
                pieces.append(found[0] if verb is None else self._keep("verb", _unescaped(found)))
        pieces.append(source[place:])
        return "".join(pieces)

    def _environment(self, name: str, body: str) -> str:
        plain = name.rstrip("*")
        if plain in _LEFT_OUT or plain == "iffalse":
            return ""
        if plain in _DISPLAYED:
            return self._keep("display", body.strip())
        options = _OPTIONS.match(body)
        body = body[options.end() :] if options else body
        if plain == "Highlighting":
            body = _STYLED.sub(lambda f: symbol(f["name"]) if f["name"] else f["mark"] or "", body)
        return self._keep("code", body)

    def _keep(self, kind: str, text: str) -> str:
        self.apart.append((kind, text))
        return f"{PLACE}{len(self.apart) - 1}{PLACE}"


def _unescaped(found: re.Match[str]) -> str:
    """The text of `\\verb|...|`, or of an address, in which marks may be escaped."""
    verb = found["braced"] if found["verb"] is None else found["verb"]
    return re.sub(r"\\([&%#_~$])", r"\1", verb) if _ADDRESS.match(found[0]) else str(verb)


class _Ends:
    """Where things of some names end; from anywhere the next one is found at once."""

    def __init__(self, ends: Iterable[tuple[str, int]]) -> None:
        self._places: dict[str, list[int]] = defaultdict(list)
        for name, place in ends:
            self._places[name].append(place)

    def after(self, name: str, place: int) -> int | None:
        """The first of this name at or behind a place."""
        places = self._places.get(name, [])
        nearest = bisect_left(places, place)
        return places[nearest] if nearest < len(places) else None


def _matched(text: str) -> dict[int, int]:
    close: dict[int, int] = {}
    opened: list[int] = []
    for found in _BRACES.finditer(text):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            close[opened.pop()] = found.start()
    return close
