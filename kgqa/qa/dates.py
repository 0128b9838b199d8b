"""Dates as texts write them, as far as they can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
_SHORT = (
    rf"{'|'.join(_MONTHS)}|(?:{'|'.join(month[:3] for month in _MONTHS if len(month) > 4)}|sept)\.?"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(\d{3,4})"
_BC = r"(\s?b\.?\s?c\.?(?:\s?e\.?)?(?!\w))?"
_END = rf"(?:(?![\w%])(?!,\d)|(?=\d{{1,2}} (?:{_SHORT}) \d{{4}}))"
"""Nothing that makes it another number; a dash between two dates may be lost."""
_START = r"(?:(?<!\w)|(?<=\d{4}))"

_ISO = re.compile(r"(?<![\w.-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")
_DAY_FIRST = re.compile(rf"{_START}{_DAY} (?:of )?({_SHORT}),? {_YEAR}{_END}{_BC}", re.I)
_MONTH_FIRST = re.compile(rf"(?<!\w)({_SHORT}) {_DAY},? {_YEAR}{_END}{_BC}", re.I)
_MONTH_YEAR = re.compile(rf"(?<![\w])(?<!\d )({_SHORT}),? (?:of )?{_YEAR}{_END}{_BC}", re.I)
_BARE_YEAR = re.compile(rf"(?<![\w,.$\u00a3\u20ac#/-])(\d{{4}}){_END}{_BC}", re.I)
_LED_YEAR = re.compile(rf"\b(?:(?:c|ca)\.|circa|ad|born|died|year)\s?(\d{{1,4}}){_END}{_BC}", re.I)
_IN_YEAR = re.compile(r"\bin (\d{3})()(?=$|[.;)]|,(?!\d)| (?:and|at|by|in|he|she|it|the)\b)", re.I)
_ERA_YEAR = re.compile(r"(?<![\w,.])(\d{1,4})()\s?(?:b\.?\s?c\.?(?:\s?e\.?)?)(?!\w)", re.I)
_LATER_YEAR = re.compile(r"(?<=\d[\u2013\u2014-])(\d{3,4})(?![\w%]|,\d)()")
_LATEST = 2100


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A year, negative before our era; month and day are 0 where the text does not give them."""

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


@dataclass(frozen=True, slots=True)
class DateSpan:
    """`text[start:end]` is a date."""

    start: int
    end: int
    date: WrittenDate


def parse_date(text: str) -> WrittenDate | None:
    """The one date of a time mention; None for ranges, decades, eras, parts of dates.

    >>> parse_date("12 May 1921")
    WrittenDate(year=1921, month=5, day=12)
    >>> parse_date("the 1920s") is None
    True
    """
    folded = " ".join(text.split()).strip(" .,()")
    if folded.isdecimal() and 3 <= len(folded) <= 4:
        return _checked(int(folded), 0, 0)
    found = list(dates_in(folded))
    whole = len(found) == 1 and (found[0].start, found[0].end) == (0, len(folded))
    return found[0].date if whole and found[0].date.year > 0 else None


def dates_in(text: str) -> Iterator[DateSpan]:
    """All dates of a text, in order, none within another; years of less than four digits only
    where a word before or an era behind them says that they are years.

    >>> [(d.date.year, d.date.month) for d in dates_in("She lived c. 480 BC, not 12 May 1921.")]
    [(-480, 0), (1921, 5)]
    """
    taken: list[DateSpan] = []
    for start, end, date in _all(text):
        free = all(end <= one.start or one.end <= start for one in taken)
        if free and date is not None:
            taken.append(DateSpan(start, end, date))
    yield from sorted(taken, key=lambda one: one.start)


def _all(text: str) -> Iterator[tuple[int, int, WrittenDate | None]]:
    """The longer forms first."""
    for m in _ISO.finditer(text):
        yield *m.span(), _checked(int(m[1]), int(m[2]), int(m[3]))
    for m in _DAY_FIRST.finditer(text):
        yield *m.span(), _checked(int(m[3]), _month(m[2]), int(m[1]), bool(m[4]))
    for m in _MONTH_FIRST.finditer(text):
        yield *m.span(), _checked(int(m[3]), _month(m[1]), int(m[2]), bool(m[4]))
    for m in _MONTH_YEAR.finditer(text):
        yield *m.span(), _checked(int(m[2]), _month(m[1]), 0, bool(m[3]))
    for m in _ERA_YEAR.finditer(text):
        yield *m.span(), _checked(int(m[1]), 0, 0, True)
    for pattern in (_BARE_YEAR, _LED_YEAR, _IN_YEAR, _LATER_YEAR):
        for m in pattern.finditer(text):
            yield m.start(1), m.end(), _checked(int(m[1]), 0, 0, bool(m[2]))


def _month(word: str) -> int:
    """1 to 12."""
    return next(i for i, month in enumerate(_MONTHS, 1) if month[:3] == word[:3].casefold())


def _checked(year: int, month: int, day: int, era: bool = False) -> WrittenDate | None:
    """`era`: the year is before ours."""
    known = 0 < year < _LATEST and month <= 12 and day <= 31
    return WrittenDate(-year if era else year, month, day) if known else None
