"""Fragments such as "And in 1911?", completed with the question before them, by rule."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgqa.qa.follow_up_words import (
    AUXILIARY,
    CONNECTIVE,
    IMPERATIVES,
    PREPOSITIONS,
    QUESTION_WORD,
    RELATIVES,
)
from kgqa.qa.past_turns import Named, PastTurn

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


def completed(text: str, named: Sequence[Named], last: PastTurn) -> str:
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
