"""What follows from two values: which is less, and whether they are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgqa.names import name_key
from kgqa.qa.compared_values import ReadValue
from kgqa.qa.comparison import ValueKind
from kgqa.qa.countries import countries
from kgqa.qa.dates import WrittenDate
from kgqa.qa.numbers import Quantity

_AS_STRONG = 0.5
"""A second country counts from this share of the first one's score."""
_LONGEST_LIFE, _YEAR = 120 * 366, 366
_WORD = re.compile(r"\w+")

Read = Sequence[ReadValue]
"""What was read for one thing and one question, best first; at least one."""


def is_less(one: ReadValue, other: ReadValue) -> bool | None:
    """Whether the first is earlier or smaller; None where nobody can tell."""
    first, second = one.value, other.value
    if isinstance(first, WrittenDate) and isinstance(second, WrittenDate):
        return first.before(second)
    if isinstance(first, Quantity) and isinstance(second, Quantity):
        alike = first.unit == second.unit and first.amount != second.amount
        return first.amount < second.amount if alike else None
    return None


def best_life(born: Read, died: Read) -> tuple[ReadValue, ReadValue] | None:
    """The likeliest birth and death that make a life; None without any."""
    pairs = [(one, other) for one in born for other in died if _days(one, other) is not None]
    return max(pairs, key=lambda pair: pair[0].score * pair[1].score, default=None)


def is_shorter(one: tuple[ReadValue, ReadValue], other: tuple[ReadValue, ReadValue]) -> bool | None:
    """Whether the first life is; None where the dates are not precise enough to tell."""
    first, second = _days(*one), _days(*other)
    if first is None or second is None:
        return None
    dates = [read.value for read in (*one, *other)]
    precise = all(isinstance(date, WrittenDate) and date.day for date in dates)
    return first < second if abs(first - second) > (0 if precise else _YEAR) else None


def _days(born: ReadValue, died: ReadValue) -> int | None:
    if not isinstance(born.value, WrittenDate) or not isinstance(died.value, WrittenDate):
        return None
    days = died.value.days_after(born.value)
    return days if 0 < days < _LONGEST_LIFE else None


def are_same(kind: ValueKind, one: Read, other: Read, constant: str | None = None) -> bool | None:
    """Whether the values are the same, or both the constant; None where it is not sure."""
    if kind == "country" and constant is not None:
        verdicts = [_same_country(_strong(read), {constant}) for read in (one, other)]
        return False if False in verdicts else None if None in verdicts else True
    if kind == "country":
        return _same_country(_strong(one), _strong(other))
    first, second = one[0].value, other[0].value
    if isinstance(first, WrittenDate) and isinstance(second, WrittenDate):
        if kind == "year":
            return first.year == second.year
        return first == second if first.day and second.day else None
    if isinstance(first, str) and isinstance(second, str):
        return _same_name(first, second)
    return None


def _strong(read: Read) -> set[str]:
    """The countries that count."""
    return {str(one.value) for one in read if one.score >= _AS_STRONG * read[0].score}


def _same_country(one: set[str], other: set[str]) -> bool | None:
    wholes = [{countries().whole(name) for name in names} for names in (one, other)]
    if wholes[0] & wholes[1]:
        return True
    different = all(countries().surely_different(a, b) for a in wholes[0] for b in wholes[1])
    return False if different else None


def _same_name(one: str, other: str) -> bool | None:
    """Not surely the same, nor surely two: "Boston" and "Boston, Massachusetts"."""
    first, second = name_key(one), name_key(other)
    if first == second:
        return True
    return None if set(_WORD.findall(first)) & set(_WORD.findall(second)) else False
