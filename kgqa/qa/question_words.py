"""How a question names a relation: the wordings of `question_templates.yaml` as one table."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

_WHO_IS = re.compile(r"Who is (.+)\?")
_WORD = re.compile(r"\w[\w-]*")
_MOST_ASKS, _MOST_NOUNS = 3, 2


@dataclass(frozen=True, slots=True)
class Followed:
    """A relation and the way it is followed: from head to tail, or back."""

    relation: str
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """`text` has {x} where the path starts; it leads along the path's relations in turn."""

    text: str
    path: tuple[Followed, ...]


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """
    Attributes:
        asks: whole questions.
        nouns: noun phrases, such as "the director of {x}".
        kinds: what stands before a name to say what it is: "film", "song".
        joint: words that stand for two relations: "grandfather".
    """

    asks: tuple[Wording, ...]
    nouns: tuple[Wording, ...]
    kinds: frozenset[str]
    joint: frozenset[str]

    def question(self, step: Followed) -> str | None:
        """The first wording that asks for one step; None without any."""
        return next((w.text for w in self.asks if w.path == (step,)), None)


@functools.cache
def question_words() -> QuestionWords:
    """The table, read once."""
    content = templates()
    relations: Mapping[str, Any] = content["relations"]
    parts = ("ask", "ask_adjective")
    asks = [one for part in parts for one in _wordings(relations, part, _MOST_ASKS)]
    nouns = list(_wordings(relations, "noun", _MOST_NOUNS))
    for entry in content["compositions"]:
        path = tuple(Followed(relation) for relation in entry["path"])
        asks += [Wording(text, path) for text in entry["ask"]]
        nouns += [Wording(found[1], path) for t in entry["ask"] if (found := _WHO_IS.fullmatch(t))]
    named = (side.get("kind") for entry in relations.values() for side in entry.values())
    kinds = frozenset(kind for found in named for kind in texts_of(found))
    joint = frozenset(
        word
        for entry in content["compositions"]
        for text in entry["ask"]
        for word in _WORD.findall(text.casefold())
        if len(word) > 3
    )
    return QuestionWords(tuple(asks), tuple(nouns), kinds, joint)


def _wordings(relations: Mapping[str, Any], part: str, most: int) -> Iterator[Wording]:
    for relation, sides in relations.items():
        for side in ("forward", "inverse"):
            written = sides.get(side, {})
            kind = next(iter(texts_of(written.get("kind"))), "thing")
            path = (Followed(relation, side == "inverse"),)
            for text in texts_of(written.get(part))[:most]:
                yield Wording(text.replace("{kind}", kind), path)


def texts_of(found: object) -> tuple[str, ...]:
    """A text or a list of texts."""
    if isinstance(found, str):
        return (found,)
    return tuple(found) if isinstance(found, list) else ()


@functools.cache
def templates() -> Mapping[str, Any]:
    """`question_templates.yaml`, read once; its head explains the parts."""
    import yaml

    text = files("kgqa.qa").joinpath("question_templates.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return content
