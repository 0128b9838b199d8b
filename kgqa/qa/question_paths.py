"""The path of relations that a question asks for, found by how its parts are worded.

"Where was the director of X born?" is the noun phrase "the director of X" inside the question
"Where was it born?". Every way to cut a noun phrase around the name out of the question is
tried; the phrase is compared with how relations are put as nouns, the rest with how they are
asked for, both as embeddings of the frozen backbone, so that "husband" finds "spouse" and
"birthday" the date of birth. Whole questions are compared too: one relation, or one word for
two ("grandfather"). The most alike wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kgqa.link.words import STOP_WORDS
from kgqa.lm.encoder import Encoder
from kgqa.ontology import Ontology
from kgqa.qa.question_words import Followed, Wording, question_words
from kgqa.qa.topic_spans import NameSpan
from kgqa.qa.wording_vectors import WordingVectors

_NAME = "X"
"""Stands for the name in what is compared."""
_MOST_WORDS, _LOOKED_AT = 14, 4
_SURE = 0.97
"""A whole question that is so much like a wording is not cut."""
_POSSESSIVE = re.compile(r"['\u2019]s\b|(?<=s)['\u2019](?!\w)")
_WORD = re.compile(r"\w[\w-]*")


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a path; `question` asks for it and has {x} where it starts."""

    step: Followed
    question: str


@dataclass(frozen=True, slots=True)
class RelationPath:
    """What a question asks for, step by step; `score` is how much it is worded so, a cosine."""

    hops: tuple[Hop, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Cut:
    """A noun phrase of the name, and the question that remains around it."""

    noun: str
    rest: str


class PathFinder:
    """
    Args:
        encoder: embeds the wordings once, and each question's parts.
        ontology: a path's relations must join by their types.
    """

    def __init__(self, encoder: Encoder, ontology: Ontology) -> None:
        self._vectors = WordingVectors(encoder)
        self._ontology = ontology
        self._words = question_words()

    def path(self, question: str, name: NameSpan) -> RelationPath | None:
        """The path that the question is worded like most; None without words for two relations.

        Args:
            name: where the question names its one topic.
        """
        before, after = self._around(question, name)
        if not self._may_join(f"{before} {after}"):
            return None
        whole = f"{before} {_NAME}{after}?".strip()
        found = list(self._whole(self._vectors.of([whole])[whole]))
        if not found or max(path.score for path in found) < _SURE:
            cuts = list(dict.fromkeys(_cuts(before, after)))
            parts = list(dict.fromkeys(part for cut in cuts for part in (cut.noun, cut.rest)))
            found += self._joined(cuts, self._vectors.of(parts))
        return max(found, key=lambda path: path.score, default=None)

    def _may_join(self, around: str) -> bool:
        """Whether there are words for two relations, or one that stands for two: it costs
        nothing to see that most questions ask for one."""
        telling = _telling(around)
        joint = any(word in self._words.joint for word in telling)
        return len(around.split()) <= _MOST_WORDS and (len(telling) > 1 or joint)

    def _around(self, question: str, name: NameSpan) -> tuple[str, str]:
        """What stands before the name, without the word for its kind, and after it."""
        before = question[: name.start].rstrip("\"'\u201c ")
        words = before.split()
        if len(words) > 1 and words[-1].casefold() in self._words.kinds:
            words.pop()
        return " ".join(words), question[name.end :].rstrip("?.! ").lstrip('"\u201d')

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        """[n_asks + n_nouns, width]."""
        wordings = (*self._words.asks, *self._words.nouns)
        return self._vectors.table([_named(wording) for wording in wordings])

    @property
    def _asks(self) -> NDArray[np.float32]:
        """[n_asks, width]."""
        return self._table[: len(self._words.asks)]

    @property
    def _nouns(self) -> NDArray[np.float32]:
        """[n_nouns, width]."""
        return self._table[len(self._words.asks) :]

    @cached_property
    def _fits(self) -> NDArray[np.bool_]:
        """[n_nouns, n_asks], whether the relation asked for may start where the noun ends."""
        ends = [self._types(wording.path[-1], end=True) for wording in self._words.nouns]
        starts = [self._types(wording.path[0], end=False) for wording in self._words.asks]
        return np.array([[bool(end & start) for start in starts] for end in ends])

    def _types(self, step: Followed, end: bool) -> frozenset[str]:
        relation = self._ontology.relation(step.relation)
        if relation is None:
            return frozenset()
        return frozenset(relation.tail if end != step.inverse else relation.head)

    def _whole(self, row: NDArray[np.float32]) -> Iterator[RelationPath]:
        """Of the whole question: one relation, or a word for two."""
        likeness = self._asks @ row
        for place in np.argsort(-likeness)[:_LOOKED_AT].tolist():
            hops = self._hops(self._words.asks[place].path)
            if hops:
                yield RelationPath(hops, float(likeness[place]))

    def _joined(
        self, cuts: Sequence[_Cut], rows: Mapping[str, NDArray[np.float32]]
    ) -> Iterator[RelationPath]:
        """A noun phrase and a question around it: the mean of both likenesses."""
        for cut in cuts:
            nouns, asks = self._nouns @ rows[cut.noun], self._asks @ rows[cut.rest]
            pairs = np.where(self._fits, nouns[:, None] + asks[None], -2.0)
            noun, ask = divmod(int(pairs.argmax()), pairs.shape[1])
            first = self._hops(self._words.nouns[noun].path)
            last = self._words.asks[ask].path
            # The question's own words say more than the nearest wording: "buried" is no "died".
            asked = cut.rest.replace(_NAME, "{x}", 1)
            rest = (Hop(last[0], asked),) if len(last) == 1 else self._hops(last)
            if first and rest:
                yield RelationPath((*first, *rest), float(pairs[noun, ask]) / 2)

    def _hops(self, path: Sequence[Followed]) -> tuple[Hop, ...]:
        """Each step with its wording; empty where one has none."""
        texts = [(step, self._words.question(step)) for step in path]
        hops = tuple(Hop(step, text) for step, text in texts if text is not None)
        return hops if len(hops) == len(path) else ()


def _telling(text: str) -> list[str]:
    """The words that may name a relation, folded."""
    words = (word.casefold() for word in _WORD.findall(text.replace(_NAME, " ")))
    return [word for word in words if word not in STOP_WORDS and len(word) > 1]


def _named(wording: Wording) -> str:
    return wording.text.replace("{x}", _NAME)


def _cuts(before: str, after: str) -> Iterator[_Cut]:
    """All noun phrases around the name that leave words for a question."""
    possessive = _POSSESSIVE.match(after)
    own = possessive[0] if possessive else ""
    left, right = before.split(), after[len(own) :].split()
    for first in range(min(1, len(left)), len(left) + 1):
        for last in range(len(right) + 1):
            if (own and not last) or (first == len(left) and not last):
                continue
            words = [*left[first:], f"{_NAME}{own}", *right[:last]]
            rest = (left[:first], right[last:])
            noun = " ".join(words)
            ending = _POSSESSIVE.search(words[-1]) if last else None
            if ending:
                noun = noun[: -len(ending[0])]
            placeholder = f"{_NAME}'s" if ending else _NAME
            if any(rest) and _telling(noun):
                yield _Cut(noun, " ".join([*rest[0], placeholder, *rest[1]]) + "?")
