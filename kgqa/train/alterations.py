"""Answerable questions altered so that their text no longer answers them.

The crowd that wrote SQuAD 2.0's unanswerable questions mostly changed one thing in a question:
a name, a number or a word for another, or they put in a negation (Rajpurkar et al. 2018, arXiv
1806.03822, table 2). So do these; the question as it was stays beside them in training.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kgqa.documents.sentences import sentence_spans
from kgqa.train.questions import ReadingExample

_FILE = Path(__file__).with_name("word_groups.txt")
_NAME = re.compile(r"(?<=\s)[A-Z][\w'-]*(?: (?:of |the |de )?[A-Z][\w'-]*)*")
_INNER_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'-]*(?: (?:of |the |de )?[A-Z][\w'-]*)*")
"""A name that does not begin a sentence."""
_NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?=s?\b(?![.,]\d))")
_ORDINAL = re.compile(r"\b(\d{1,2})(st|nd|rd|th)\b")
_WORD = re.compile(r"\b[A-Za-z]+\b")
_CONTENT_WORD = re.compile(r"\b[a-z]{5,}\b")
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
class _Asked:
    """A question beside what it can be altered with; texts are case-folded.

    Attributes:
        text: of the passage; `sentence` that which answers, `away` all others as written.
        names, words: of the questions about the same article.
    """

    question: str
    text: str
    sentence: str
    away: str
    names: Sequence[str]
    words: Sequence[str]


def altered(examples: Sequence[ReadingExample], share: float, seed: int) -> list[ReadingExample]:
    """Questions about the same text with one thing changed, so that it gives no answer.

    Args:
        examples: answerable ones.
        share: how many to try to make, as a share of the examples; above 1, several of each.
    """
    draw = random.Random(seed)
    names, words = _of_articles(examples)
    made = []
    for example in _drawn(examples, share, draw):
        asked = _asked(example, names[example.title], words[example.title])
        question = _alteration(asked, draw)
        if question is not None:
            made.append(replace(example, question=question, start=0, end=0))
    return made


def _drawn(
    examples: Sequence[ReadingExample], share: float, draw: random.Random
) -> Iterator[ReadingExample]:
    left = int(share * len(examples))
    while left > 0 and examples:
        yield from draw.sample(list(examples), min(left, len(examples)))
        left -= len(examples)


def _of_articles(
    examples: Sequence[ReadingExample],
) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """Names and words of the questions, article by article."""
    names: dict[str, list[str]] = defaultdict(list)
    words: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        names[example.title] += _NAME.findall(example.question)
        words[example.title] += _CONTENT_WORD.findall(example.question)
    return names, words


def _asked(example: ReadingExample, names: Sequence[str], words: Sequence[str]) -> _Asked:
    text, answer = example.text, example.text[example.start : example.end].casefold()
    spans = sentence_spans(text)
    sentence = next((text[s:e] for s, e in spans if s <= example.start < e), "")
    away = [text[s:e] for s, e in spans if not s <= example.start < e]
    others = " ".join(part for part in away if answer not in part.casefold())
    return _Asked(example.question, text.casefold(), sentence.casefold(), others, names, words)


def _alteration(asked: _Asked, draw: random.Random) -> str | None:
    """One alteration, its kind drawn by the kinds' weights among those that can be made."""
    kinds = list(_KINDS)
    while kinds:
        kind = draw.choices(kinds, [_KINDS[one] for one in kinds])[0]
        questions = [one for one in kind(asked, draw) if one != asked.question]
        if questions:
            return draw.choice(questions)
        kinds.remove(kind)
    return None


def _swapped(question: str, match: re.Match[str], other: str) -> str:
    return question[: match.start()] + other + question[match.end() :]


def _name_of_article(asked: _Asked, draw: random.Random) -> Iterator[str]:
    """A name that the text has, for one of the same article that it has not."""
    others = [name for name in asked.names if name.casefold() not in asked.text]
    yield from _name_swaps(asked, others, draw)


def _name_of_text(asked: _Asked, draw: random.Random) -> Iterator[str]:
    """A name for one that another sentence than the answer's has."""
    question = asked.question.casefold()
    others = [one for one in _INNER_NAME.findall(asked.away) if one.casefold() not in question]
    yield from _name_swaps(asked, others, draw)


def _name_swaps(asked: _Asked, others: Sequence[str], draw: random.Random) -> Iterator[str]:
    for match in _NAME.finditer(asked.question):
        alike = [one for one in others if _shape(one) == _shape(match[0])]
        if alike and match[0].casefold() in asked.text:
            yield _swapped(asked.question, match, draw.choice(alike))


def _shape(name: str) -> tuple[int, bool]:
    """How many words, and whether it is an acronym."""
    return name.count(" "), name.isupper()


def _number(asked: _Asked, draw: random.Random) -> Iterator[str]:
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


def _excluded(asked: _Asked, draw: random.Random) -> Iterator[str]:
    """A word for one that excludes it, which the answer's sentence has not."""
    for match in _WORD.finditer(asked.question):
        others = [one for one in word_groups().get(match[0], ()) if not _has(asked.sentence, one)]
        if others:
            yield _swapped(asked.question, match, draw.choice(others))


def _has(text: str, word: str) -> bool:
    return re.search(rf"\b{word.casefold()}\b", text) is not None


def _word_of_article(asked: _Asked, draw: random.Random) -> Iterator[str]:
    """A word that the text has, for one of its form that other questions have."""
    others = [word for word in asked.words if word not in asked.text]
    yield from _word_swaps(asked, others, draw)


def _word_of_text(asked: _Asked, draw: random.Random) -> Iterator[str]:
    """A word for one of its form that another sentence than the answer's has."""
    found = _CONTENT_WORD.findall(asked.away)
    yield from _word_swaps(asked, [one for one in found if one not in asked.sentence], draw)


def _word_swaps(asked: _Asked, others: Sequence[str], draw: random.Random) -> Iterator[str]:
    question = asked.question.casefold()
    for match in _CONTENT_WORD.finditer(asked.question):
        alike = [
            one
            for one in others
            if one[-_ENDING:] == match[0][-_ENDING:] and one not in question and match[0] not in one
        ]
        if alike and match[0] in asked.text:
            yield _swapped(asked.question, match, draw.choice(alike))


def _negation(asked: _Asked, _: random.Random) -> Iterator[str]:
    """A negation put in, or taken out."""
    for word in (" not ", " never "):
        if word in asked.question:
            yield asked.question.replace(word, " ", 1)
            return
    verb = _NEGATED.search(asked.question)
    if verb is not None:
        yield f"{asked.question[: verb.end()]} not{asked.question[verb.end() :]}"


_KINDS: Mapping[Callable[[_Asked, random.Random], Iterator[str]], float] = MappingProxyType(
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
