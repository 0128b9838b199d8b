"""The known names in a question, found by looking its n-grams up: no model, one query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgqa.link.words import QUESTION_WORDS, STOP_WORDS
from kgqa.names import name_key, without_qualifier
from kgqa.store.base import GraphStore
from kgqa.store.records import NamedEntity
from kgqa.types import Entity

LONGEST_NAME = 12
"""Tokens of the longest n-gram; quoted and [bracketed] names may be longer."""
MOST_TOKENS = 512
"""Tokens of a question that are read."""

_TOKEN = re.compile(r"\w+(?:[.'\u2019&/-]\w+)*[+#]*")
_POSSESSIVE = re.compile(r"(?:['\u2019]s|(?<=s)['\u2019])$", re.IGNORECASE)
_DELIMITED = re.compile(r"\[([^\[\]]+)\]|\"([^\"]+)\"|\u201c([^\u201d]+)\u201d")

_QUOTED, _CAPITAL, _LOWER_NAME, _LOWER_WORD = 1.0, 0.9, 0.6, 0.35
_COMMON, _STOP = 0.1, 0.05
_NAMESAKE = 0.6
"""What a namesake keeps of its score when the question has a word that describes another."""


@dataclass(frozen=True, slots=True)
class Seed:
    """An entity that a question names: `surface == question[start:end]`.

    `score` is how sure it is that these words name something, times a share in
    [0.5, 1] by how many uses of the name are this entity's.
    """

    entity: Entity
    surface: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class _Span:
    """A run of characters that may be a name; `weight` in [0, 1], `length` in tokens."""

    start: int
    end: int
    keys: tuple[str, ...]
    weight: float
    length: int

    def overlaps(self, other: _Span) -> bool:
        return self.start < other.end and other.start < self.end


def seed_entities(store: GraphStore, question: str, limit: int = 20) -> list[Seed]:
    """Find the entities that a question names.

    Of overlapping names the quoted, then the longer, then the capitalised one counts.
    Single common words count only where the question names nothing else. All namesakes of
    a name are returned.

    Returns:
        At most `limit` seeds, best first; each entity once.
    """
    spans = [*_delimited(question), *_ngrams(question)]
    found: dict[str, list[NamedEntity]] = {}
    for named in store.find_entities(sorted({key for span in spans for key in span.keys})):
        found.setdefault(named.key, []).append(named)
    known = [span for span in spans if any(key in found for key in span.keys)]
    chosen = _without_overlaps(known)
    telling = [span for span in chosen if span.weight > _COMMON] or chosen
    best: dict[str, Seed] = {}
    for span in telling:
        for seed in _seeds(span, question, found):
            if seed.entity.id not in best or seed.score > best[seed.entity.id].score:
                best[seed.entity.id] = seed
    return sorted(best.values(), key=lambda s: (-s.score, s.start, s.entity.id))[:limit]


def _delimited(question: str) -> Iterator[_Span]:
    """Names in brackets or double quotes, whole and without their qualifier."""
    for match in _DELIMITED.finditer(question):
        text = match[match.lastindex or 0]
        if text.strip():
            start, end = match.span(match.lastindex or 0)
            keys = dict.fromkeys((name_key(text), name_key(without_qualifier(text))))
            yield _Span(start, end, tuple(keys), _QUOTED, len(_TOKEN.findall(text)) or 1)


def _ngrams(question: str) -> Iterator[_Span]:
    tokens = [match.span() for match in _TOKEN.finditer(question)][:MOST_TOKENS]
    words = [question[start:end] for start, end in tokens]
    capitals_tell = any(word in STOP_WORDS or word in QUESTION_WORDS for word in words)
    for first in range(len(tokens)):
        for last in range(first, min(first + LONGEST_NAME, len(tokens))):
            start, end = tokens[first][0], tokens[last][1]
            end -= len(_possessive(question[start:end]))
            chosen = [*words[first:last], question[tokens[last][0] : end]]
            weight = _weight(chosen, capitals_tell and first > 0)
            if weight > 0:
                key = name_key(question[start:end])
                yield _Span(start, end, (key,), weight, len(chosen))


def _possessive(text: str) -> str:
    match = _POSSESSIVE.search(text)
    return match[0] if match else ""


def _weight(words: Sequence[str], capitals_tell: bool) -> float:
    """How likely these words are a name, by how they are written; 0: never, or not with
    their article, without which they are looked at too.

    Args:
        words: at least one.
        capitals_tell: a capital is not just the start of the question or the style of it.
    """
    folded = [word.casefold() for word in words]
    capital = not (words[0][0].islower() or words[-1][:1].islower())
    named = capital and capitals_tell
    if len(words) > 1:
        if folded[0] == "the":
            return _CAPITAL if named else 0.0
        if (folded[0] in STOP_WORDS or folded[-1] in STOP_WORDS) and not named:
            return 0.0 if folded[-1] in STOP_WORDS else _LOWER_NAME / 2
        return _CAPITAL if capital else _LOWER_NAME
    if folded[0] in STOP_WORDS:
        return _LOWER_NAME / 2 if named else _STOP
    if folded[0] in QUESTION_WORDS and not named:
        return _COMMON
    return _CAPITAL if capital and not folded[0].isdigit() else _LOWER_WORD


def _without_overlaps(spans: Sequence[_Span]) -> list[_Span]:
    def rank(span: _Span) -> tuple[bool, int, float, int]:
        return span.weight < _QUOTED, -span.length, -span.weight, span.start

    chosen: list[_Span] = []
    for span in sorted(spans, key=rank):
        if not any(span.overlaps(other) for other in chosen):
            chosen.append(span)
    return chosen


def _seeds(
    span: _Span, question: str, found: Mapping[str, Sequence[NamedEntity]]
) -> Iterator[Seed]:
    """All namesakes of a span's first known key, by their share of its uses."""
    namesakes = next(found[key] for key in span.keys if key in found)
    uses = sum(named.count + 1 for named in namesakes)
    words = {name_key(token) for token in _TOKEN.findall(question)}
    described = [bool(_describing(named.entity) & words) for named in namesakes]
    for named, fits in zip(namesakes, described, strict=True):
        share = (named.count + 1) / uses
        score = span.weight * (0.5 + 0.5 * share)
        if any(described) and not fits:
            score *= _NAMESAKE
        yield Seed(named.entity, question[span.start : span.end], span.start, span.end, score)


def _describing(entity: Entity) -> set[str]:
    """Words of the description that the name lacks: {"explorer"} for "John Smith
    (explorer)"."""
    words = {name_key(token) for token in _TOKEN.findall(entity.description)}
    return words - STOP_WORDS - {name_key(token) for token in _TOKEN.findall(entity.name)}
