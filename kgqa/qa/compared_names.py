"""The two names that a question compares, as far as the graph knows them.

Names hold "and", "or" and commas themselves ("Rip, Sew And Stitch"): every word that may join
two names is tried, and the one counts between the longest known names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgqa.link.words import QUESTION_WORDS, STOP_WORDS
from kgqa.names import name_key, without_qualifier
from kgqa.store.base import GraphStore
from kgqa.types import Entity

_JOINT = re.compile(r"(?<=[\w\s,.!?\"'\u201d)])\s(or|and|as|than|before|after|with)\s", re.I)
_APART = frozenset({"as", "than", "before", "after", "with"})
"""Joints whose first name stands further off: "Does X have the same father as Y?"."""
_WORD = re.compile(r"\S+")
_OPENING, _CLOSING = "\"'\u201c:;,", "\"'\u201d:;,?!."
_POSSESSIVE = re.compile(r"(?:['\u2019]s|(?<=s)['\u2019])$", re.I)
_QUALIFIER = re.compile(r"\s*\([^()]*\)")
_OWN_MARK = re.compile(r"[!?]+(?=[\"\u201d])|!+|\?(?=\?)|\.(?=\s)")
"""Marks that belong to a name: "Comedy!", "Man's Favorite Sport??", "Walfredo Reyes Jr. and"."""
_LONGEST, _BETWEEN, _MOST_JOINTS, _MOST_NAMESAKES = 16, 6, 6, 8


@dataclass(frozen=True, slots=True)
class ComparedName:
    """`question[start:end]` is a name; `entities` are those that it may stand for."""

    text: str
    start: int
    end: int
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class ComparedNames:
    """The two names, in their order, and the folded word that joins them."""

    first: ComparedName
    second: ComparedName
    joint: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A run of words that may be a name."""

    start: int
    end: int
    keys: tuple[str, ...]


def compared_names(question: str, store: GraphStore) -> ComparedNames | None:
    """The pair of known names around a joint that covers most of the question; None without.

    Three names ("X, Y or Z") are none: no two of them are all that is compared.
    """
    joints = list(_JOINT.finditer(question))[-_MOST_JOINTS:]
    sides = [
        (
            joint[1].casefold(),
            list(_before(question, joint.start(), joint[1].casefold() in _APART)),
            list(_after(question, joint.end())),
        )
        for joint in joints
    ]
    known = _known(store, [place for _, *both in sides for side in both for place in side])
    best, most = None, 0
    for joint, before, after in sides:
        first = _longest(question, before, known)
        second = _longest(question, after, known)
        if first is None or second is None or first.end > second.start:
            continue
        covered = len(first.text) + len(second.text)
        if covered > most and name_key(first.text) != name_key(second.text):
            best, most = ComparedNames(first, second, joint), covered
    if best is None or _is_third(question, best.first, store):
        return None
    return best


def _before(question: str, end: int, apart: bool) -> Iterator[_Place]:
    """Runs of words that end at the joint, or a few words before it."""
    words = [m.span() for m in _WORD.finditer(question, 0, end)]
    for last in range(len(words) - 1, -1, -1):
        skipped = len(words) - 1 - last
        if skipped > _BETWEEN and not apart:
            return
        for first in range(last, max(-1, last - _LONGEST), -1):
            yield from _place(question, words[first][0], words[last][1])


def _after(question: str, start: int) -> Iterator[_Place]:
    """Runs of words that start at the joint, or a few words behind it."""
    words = [m.span() for m in _WORD.finditer(question, start)]
    for first in range(min(len(words), _BETWEEN + 1)):
        for last in range(first, min(len(words), first + _LONGEST)):
            yield from _place(question, words[first][0], words[last][1])


def _place(question: str, start: int, end: int) -> Iterator[_Place]:
    """The run without marks around it and without a possessive."""
    text = question[start:end]
    left = len(text) - len(text.lstrip(_OPENING if ")" in text else _OPENING + "("))
    right = len(text.rstrip(_CLOSING))
    ending = _POSSESSIVE.search(text[:right])
    right -= len(ending[0]) if ending else 0
    name = text[left:right]
    if not name or (name.casefold() in STOP_WORDS and name.islower()):
        return
    keys = dict.fromkeys((name_key(name), name_key(without_qualifier(name))))
    yield _Place(start + left, start + right, tuple(keys))


def _known(store: GraphStore, places: Sequence[_Place]) -> dict[str, list[Entity]]:
    keys = sorted({key for place in places for key in place.keys})
    known: dict[str, list[Entity]] = {}
    for named in store.find_entities(keys) if keys else ():
        known.setdefault(named.key, []).append(named.entity)
    return known


def _longest(
    question: str, places: Sequence[_Place], known: dict[str, list[Entity]]
) -> ComparedName | None:
    """Of the known ones the longest, with its bracket; of equal ones the first."""
    found = [place for place in places if any(key in known for key in place.keys)]
    named = [place for place in found if not _is_common(question[place.start : place.end])]
    if not named:
        return None
    best = max(named, key=lambda place: place.end - place.start)
    entities = [entity for key in best.keys for entity in known.get(key, ())]
    behind = _QUALIFIER.match(question, best.end) or _OWN_MARK.match(question, best.end)
    end = behind.end() if behind else best.end
    chosen = tuple(dict.fromkeys(entities))[:_MOST_NAMESAKES]
    return ComparedName(question[best.start : end], best.start, end, chosen)


def _is_common(name: str) -> bool:
    """A single word of questions in small letters: "first", "film"."""
    return name.islower() and name in STOP_WORDS | QUESTION_WORDS


def _is_third(question: str, first: ComparedName, store: GraphStore) -> bool:
    """Whether another name stands before the first: "X, Y or Z"."""
    before = question[: first.start].rstrip("\"'\u201c ")
    if not before.endswith(","):
        return False
    places = [
        place
        for place in _before(question, len(before), apart=False)
        if place.end == len(before) - 1 and question[place.start].isupper()
    ]
    known = _known(store, places)
    return _longest(question, places, known) is not None
