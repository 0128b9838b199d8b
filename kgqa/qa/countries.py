"""Countries and their adjectives, as texts name them: "French" and "France" are one.

The table is `countries` of `question_templates.yaml`; `overlapping` there are those that were
once part of each other, so that nobody can say they are two.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kgqa.names import name_key
from kgqa.qa.question_words import templates


@dataclass(frozen=True, slots=True)
class CountrySpan:
    """`text[start:end]` names a country, by its name, its adjective, or one of its states."""

    start: int
    end: int
    country: str


class Countries:
    """The table, by `name_key`; use `countries()`."""

    def __init__(self) -> None:
        content = templates()
        written = _by_name(content["countries"])
        self._by_key = {name_key(name): country for name, country in written.items()}
        self._regions = _by_name(content["regions"])
        self._overlapping = [frozenset(group) for group in content["overlapping"]]
        self._whole = _by_name(content["parts"])
        self._country, self._region = _any_of(written), _any_of(self._regions)

    def country(self, name: str) -> str | None:
        """The country that a name or an adjective ("French") stands for, if it is one."""
        return self._by_key.get(name_key(name))

    def named_in(self, text: str) -> Iterator[CountrySpan]:
        """All countries that a text names with a capital, in order; of "South Korean" the
        longest.

        >>> [(c.start, c.country) for c in countries().named_in("a French-Swiss film")]
        [(2, 'France'), (9, 'Switzerland')]
        """
        for found in self._country.finditer(text):
            yield CountrySpan(*found.span(), self._by_key[name_key(found[0])])

    def regions_in(self, text: str) -> Iterator[CountrySpan]:
        """States and provinces that a text names, each with its country.

        >>> [c.country for c in countries().regions_in("a school in Brampton, Ontario")]
        ['Canada']
        """
        for found in self._region.finditer(text):
            yield CountrySpan(*found.span(), self._regions[found[0]])

    def whole(self, country: str) -> str:
        """The country that it is a part of, else itself: England is of the United Kingdom."""
        return self._whole.get(country, country)

    def surely_different(self, one: str, other: str) -> bool:
        """Whether two countries are neither the same nor (once) part of each other."""
        return one != other and not any({one, other} <= group for group in self._overlapping)


def _by_name(names: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Each name, and each key itself -> the key."""
    return {name: key for key, listed in names.items() for name in (key, *listed)}


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    """Any of the names, whole, the longest first."""
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")


@functools.cache
def countries() -> Countries:
    """The table, read once."""
    return Countries()
