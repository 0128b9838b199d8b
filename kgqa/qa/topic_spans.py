"""Where a question names what it is about, names that touch taken together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kgqa.link.candidates import Seed

_JOINT = re.compile(r"(?:[\s,()\u2013-]|\b(?:Of|And|The|De|In|To|For|At)\b)*")
_QUALIFIER = re.compile(r"\s*\([^()]*\)")


@dataclass(frozen=True, slots=True)
class NameSpan:
    """`question[start:end]` is a name."""

    start: int
    end: int


def name_spans(question: str, seeds: Sequence[Seed]) -> list[NameSpan]:
    """The names of a question, in order.

    Names that touch are one ("Heart on Fire (Ruslana Song)"), with the brackets behind them.
    Words in small letters are no names where others have capitals.

    Args:
        seeds: the entities that the question names, by their words.
    """
    capital = [seed for seed in seeds if not seed.surface.islower()] or list(seeds)
    spans: list[NameSpan] = []
    for start, end in sorted({(seed.start, seed.end) for seed in capital}):
        if spans and start < spans[-1].end:
            continue
        if spans and _JOINT.fullmatch(question[spans[-1].end : start]):
            start = spans.pop().start
        spans.append(NameSpan(start, _with_brackets(question, start, end)))
    return spans


def _with_brackets(question: str, start: int, end: int) -> int:
    """The end of the name with the brackets that it opens or that follow it."""
    name = question[start:end]
    if name.count("(") > name.count(")") and ")" in question[end:]:
        return question.index(")", end) + 1
    found = _QUALIFIER.match(question, end)
    return found.end() if found else end
