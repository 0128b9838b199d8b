"""The kinds of alterations: what is changed in a question, and for what."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kgqa.link.words import STOP_WORDS

_FILE = Path(__file__).with_name("word_groups.txt")
_NAME = re.compile(r"(?<=\s)[A-Z][\w'-]*(?: (?:of |the |de )?[A-Z][\w'-]*)*")
_INNER_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'-]*(?: (?:of |the |de )?[A-Z][\w'-]*)*")
"""A name that does not begin a sentence."""
_NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?=s?\b(?![.,]\d))")
_ORDINAL = re.compile(r"\b(\d{1,2})(st|nd|rd|th)\b")
_WORD = re.compile(r"\b[A-Za-z]+\b")
_CONTENT_WORD = re.compile(r"\b[a-z]{5,}\b")
_FUNCTION_WORDS = STOP_WORDS | {
    "again",
    "among",
    "being",
    "below",
    "called",
    "doing",
    "known",
    "located",
    "named",
    "never",
    "often",
    "still",
}
"""Words that say little of what is asked."""
_NEGATED = re.compile(
    r"^(?:What|Who|Which)\b[^,?]*? (?:was|were|is|are|can|could|will|would|should)\b"
    r"|\b(?:did|does|do|has|have|had) (?:he|she|it|they|(?:the )?[A-Z][\w'-]*(?: [A-Z][\w'-]*)*)\b"
)
"""What a "not" can follow."""
_FARTHEST = 15
"""So much a number is changed at most, or by a third of it."""
_ENDING = 2
"""Letters that two words of one form end in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question beside what it can be altered with.

    Attributes:
        text: of the passage, case-folded.
        sentence: the one that answers, case-folded.
        away: the others that the answer does not stand in, as written, one by one.
        names, words: of the questions about the same article.
    """

    question: str
    text: str
    sentence: str
    away: Sequence[str]
    names: Sequence[str]
    words: Sequence[str]


def content_words(text: str) -> list[str]:
    """Words in small letters that say something of what is asked."""
    return [word for word in _CONTENT_WORD.findall(text) if word not in _FUNCTION_WORDS]


def names_in(question: str) -> list[str]:
    """Names in a question, but for its first word."""
    return _NAME.findall(question)


def _swapped(question: str, match: re.Match[str], other: str) -> str:
    return question[: match.start()] + other + question[match.end() :]


def _name_of_article(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A name that the text has, for one of the same article that it has not."""
    others = [name for name in asked.names if name.casefold() not in asked.text]
    for match in _NAME.finditer(asked.question):
        yield from _name_swap(asked, match, others, draw)


def _name_of_text(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A name for one that another sentence than the answer's has."""
    question = asked.question.casefold()
    for match in _NAME.finditer(asked.question):
        found = [one for part in _unlike(asked, match[0]) for one in _INNER_NAME.findall(part)]
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
        yield _swapped(asked.question, match, draw.choice(alike))


def _one_name(one: str, other: str, text: str) -> bool:
    """Whether two names stand side by side somewhere: "Ada" and "Lovelace"."""
    one, other = one.casefold(), other.casefold()
    return f"{one} {other}" in text or f"{other} {one}" in text


def _shape(name: str) -> tuple[int, bool]:
    """How many words, and whether it is an acronym."""
    return name.count(" "), name.isupper()


def _number(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A number or an ordinal for one near it that the text has not."""
    for match in _NUMBER.finditer(asked.question):
        value = int(match[0])
        other = str(_near(value, max(2, min(_FARTHEST, value // 3)), draw))
        if match[0] in asked.text and other not in asked.text:
            yield _swapped(asked.question, match, other)
    for match in _ORDINAL.finditer(asked.question):
        other = _ordinal(_near(int(match[1]), 2, draw))
        if match[0] in asked.text and other not in asked.text:
            yield _swapped(asked.question, match, other)


def _near(value: int, farthest: int, draw: random.Random) -> int:
    return max(1, value + draw.choice((-1, 1)) * draw.randint(1, farthest))


def _ordinal(value: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{value}{'th' if 10 <= value % 100 <= 20 else endings.get(value % 10, 'th')}"


def _excluded(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A word for one that excludes it, which the text has not. "How few" asks for what "how
    many" asks for."""
    for match in _WORD.finditer(asked.question):
        if asked.question[: match.start()].casefold().endswith("how "):
            continue
        others = [one for one in word_groups().get(match[0], ()) if not _has(asked.text, one)]
        if others:
            yield _swapped(asked.question, match, draw.choice(others))


def _has(text: str, word: str) -> bool:
    return re.search(rf"\b{word.casefold()}\b", text) is not None


def _word_of_article(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A word that the text has, for one of its form that other questions have."""
    others = [word for word in asked.words if word not in asked.text]
    for match in _CONTENT_WORD.finditer(asked.question):
        yield from _word_swap(asked, match, others, draw)


def _word_of_text(asked: Asked, draw: random.Random) -> Iterator[str]:
    """A word for one of its form that another sentence than the answer's has."""
    for match in _CONTENT_WORD.finditer(asked.question):
        found = [one for part in _unlike(asked, match[0]) for one in content_words(part)]
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
    if alike and word in asked.text and word not in _FUNCTION_WORDS:
        yield _swapped(asked.question, match, draw.choice(alike))


def _negation(asked: Asked, _: random.Random) -> Iterator[str]:
    """A negation put in, or taken out."""
    for word in (" not ", " never "):
        if word in asked.question:
            yield asked.question.replace(word, " ", 1)
            return
    verb = _NEGATED.search(asked.question)
    if verb is not None:
        yield f"{asked.question[: verb.end()]} not{asked.question[verb.end() :]}"


def _unlike(asked: Asked, swapped: str) -> Iterator[str]:
    """The sentences of `away` that share no word of the question but the one that is swapped:
    in "A was born in X. B was born in Y." both names have an answer."""
    words = {word for word in content_words(asked.question.casefold()) if word not in swapped}
    for part in asked.away:
        if words.isdisjoint(content_words(part.casefold())):
            yield part


KINDS: Mapping[Callable[[Asked, random.Random], Iterator[str]], float] = MappingProxyType(
    {
        _excluded: 0.24,
        _name_of_article: 0.18,
        _name_of_text: 0.12,
        _number: 0.14,
        _word_of_article: 0.14,
        _word_of_text: 0.1,
        _negation: 0.08,
    }
)


@cache
def word_groups() -> Mapping[str, tuple[str, ...]]:
    """Word -> words that exclude it, from `word_groups.txt` beside this module."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        words = [] if line.startswith("#") else line.split()
        for word in words:
            found[word] += [other for other in words if other != word]
    return MappingProxyType({word: tuple(dict.fromkeys(others)) for word, others in found.items()})
