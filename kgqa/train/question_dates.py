"""Dates as texts write them, as far as they can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
_MONTH = "|".join(_MONTHS)
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH}),? (\d{{3,4}})\b")
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{3,4}})\b")
_MONTH_YEAR = re.compile(rf"\b({_MONTH}),? (\d{{3,4}})\b")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_YEAR = re.compile(r"\d{3,4}")


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A year of our era; month and day are 0 where the text does not give them."""

    year: int
    month: int = 0
    day: int = 0

    def before(self, other: WrittenDate) -> bool | None:
        """Whether it is earlier; None if the two are equal or not precise enough to tell."""
        if self.year != other.year:
            return self.year < other.year
        if self.month and other.month and self.month != other.month:
            return self.month < other.month
        same_month = bool(self.month) and self.month == other.month
        if same_month and self.day and other.day and self.day != other.day:
            return self.day < other.day
        return None

    def days_after(self, other: WrittenDate) -> int:
        """Roughly how many days later it is, months counted as 30.4 days."""
        years, months = self.year - other.year, self.month - other.month
        return round(365.25 * years + 30.4 * months + self.day - other.day)


def parse_date(text: str) -> WrittenDate | None:
    """The one date of a time mention; None for ranges, decades, eras, parts of dates.

    >>> parse_date("12 May 1921")
    WrittenDate(year=1921, month=5, day=12)
    >>> parse_date("the 1920s") is None
    True
    """
    folded = " ".join(text.casefold().split()).strip(" .,()")
    if iso := _ISO.fullmatch(folded):
        return _checked(int(iso[1]), int(iso[2]), int(iso[3]))
    if found := _DAY_FIRST.fullmatch(folded):
        return _checked(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
    if found := _MONTH_FIRST.fullmatch(folded):
        return _checked(int(found[3]), _MONTHS.index(found[1]) + 1, int(found[2]))
    if found := _MONTH_YEAR.fullmatch(folded):
        return _checked(int(found[2]), _MONTHS.index(found[1]) + 1, 0)
    if _YEAR.fullmatch(folded):
        return _checked(int(folded), 0, 0)
    return None


def _checked(year: int, month: int, day: int) -> WrittenDate | None:
    known = 0 < year < 2100 and month <= 12 and day <= 31
    return WrittenDate(year, month, day) if known else None
