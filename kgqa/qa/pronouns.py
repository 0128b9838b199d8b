"""Pronouns and noun phrases that refer back to earlier turns, written out.

Of what the turns named the latest comes first (`PastTurn.salient`); type and gender rule
candidates out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kgqa.qa.follow_up_words import FUNCTION_WORDS, PREPOSITIONS, TYPE_NOUNS
from kgqa.qa.past_turns import Antecedent, Gender, Named, PastTurn


@dataclass(frozen=True, slots=True)
class _Reference:
    """A pronoun at `[start, end)` of the question, the types it may stand for, and its form."""

    start: int
    end: int
    types: frozenset[str]
    gender: Gender
    form: Literal["plain", "possessive", "place"]


_THING = frozenset({"organization", "location", "miscellaneous", ""})
_PERSON, _PLACE = frozenset({"person"}), frozenset({"location", ""})
_GROUP = frozenset({"person", "organization"})
_PRONOUNS: dict[str, tuple[frozenset[str], Gender]] = {
    **dict.fromkeys(("he", "him", "his"), (_PERSON, "he")),
    **dict.fromkeys(("she", "her"), (_PERSON, "she")),
    **dict.fromkeys(("it", "its"), (_THING, "")),
    **dict.fromkeys(("they", "them", "their"), (_GROUP, "")),
}
_POSSESSIVES = ("his", "its", "their")
_PRONOUN = re.compile(rf"\b(?:{'|'.join(_PRONOUNS)})\b(?!['\u2019])", re.IGNORECASE)
_EMPTY_IT = re.compile(r"\bis it (?:true|possible|correct)\b|\btime is it\b", re.IGNORECASE)
_THERE = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b(?! (?:is|are|was|were)\b)",
    re.IGNORECASE,
)
_NOUN_PHRASE = re.compile(
    rf"\b(?P<first>this|that|these|those|the same|the)\s+(?P<noun>{'|'.join(TYPE_NOUNS)})\b"
    r"(?P<own>['\u2019]s)?(?!\s+(?-i:[A-Z\"(]|of\b|that\b|which\b|who\b|called\b|named\b))",
    re.IGNORECASE,
)


def without_pronouns(
    question: str, named: list[Named], past: Sequence[PastTurn]
) -> tuple[str, list[Named]]:
    """Each pronoun without an antecedent before it in the question itself is written out."""
    text, places, shift = question, list(named), 0
    for found in _references(question, named):
        here = [one for one in places if one.start < found.start + shift]
        if any(_fits(one.antecedent, found) for one in here):
            continue
        antecedent = _antecedent(found, past, [one.antecedent for one in places])
        if antecedent is None:
            continue
        start, end = found.start + shift, found.end + shift
        before = "in " if found.form == "place" and not _after_preposition(text, start) else ""
        written = before + antecedent.name + ("'s" if found.form == "possessive" else "")
        text = text[:start] + written + text[end:]
        grown = len(written) - (end - start)
        places = [
            one if one.start < start else Named(one.start + grown, one.end + grown, one.antecedent)
            for one in places
        ]
        first = start + len(before)
        places.append(Named(first, first + len(antecedent.name), antecedent))
        places.sort(key=lambda one: one.start)
        shift += grown
    return text, places


def _references(question: str, named: Sequence[Named]) -> list[_Reference]:
    """The pronouns and the noun phrases that may refer back, in their order."""
    found = [*_pronouns(question), *_places(question)]
    if not named:
        found += _noun_phrases(question)
    inside = [(one.start, one.end) for one in named]
    free = [f for f in found if not any(s <= f.start < e for s, e in inside)]
    return sorted(free, key=lambda one: one.start)


def _pronouns(question: str) -> Iterator[_Reference]:
    empty = [match.span() for match in _EMPTY_IT.finditer(question)]
    for match in _PRONOUN.finditer(question):
        word = match[0].casefold()
        if word == "it" and any(s <= match.start() < e for s, e in empty):
            continue
        types, gender = _PRONOUNS[word]
        following = re.match(r"\s+([\w-]+)", question[match.end() :])
        owns = following is not None and following[1].casefold() not in FUNCTION_WORDS
        possessive = word in _POSSESSIVES or (word == "her" and owns)
        form: Literal["plain", "possessive"] = "possessive" if possessive else "plain"
        yield _Reference(match.start(), match.end(), types, gender, form)


def _places(question: str) -> Iterator[_Reference]:
    for match in _THERE.finditer(question):
        yield _Reference(match.start(), match.end(), _PLACE, "", "place")


def _noun_phrases(question: str) -> Iterator[_Reference]:
    for match in _NOUN_PHRASE.finditer(question):
        type_, gender = TYPE_NOUNS[match["noun"].casefold()]
        form: Literal["plain", "possessive"] = "possessive" if match["own"] else "plain"
        types = frozenset({type_}) if type_ == "person" else frozenset({type_, ""})
        yield _Reference(match.start(), match.end(), types, gender, form)


def _after_preposition(text: str, start: int) -> bool:
    words = text[:start].split()
    return bool(words) and words[-1].casefold() in PREPOSITIONS


def _antecedent(
    found: _Reference, past: Sequence[PastTurn], taken: Sequence[Antecedent]
) -> Antecedent | None:
    """The first that fits; one whose gender is known to be right before one of no known gender."""
    fitting = [
        one
        for turn in reversed(past)
        for one in turn.salient
        if one not in taken and _fits(one, found)
    ]
    sure = [one for one in fitting if one.gender == found.gender]
    return next(iter([*sure, *fitting]), None)


def _fits(one: Antecedent, found: _Reference) -> bool:
    other = found.gender and one.gender and one.gender != found.gender
    return one.type in found.types and not other
