"""Numbers with their units as texts write them, as far as they can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen", "twenty"),
)
_WORDS = {word: float(i) for i, word in enumerate(_ONES)} | {"dozen": 12.0, "single": 1.0}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_NUMBER = re.compile(
    rf"(?<![\w.,])(\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|{'|'.join(_WORDS)})"
    rf"(?: ({'|'.join(_SCALES)}))?(?![\w])(?!,\d|\.\d)",
    re.I,
)
_UNIT = re.compile(
    r"[\s-]?(m|met(?:re|er)s?|km|kilomet(?:re|er)s?|ft|feet|mi|miles?|%)(?!\w)", re.I
)
_UNITS = {
    "m": ("m", 1.0), "metre": ("m", 1.0), "meter": ("m", 1.0), "km": ("m", 1000.0),
    "kilometre": ("m", 1000.0), "kilometer": ("m", 1000.0), "ft": ("m", 0.3048),
    "feet": ("m", 0.3048), "mi": ("m", 1609.344), "mile": ("m", 1609.344), "%": ("%", 1.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """`amount` of `unit`: m, %, or empty for a count."""

    amount: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class QuantitySpan:
    """`text[start:end]` is a number, without its unit."""

    start: int
    end: int
    quantity: Quantity


def quantities_in(text: str) -> Iterator[QuantitySpan]:
    """All numbers of a text, in order, lengths in metres.

    >>> [q.quantity.amount for q in quantities_in("1.2 million people on 3 km and four hills")]
    [1200000.0, 3000.0, 4.0]
    """
    for found in _NUMBER.finditer(text):
        word = found[1].casefold()
        amount = _WORDS[word] if word in _WORDS else float(word.replace(",", ""))
        amount *= _SCALES[found[2].casefold()] if found[2] else 1.0
        behind = _UNIT.match(text, found.end())
        name = behind[1].casefold() if behind else ""
        unit, factor = _UNITS.get(name) or _UNITS.get(name.removesuffix("s")) or ("", 1.0)
        yield QuantitySpan(*found.span(), Quantity(amount * factor, unit))
