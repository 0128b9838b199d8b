"""Questions in other words that ask for the same thing.

An altered question (`alterations.py`) has a word that its text has not, and so has every question
of a person who says it in other words. What tells them apart is what the words mean: so words
are put in the place of others that mean the same, in questions with an answer and without one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from kgqa.train.questions import ReadingExample
from kgqa.train.word_lists import same_words

_WORD = re.compile(r"[\w'-]+")
_CHANGED = 0.5
"""Share of the words and phrases that are changed where they can be."""
_VOWELS = "aeiou"


def reworded(examples: Sequence[ReadingExample], share: float, seed: int) -> list[ReadingExample]:
    """The examples, a share of them with their questions in other words where that can be.

    Args:
        share: in [0, 1].
    """
    draw = random.Random(seed)
    return [
        replace(one, question=_reworded(one.question, draw)) if draw.random() < share else one
        for one in examples
    ]


def _reworded(question: str, draw: random.Random) -> str:
    found = list(_phrases(question))
    kept = [one for one in found if draw.random() < _CHANGED] or found[:1]
    for start, end in reversed(kept):
        other = draw.choice(same_words()[question[start:end].casefold()])
        if _article_fits(question, start, other):
            other = other[0].upper() + other[1:] if question[start].isupper() else other
            question = question[:start] + other + question[end:]
    return question


def _phrases(question: str) -> Iterator[tuple[int, int]]:
    """Spans of the longest phrases from left to right that have others of their meaning."""
    words = [match.span() for match in _WORD.finditer(question)]
    place = 0
    while place < len(words):
        start = words[place][0]
        for last in range(min(place + _longest(), len(words)) - 1, place - 1, -1):
            phrase = question[start : words[last][1]]
            plain = phrase if start else phrase[0].casefold() + phrase[1:]  # not a name
            if plain in same_words():
                yield start, words[last][1]
                place = last
                break
        place += 1


def _article_fits(question: str, start: int, other: str) -> bool:
    """Whether "a" or "an" before the phrase, if any, stays right."""
    before = question[:start].casefold().split(" ")
    article = before[-2] if len(before) > 1 and not before[-1] else ""
    return article not in ("a", "an") or (article == "an") == (other[0] in _VOWELS)


@cache
def _longest() -> int:
    return max(phrase.count(" ") + 1 for phrase in same_words())
