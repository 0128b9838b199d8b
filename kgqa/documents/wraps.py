"""Lines that were wrapped by hand or by an editor, joined to paragraphs.

A line end is taken for a wrap where the paragraph reads on over it. Verse, addresses and lists
of names keep their lines: a line end that stays in a text is one that was meant.
"""

# Typographic quotes and hyphens are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONNECTIVES = _words(
    "a an and as at but by for from her his in into is its my nor of on or our per than that the "
    "their to via was were which who whose with your de del der des di du la le van von und et"
)
_COMPOUND_STARTS = _words(
    "all anti co cross ex far full half high long low mid multi non post pre pro self semi short "
    "so twenty thirty forty fifty sixty seventy eighty ninety vice well"
)
# A sentence that ends inside a line and another that begins there.
_SENTENCE_INSIDE = re.compile(r"[a-z\d)\"'’][.!?]['\"”’)]?\s+[\"“'(]?[A-Z][\w,]")
_LAST_WORD = re.compile(r"([^\W\d_]+)\s*\Z")
_HYPHEN = re.compile(r"(?<=\w)([-\u2010\u00ad])[^\S\n]*\Z")
_PARTED = re.compile(r"([^\W\d_]+)[-\u2010\u00ad]\s*\Z")
_FIRST_WORD = re.compile(r"\s*([^\W\d_]+)")
_STOPPED = (".", ",", ";", ":", "!", "?", "—", "-", '"', "”", "’", "'")
_FILLED, _WIDE, _SHORT_LINE = 0.85, 40, 60
_VERSE_LINES, _VERSE_STOPPED, _VERSE_WIDTH = 3, 0.5, 0.75
_BROAD = 200
"""Lines as long as this are paragraphs of their own: no editor wraps there."""


def line_width(paragraphs: Sequence[Sequence[str]]) -> int:
    """How wide a text was wrapped: the length that 95 % of the lines inside its paragraphs keep
    within; 0 where no paragraph has two lines."""
    inside = sorted(len(line.rstrip()) for lines in paragraphs for line in lines[:-1])
    return inside[int(0.95 * (len(inside) - 1))] if inside else 0


def is_wrapped(lines: Sequence[str], width: int) -> bool:
    """Whether a paragraph's lines are one run of prose that was wrapped.

    Args:
        lines: the paragraph's, without their ends.
        width: of the whole text, see `line_width`.
    """
    if len(lines) < 2 or _is_verse(lines, width):
        return False
    if max(len(line) for line in lines[:-1]) >= _BROAD:
        return all(line.lstrip()[:1].islower() for line in lines[1:])
    if _reads_on(lines):
        return True
    return _WIDE <= width < _BROAD and all(
        len(line.rstrip()) + 1 + len(following.split()[0]) > _FILLED * width
        for line, following in pairwise(lines)
    )


def joined(lines: Sequence[str], words: frozenset[str]) -> str:
    """The lines of a wrapped paragraph as one; each line end becomes one space, so that offsets
    stay, but for a hyphen that only parted a word, which goes with its line end.

    Args:
        words: those of the whole text, lower case; they tell "exam-ple" from "well-known".
    """
    text = lines[0]
    for line in lines[1:]:
        hyphen = _HYPHEN.search(text)
        following = line.lstrip()
        if hyphen is None or not following[:1].isalnum() or text.rstrip()[-2:] == "--":
            text = f"{text} {line}"
        elif _parts_a_word(text, following, words):
            text = text[: hyphen.start()] + following
        else:
            text = text[: hyphen.start()] + "-" + following
    return text


def words_of(text: str) -> frozenset[str]:
    """The words of a text, also those with a hyphen, lower case."""
    return frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))


def _parts_a_word(text: str, following: str, words: frozenset[str]) -> bool:
    before, after = _PARTED.search(text), _FIRST_WORD.match(following)
    if before is None or after is None or not after[1][0].islower():
        return False
    left, right = before[1].lower(), after[1].lower()
    if left + right in words:
        return True
    if f"{left}-{right}" in words:
        return False
    return left not in _COMPOUND_STARTS and len(left) > 1


def _reads_on(lines: Sequence[str]) -> bool:
    """Whether any line end stands inside a sentence for certain, or a sentence inside a line."""
    for line, following in pairwise(lines):
        if following.lstrip()[:1].islower() or _HYPHEN.search(line):
            return True
        last = _LAST_WORD.search(line)
        if last is not None and last[1] in _CONNECTIVES:
            return True
    return any(_SENTENCE_INSIDE.search(line) for line in lines)


def _is_verse(lines: Sequence[str], width: int) -> bool:
    longest = max(len(line.strip()) for line in lines)
    narrow = longest <= _SHORT_LINE and (longest < _VERSE_WIDTH * width or longest >= width)
    if len(lines) < _VERSE_LINES or not narrow:
        return False
    if any(line.lstrip()[:1].islower() for line in lines):
        return False
    stopped = sum(line.rstrip().endswith(_STOPPED) for line in lines)
    inside = sum(bool(_SENTENCE_INSIDE.search(line)) for line in lines)
    return stopped >= _VERSE_STOPPED * len(lines) and 3 * inside < len(lines)
