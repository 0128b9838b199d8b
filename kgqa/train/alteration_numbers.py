"""Alterations of a question's numbers and times."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from kgqa.train.alteration_asked import Asked

_NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?=s?\b(?![.,]\d))")
_ORDINAL = re.compile(r"\b(\d{1,2})(st|nd|rd|th)\b")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_ASKS_TIME = re.compile(r"\b(?:when|years?|dates?|century|decade|long|old|age)\b")
_FARTHEST = 15
"""So much a number is changed at most, or by a third of it."""
_LEAST_SPACES = 3
"""In a question that says enough for a year to be put in."""


def near_number(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A number or an ordinal for one near it that the text has not."""
    for match in _NUMBER.finditer(asked.question):
        value = int(match[0])
        other = str(_near(value, max(2, min(_FARTHEST, value // 3)), draw))
        if match[0] in asked.text and other not in asked.text:
            yield asked.swapped(match, other)
    for match in _ORDINAL.finditer(asked.question):
        other = _ordinal(_near(int(match[1]), 2, draw))
        if match[0] in asked.text and other not in asked.text:
            yield asked.swapped(match, other)


def number_of_text(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A number for one of as many digits that another sentence than the answer's has."""
    for match in _NUMBER.finditer(asked.question):
        found = [one for part in asked.unlike(match[0]) for one in _NUMBER.findall(part)]
        others = [
            one
            for one in found
            if len(one) == len(match[0]) and one not in asked.question and one not in asked.sentence
        ]
        if others and match[0] in asked.text:
            yield asked.swapped(match, draw.choice(others))


def year_put_in(asked: Asked, draw: random.Random) -> Iterator[str]:
    """Another year than the answer's sentence has, where the question says none."""
    said = set(_YEAR.findall(asked.sentence))
    question = asked.question.rstrip("? ")
    timed = re.search(r"\d", question) or _ASKS_TIME.search(question.casefold())
    if not said or timed or question.count(" ") < _LEAST_SPACES:
        return
    found = {year for part in asked.away for year in _YEAR.findall(part)}
    found.add(str(_near(int(draw.choice(sorted(said))), _FARTHEST, draw)))
    others = sorted(found - said)
    if others:
        yield f"{question} in {draw.choice(others)}?"


def _near(value: int, farthest: int, draw: random.Random) -> int:
    return max(1, value + draw.choice((-1, 1)) * draw.randint(1, farthest))


def _ordinal(value: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{value}{'th' if 10 <= value % 100 <= 20 else endings.get(value % 10, 'th')}"
