"""Which dates of a text are births and which are deaths, as far as its form tells.

A life stands in brackets as two dates ("12 May 1902 in Vienna \u2013 3 June 1980"), and a date
behind "born" or "died" is what that word says.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from kgqa.qa.dates import DateSpan

_LEAD = 24
_BORN = re.compile(r"\b(?:born|b\.)[^\w;]*(?:on|in|c\.|about|around)?[^\w;]*$", re.I)
_DIED = re.compile(r"\b(?:died|d\.|death|killed)[^\w;]*(?:on|in|c\.|about|around)?[^\w;]*$", re.I)
_BETWEEN = re.compile(r"\s*|[^()\d]{0,80}?(?:[\u2013\u2014-]|\bdied\b|\bd\.)[^()\d]{0,80}")
_OPENED = re.compile(r"\([^()\d]{0,80}$")


def births_and_deaths(
    text: str, dates: Sequence[DateSpan]
) -> tuple[frozenset[DateSpan], frozenset[DateSpan]]:
    """Those of the dates that are surely births, and those that are surely deaths.

    Args:
        dates: of the text, in order (`dates_in`).
    """
    births, deaths = set(), set()
    for date in dates:
        lead = text[max(0, date.start - _LEAD) : date.start]
        if _BORN.search(lead):
            births.add(date)
        elif _DIED.search(lead):
            deaths.add(date)
    for one, other in itertools.pairwise(dates):
        between = text[one.end : other.start]
        if _OPENED.search(text[: one.start]) and _BETWEEN.fullmatch(between):
            births.add(one)
            deaths.add(other)
    return frozenset(births), frozenset(deaths)
