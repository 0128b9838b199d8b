"""The kinds of alterations: what is changed in a question, and for what."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from kgqa.train.alteration_asked import CONTENT_WORD, FUNCTION_WORDS, Asked, content_words
from kgqa.train.alteration_numbers import near_number, number_of_text, year_put_in
from kgqa.train.word_lists import word_groups

_NAME = re.compile(r"(?<=\s)[A-Z][\w'-]*(?: (?:of |the |de )?[A-Z][\w'-]*)*")
_INNER_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'-]*(?: (?:of |the |de )?[A-Z][\w'-]*)*")
"""A name that does not begin a sentence."""
_WORDS_BETWEEN = re.compile(r"\b[a-z]{4,}\b")
_SYMMETRIC = re.compile(r"\b(?:and|or|with)\b")
"""Between two names that can change places without a change of meaning."""
_WORD = re.compile(r"\b[A-Za-z]+\b")
_NEGATED = re.compile(
    r"^(?:What|Who|Which)\b[^,?]*? (?:was|were|is|are|can|could|will|would|should)\b"
    r"|\b(?:did|does|do|has|have|had) (?:he|she|it|they|(?:the )?[A-Z][\w'-]*(?: [A-Z][\w'-]*)*)\b"
)
"""What a "not" can follow."""
_CALENDAR = ("January", "Monday")
"""On the lines of the months and of the weekdays."""
_ENDING = 2
"""Letters that two words of one form end in."""


def names_in(question: str) -> list[str]:
    """Names in a question, but for its first word."""
    return _NAME.findall(question)


def _name_of_article(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A name that the text has, for one of the same article that it has not."""
    others = [name for name in asked.names if name.casefold() not in asked.text]
    for match in _NAME.finditer(asked.question):
        yield from _name_swap(asked, match, others, draw)


def _name_of_text(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A name for one that another sentence than the answer's has."""
    question = asked.question.casefold()
    for match in _NAME.finditer(asked.question):
        found = [one for part in asked.unlike(match[0]) for one in _INNER_NAME.findall(part)]
        others = [one for one in found if one.casefold() not in question]
        yield from _name_swap(asked, match, others, draw)


def _name_swap(
    asked: Asked, match: re.Match[str], others: Sequence[str], draw: random.Random
) -> Iterator[str]:
    alike = [
        one
        for one in others
        if _shape(one) == _shape(match[0]) and not _one_name(one, match[0], asked.text)
    ]
    if alike and match[0].casefold() in asked.text:
        yield asked.swapped(match, draw.choice(alike))


def _names_exchanged(asked: Asked, _: random.Random) -> Iterator[str]:
    """Two names of the text in each other's place: who gave is who got."""
    named = _NAME.finditer(asked.question)
    found = [m for m in named if m[0].casefold() in asked.text and not _of_calendar(m[0])]
    for one, other in itertools.pairwise(found):
        between = asked.question[one.end() : other.start()]
        roles = _WORDS_BETWEEN.search(between) and not _SYMMETRIC.search(between)
        if roles and not _one_name(one[0], other[0], asked.text) and one[0] != other[0]:
            before, after = asked.question[: one.start()], asked.question[other.end() :]
            yield f"{before}{other[0]}{between}{one[0]}{after}"


def _one_name(one: str, other: str, text: str) -> bool:
    """Whether two names stand side by side somewhere: "Ada" and "Lovelace"."""
    one, other = one.casefold(), other.casefold()
    return f"{one} {other}" in text or f"{other} {one}" in text


def _shape(name: str) -> tuple[int, bool, bool]:
    """How many words, whether it is an acronym, and whether a month or a weekday."""
    return name.count(" "), name.isupper(), _of_calendar(name)


def _of_calendar(name: str) -> bool:
    return any(name == first or first in word_groups().get(name, ()) for first in _CALENDAR)


def _excluded(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A word for one that excludes it, which the text has not. "How few" asks for what "how
    many" asks for."""
    for match in _WORD.finditer(asked.question):
        if asked.question[: match.start()].casefold().endswith("how "):
            continue
        others = [one for one in word_groups().get(match[0], ()) if not _has(asked.text, one)]
        if others:
            yield asked.swapped(match, draw.choice(others))


def _has(text: str, word: str) -> bool:
    return re.search(rf"\b{word.casefold()}\b", text) is not None


def _word_of_article(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A word that the text has, for one of its form that other questions have."""
    others = [word for word in asked.words if word not in asked.text]
    for match in CONTENT_WORD.finditer(asked.question):
        yield from _word_swap(asked, match, others, draw)


def _word_of_text(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A word for one of its form that another sentence than the answer's has."""
    for match in CONTENT_WORD.finditer(asked.question):
        found = [one for part in asked.unlike(match[0]) for one in content_words(part)]
        others = [one for one in found if one not in asked.sentence]
        yield from _word_swap(asked, match, others, draw)


def _word_swap(
    asked: Asked, match: re.Match[str], others: Sequence[str], draw: random.Random
) -> Iterator[str]:
    question, word = asked.question.casefold(), match[0]
    alike = [
        one
        for one in others
        if one[-_ENDING:] == word[-_ENDING:] and one not in question and word not in one
    ]
    if alike and word in asked.text and word not in FUNCTION_WORDS:
        yield asked.swapped(match, draw.choice(alike))


def _negation(asked: Asked, _: random.Random) -> Iterator[str]:
    """A negation put in, or taken out."""
    for word in (" not ", " never "):
        if word in asked.question:
            yield asked.question.replace(word, " ", 1)
            return
    verb = _NEGATED.search(asked.question)
    if verb is not None:
        yield f"{asked.question[: verb.end()]} not{asked.question[verb.end() :]}"


KINDS: Mapping[Callable[[Asked, random.Random], Iterator[str]], float] = MappingProxyType(
    {
        _excluded: 0.3,
        _name_of_article: 0.14,
        _name_of_text: 0.12,
        _names_exchanged: 0.05,
        near_number: 0.09,
        number_of_text: 0.07,
        year_put_in: 0.04,
        _word_of_article: 0.1,
        _word_of_text: 0.08,
        _negation: 0.05,
    }
)
