"""Follow-up questions put so that they stand alone: pronouns and ellipsis, by rule.

What a pronoun may stand for is ordered as centering has it (Grosz, Joshi & Weinstein 1995):
the latest turn first, in it the answer before the question's own names, but after them where
it only said where or when. Type and gender rule candidates out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kgqa.qa.follow_up_words import (
    AUXILIARY,
    CONNECTIVE,
    FUNCTION_WORDS,
    IMPERATIVES,
    PREPOSITIONS,
    QUESTION_WORD,
    RELATIVES,
    TYPE_NOUNS,
)

Gender = Literal["he", "she", ""]


@dataclass(frozen=True, slots=True)
class Antecedent:
    """What a turn named.

    Attributes:
        type: a mention type of the ontology, empty where it is not known.
        gender: of a person, empty where it is not known.
    """

    name: str
    type: str
    gender: Gender = ""


@dataclass(frozen=True, slots=True)
class Named:
    """`question[start:end]` names the antecedent."""

    start: int
    end: int
    antecedent: Antecedent


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A question that stands alone, what it names in its order, and what its answer names."""

    question: str
    named: tuple[Named, ...] = ()
    answer: Antecedent | None = None

    @property
    def salient(self) -> tuple[Antecedent, ...]:
        """What a pronoun may mean, the likeliest first."""
        topics = tuple(dict.fromkeys(one.antecedent for one in self.named))
        answer = () if self.answer is None else (self.answer,)
        aside = re.match(r"(?:\w+\s+)?(?:where|when)\b", self.question, re.IGNORECASE)
        return (*topics, *answer) if aside else (*answer, *topics)


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


def standing_alone(question: str, named: Sequence[Named], past: Sequence[PastTurn]) -> str:
    """The question with what it takes from the turns before written out.

    Args:
        named: what the question itself names, in its order.
        past: earlier turns, oldest first.

    Returns:
        The question as it came where it takes nothing, or where nothing fits.
    """
    if not past:
        return question
    text, places = _without_pronouns(question, list(named), past)
    return _completed(text, places, past[-1])


def _without_pronouns(
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


_OPENING = re.compile(
    rf"\s*(?:(?:{'|'.join(CONNECTIVE)})\b[\s,]*)*(?:(?P<about>(?:what|how)\s+about)\s+)?",
    re.IGNORECASE,
)
_LEAD = re.compile(
    rf"(?:(?:{'|'.join(PREPOSITIONS)})\s+)?(?:(?:which|what|whose|how)(?:\s+(?!{AUXILIARY}\b)\w+)*?"
    rf"(?=\s+{AUXILIARY}\b)|{QUESTION_WORD})\b",
    re.IGNORECASE,
)
_OF_THAT = re.compile(
    rf"(?P<lead>(?:(?:{'|'.join(PREPOSITIONS)})\s+)?{QUESTION_WORD}(?:\s+(?:year|city|country))?)"
    r"(?:\s+(?:is|was|were|did)\s+(?:that|this|it)(?:\s+(?:happen|be|take place))?)?",
    re.IGNORECASE,
)
_SHORT = 4
"""Words of a fragment that no "and" opens."""
_ROLE = re.compile(r"(?P<owner>.+)['\u2019]s\s+(?P<role>[\w -]+)$")
_ASKS_FOR_ROLE = re.compile(
    r"(?P<lead>(?:who|what)\s+(?:is|was|are|were)\s+)"
    r"(?:.+['\u2019]s\s+[\w -]+|the\s+[\w ]+\s+of\s+.+)$",
    re.IGNORECASE,
)
RELATIVE = re.compile(rf"['\u2019]s\s+(?P<role>{'|'.join(RELATIVES)})\b", re.IGNORECASE)
"""What follows a name that owns a relative: `'s husband`."""
_PREPOSED = re.compile(rf"(?P<word>{'|'.join(PREPOSITIONS)})\s+\S", re.IGNORECASE)


def _completed(text: str, named: Sequence[Named], last: PastTurn) -> str:
    """A fragment completed with the question before it; the text itself if it is none."""
    opening = _OPENING.match(text)
    start = opening.end() if opening else 0
    rest = text[start:].strip(" ?.!")
    if not rest:
        return text
    asked = last.question.rstrip(" ?.!")
    only_lead = _OF_THAT.fullmatch(rest)
    if only_lead is not None:
        return _asked_otherwise(only_lead["lead"], asked, last)
    about = bool(opening and opening["about"])
    if not about and _is_sentence(rest):
        return _capital(text[start:]) if start else text
    inside = [one for one in named if one.start >= start]
    covered = any(one.end - one.start >= len(rest) - len("the ") for one in inside)
    if not (about or start or covered or len(rest.split()) <= _SHORT):
        return text
    return _put_in_place(rest, inside, covered, asked, last) or text


def _is_sentence(rest: str) -> bool:
    """Whether it asks on its own: it opens with a question word, an auxiliary or "name"."""
    words = rest.split()
    first = words[0].casefold()
    if first in PREPOSITIONS and len(words) > 1:
        first = words[1].casefold()
    asks = re.fullmatch(rf"{QUESTION_WORD}|{AUXILIARY}", first, re.IGNORECASE)
    return bool(asks) or first in IMPERATIVES


def _asked_otherwise(lead: str, asked: str, last: PastTurn) -> str:
    """`When?` after `Where was she born?`: the same question with another question word."""
    old = _LEAD.match(asked)
    if old is None:
        return f"{_capital(lead)} {asked}?"
    rest = asked[old.end() :].strip()
    if re.match(rf"{AUXILIARY}\b", rest, re.IGNORECASE) or last.answer is None:
        return f"{_capital(lead)} {rest}?"
    return f"{_capital(lead)} was it that {last.answer.name} {rest}?"


def _put_in_place(
    rest: str, inside: Sequence[Named], covered: bool, asked: str, last: PastTurn
) -> str | None:
    """The question before, with the fragment where its like stood; None where it has no like."""
    role = _ROLE.match(rest)
    asks_role = _ASKS_FOR_ROLE.match(asked)
    if role is not None and asks_role is not None:
        return f"{asks_role['lead']}{rest}?"
    if role is not None:
        return _replaced(rest, role["owner"], None, asked, last)
    preposed = _PREPOSED.match(rest)
    if preposed is not None:
        return _with_preposition(rest, preposed["word"], asked, last)
    if covered or inside:
        own = max(inside, key=lambda one: one.end - one.start)
        return _replaced(rest, None, own.antecedent.type, asked, last)
    return _replaced(rest, None, None, asked, last) if rest[:1].isupper() else None


def _replaced(
    rest: str, owner: str | None, type_: str | None, asked: str, last: PastTurn
) -> str | None:
    """`rest` in place of the owner, of the first name of that type, or of the first name; with
    a name goes the relative that it owns, but where the question asks who that is."""
    named = [one for one in last.named if one.end <= len(asked)]
    like = [one for one in named if one.antecedent.name == owner]
    like += [one for one in named if type_ and one.antecedent.type == type_]
    place = next(iter([*like, *named]), None)
    if place is None:
        return None
    end = place.end
    relative = RELATIVE.match(asked[end:])
    if relative and not _ASKS_FOR_ROLE.match(asked):
        end += relative.end()
    return f"{asked[: place.start]}{rest}{asked[end:]}?"


def _with_preposition(rest: str, word: str, asked: str, last: PastTurn) -> str:
    """`in 1911` in place of the old `in 1903` or `in Paris`; at the end where there is none."""
    for match in re.finditer(rf"\b{word}\s+", asked, re.IGNORECASE):
        after = asked[match.end() :]
        year = re.match(r"(?:the\s+)?\d[\w,.]*", after)
        name = next((one for one in last.named if one.start == match.end()), None)
        if match.start() and (year or name):
            end = match.end() + year.end() if year else (name.end if name else 0)
            return f"{asked[: match.start()]}{rest}{asked[end:]}?"
    return f"{asked} {rest}?"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
