"""A question that is to be altered, beside what its text and its article say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgqa.link.words import STOP_WORDS

CONTENT_WORD = re.compile(r"\b[a-z]{5,}\b")
FUNCTION_WORDS = STOP_WORDS | {
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

    def swapped(self, match: re.Match[str], other: str) -> str:
        """The question with other words in place of what matched in it."""
        return self.question[: match.start()] + other + self.question[match.end() :]

    def unlike(self, left_out: str) -> Iterator[str]:
        """The sentences of `away` that share no word of the question but those left out: in "A
        was born in X. B was born in Y." both names have an answer."""
        words = {word for word in content_words(self.question.casefold()) if word not in left_out}
        for part in self.away:
            if words.isdisjoint(content_words(part.casefold())):
                yield part


def content_words(text: str) -> list[str]:
    """Words in small letters that say something of what is asked."""
    return [word for word in CONTENT_WORD.findall(text) if word not in FUNCTION_WORDS]
