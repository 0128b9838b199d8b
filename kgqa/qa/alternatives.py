"""A question that offers two names: its answer is one of them, wherever the texts have it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgqa.names import without_qualifier

_OR = re.compile(r",?\s+or\s+", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w'\u2019-])[^\W_]")


def alternatives(question: str, texts: Sequence[str]) -> tuple[tuple[int, int, int], ...]:
    """Where the texts have the two names of "Which is older, X or Y?".

    The second name is all that follows "or", the first the longest end of what precedes it
    that a text has; a qualifier ("(2004 film)") need not be there.

    Returns:
        (text, start, end) of each place, half-open characters; empty where the question offers
        no two names that the texts have.
    """
    asked = question.strip().rstrip("?. ")
    for found in _OR.finditer(asked):
        second = _places(asked[found.end() :], texts)
        before = asked[: found.start()]
        first = next(
            (p for m in _WORD.finditer(before) if (p := _places(before[m.start() :], texts))), ()
        )
        if first and second:
            return (*first, *second)
    return ()


def _places(name: str, texts: Sequence[str]) -> tuple[tuple[int, int, int], ...]:
    words = without_qualifier(name).split()
    if not words or (not words[0][:1].isupper() and not words[0][:1].isdigit()):
        return ()
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.I)
    return tuple((i, *m.span()) for i, text in enumerate(texts) for m in pattern.finditer(text))
