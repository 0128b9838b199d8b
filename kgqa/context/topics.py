"""The entities that a question names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kgqa.link.candidates import LONGEST_NAME
from kgqa.names import name_key
from kgqa.types import Entity

_BRACKETS = re.compile(r"\[([^\[\]]+)\]")
MASK = "[MASK]"
"""Stands for a topic in what the network reads, so that it learns relations, not names."""


@dataclass(frozen=True, slots=True)
class Named:
    """`question[start:end]` names the entities."""

    start: int
    end: int
    entities: tuple[int, ...]


class TopicIndex:
    """Names and aliases of a graph's entities; its table is made when first used.

    Args:
        names: of the entities, in their order.
        aliases: the other names of each, likewise.
    """

    def __init__(self, names: Sequence[str], aliases: Sequence[Sequence[str]]) -> None:
        self._names, self._aliases = names, aliases
        self._table: dict[str, list[int]] = {}
        self._exact: dict[str, list[int]] = {}

    @classmethod
    def of(cls, entities: Sequence[Entity]) -> TopicIndex:
        """The index of the store's entities by name and alias, each at its place in them."""
        return cls([one.name for one in entities], [one.aliases for one in entities])

    def find(self, question: str) -> list[int]:
        """The entities that the question names, the longest name first."""
        named = sorted(self.spans(question), key=lambda one: one.start - one.end)
        return list(dict.fromkeys(entity for one in named for entity in one.entities))

    def entity(self, name: str) -> int | None:
        """The entity of that name, else the first one that has it up to case and accents."""
        self._build()
        return next(iter(self._lookup(name)), None)

    def masked(self, question: str, topics: Sequence[int]) -> str:
        """The question with MASK in place of each name of one of the topics."""
        wanted = set(topics)
        spans = [one for one in self.spans(question) if wanted & set(one.entities)]
        for one in sorted(spans, key=lambda one: -one.start):
            question = f"{question[: one.start]}{MASK}{question[one.end :]}"
        return question

    def spans(self, question: str) -> list[Named]:
        """Where topics are named: in [brackets], else by longest match over runs of words.

        Of several matches without brackets, a single word beside the longest one counts only
        if it is written in capitals as the entity is: "films" and "who" are titles too.
        """
        self._build()
        marked = [
            Named(found.start(), found.end(), entities)
            for found in _BRACKETS.finditer(question)
            if (entities := self._lookup(found[1]))
        ]
        return marked or self._by_words(question)

    def _build(self) -> None:
        if self._table:
            return
        for i, (name, aliases) in enumerate(zip(self._names, self._aliases, strict=True)):
            self._exact.setdefault(name, []).append(i)
            for form in (name, *aliases):
                held = self._table.setdefault(topic_key(form), [])
                if i not in held:
                    held.append(i)

    def _lookup(self, text: str) -> tuple[int, ...]:
        """The entities of exactly that name; else all that have it up to case and accents."""
        return tuple(self._exact.get(text) or self._table.get(topic_key(text)) or ())

    def _by_words(self, question: str) -> list[Named]:
        words = [(m.start(), m.end()) for m in re.finditer(r"\S+", question)]
        taken = [False] * len(words)
        found: list[Named] = []
        for length in range(min(LONGEST_NAME, len(words)), 0, -1):
            for first in range(len(words) - length + 1):
                if any(taken[first : first + length]):
                    continue
                start, end = _trimmed(question, words[first][0], words[first + length - 1][1])
                text = question[start:end]
                # "the films" is the key "films": a matter of the shorter run, with its rule.
                if text not in self._exact and len(topic_key(text).split()) < length:
                    continue
                entities = self._lookup(text)
                if not entities or (found and length == 1 and not self._telling(text, start)):
                    continue
                found.append(Named(start, end, entities))
                taken[first : first + length] = [True] * length
        return _without_common(question, found)

    def _telling(self, text: str, start: int) -> bool:
        return start > 0 and text in self._exact and not text.islower()


def topic_key(name: str) -> str:
    """`name_key` with underscores read as spaces."""
    return name_key(name.replace("_", " "))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without punctuation at the edges and the possessive's ending."""
    while start < end and text[start] in "\"'([,":
        start += 1
    while start < end and text[end - 1] in "?!.,;:\"')]":
        end -= 1
    if text[start:end].endswith(("'s", "\u2019s")):
        end -= 2
    return start, end


def _without_common(question: str, found: list[Named]) -> list[Named]:
    """If all that was found are single words, the longest of them."""
    if len(found) < 2 or any(" " in question[one.start : one.end] for one in found):
        return found
    return [max(found, key=lambda one: (question[one.start].isupper(), one.end - one.start))]
