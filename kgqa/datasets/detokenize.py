"""Tokens back to prose: the spacing a writer would use, with every token's offsets.

Corpora such as DocRED ship tokens only. A model that is to read natural text must not
learn from "the men 's event ( 1997 - 8 )", so the spacing is restored by rule; a wrong
guess costs one space, never an offset.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CLOSING = frozenset(",.;:!?)]}%…”") | {"...", "..", "?!", "!!"}
_OPENING = frozenset("([{“\u2018$£€¥#") | {"US$", "A$", "C$", "HK$", "R$"}
_AFTER_QUOTE = frozenset(",.;:!?)]")
_TIGHT = frozenset({"—", "/", ".-", ".—", ".\u2013"})
_CLITIC = re.compile(r"(?:['\u2019](?!em$|til$|cause$|n$|tis$|twas$)[A-Za-z]+|n['\u2019]t)$")
_NUMBER = re.compile(r"\d[\d.,]*$")
_UP_TO_1000 = re.compile(r"[$\u00a3]?[1-9]\d{0,2}$")
_THREE_DIGITS = re.compile(r"\d{3}$")
_MONTH = re.compile(
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|ember|ober)?\.?$"
)


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """Character offsets of one token; empty for a token that was white space."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TokenText:
    """`tokens[s][t]` is where token `t` of sentence `s` stands in `text`."""

    text: str
    tokens: tuple[tuple[TokenSpan, ...], ...]


@dataclass(slots=True)
class _Glue:
    """Which neighbours each token of one sentence touches; `open` after its last quote."""

    left: list[bool]
    right: list[bool]
    open: bool = False


def detokenize(sentences: Sequence[Sequence[str]]) -> TokenText:
    """Join tokens to text, sentences by one space. White-space tokens become empty spans."""
    parts: list[str] = []
    spans: list[tuple[TokenSpan, ...]] = []
    length, touching, quote_open = 0, True, False
    for sentence in sentences:
        words = [token.strip() for token in sentence]
        kept = [word for word in words if word]
        glue = _glue(kept, quote_open)
        quote_open = glue.open
        row: list[TokenSpan] = []
        place = 0
        for word in words:
            if not word:
                row.append(TokenSpan(length, length))
                continue
            if not (touching or glue.left[place]):
                parts.append(" ")
                length += 1
            parts.append(word)
            row.append(TokenSpan(length, length + len(word)))
            length += len(word)
            touching = glue.right[place]
            place += 1
        touching = touching and length == 0
        spans.append(tuple(row))
    return TokenText("".join(parts), tuple(spans))


def _glue(words: Sequence[str], quote_open: bool) -> _Glue:
    glue = _Glue([False] * len(words), [False] * len(words))
    double = single = False
    for i, word in enumerate(words):
        if word == '"':
            if i == 0:
                double = quote_open
            double = _opens(words, i, double)
            _quote(glue, i, double)
        elif word == "'":
            possessive = not single and _possessive(words, i)
            single = not possessive and _opens(words, i, single)
            _quote(glue, i, single)
        elif _joins(words, i):
            glue.left[i] = glue.right[i] = True
        elif word in _CLOSING or _CLITIC.match(word) or word == "\u2019":
            glue.left[i] = True
        elif word in _OPENING and not (word == "#" and i and words[i - 1] in ("C", "F")):
            glue.right[i] = True
        elif word == "#":
            glue.left[i] = True
        elif word == "°" and i + 1 < len(words) and words[i + 1] in ("C", "F"):
            glue.right[i] = True
    glue.open = double
    return glue


def _quote(glue: _Glue, i: int, opens: bool) -> None:
    glue.right[i] = opens
    glue.left[i] = not opens


def _opens(words: Sequence[str], i: int, is_open: bool) -> bool:
    """Whether the quote at `i` opens: they alternate, but for what stands beside them."""
    if i and words[i - 1] in ("(", "["):
        return True
    return not is_open and i + 1 < len(words) and words[i + 1] not in _AFTER_QUOTE


def _possessive(words: Sequence[str], i: int) -> bool:
    """An apostrophe after a plural, unless a later one would close it as a quotation."""
    if i == 0 or not words[i - 1].endswith(("s", "z", "x")):
        return False
    later = sum(word == "'" for word in words[i + 1 :])
    return later % 2 == 0 or words[i - 1][0].isupper()


def _joins(words: Sequence[str], i: int) -> bool:
    """Whether the dash or slash at `i` touches both of its neighbours."""
    word = words[i]
    if not 0 < i < len(words) - 1:
        return False
    if word in _TIGHT:
        return True
    if word == ",":  # CoNLL04 has "3 , 400"
        return bool(_UP_TO_1000.match(words[i - 1]) and _THREE_DIGITS.match(words[i + 1]))
    if word == ":":
        return bool(_NUMBER.match(words[i - 1]) and _NUMBER.match(words[i + 1]))
    if word not in ("-", "\u2013"):
        return False
    before, after = words[i - 1], words[i + 1]
    if not (before[-1].isalnum() or before[-1] == ".") or not after[0].isalnum():
        return False
    if _between_dates(words, i):
        return False
    numbers = bool(_NUMBER.match(before) and _NUMBER.match(after))
    return word == "-" or numbers or (before[0].isupper() and after[0].isupper())


def _between_dates(words: Sequence[str], i: int) -> bool:
    """A dash between whole dates is spaced ("May 1861 - 26 June"), one in a date is not."""
    if _MONTH.match(words[i + 1]):
        return True
    if len(words[i - 1]) != 4 or not words[i - 1].isdigit():
        return False
    around = words[i - 2 : i - 1] if i >= 2 else []
    return any(_MONTH.match(word) for word in (*around, *words[i + 2 : i + 3]))
