from __future__ import annotations

import pytest

from kgqa.qa.countries import countries
from kgqa.qa.dates import WrittenDate, dates_in
from kgqa.qa.life_dates import births_and_deaths
from kgqa.qa.numbers import Quantity, quantities_in


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("(12 May 1902 in Vienna \u2013 June 3rd, 1980)", [(1902, 5, 12), (1980, 6, 3)]),
        ("born c. 1880 \u2013 1904", [(1880, 0, 0), (1904, 0, 0)]),
        ("(c. 480 BC \u2013 406 BCE)", [(-480, 0, 0), (-406, 0, 0)]),
        ("Sept. 7, 1988 and the 3rd of May, 1880", [(1988, 9, 7), (1880, 5, 3)]),
        ("1817\u20131904, in 801, 1,905 people, 801 of them, the 1920s",
         [(1817, 0, 0), (1904, 0, 0), (801, 0, 0)]),
        ("Julius; 17 September 190030 April 1985", [(1900, 9, 17), (1985, 4, 30)]),
        ("$1900, No. 12-1950 and 1950% of it", [(1950, 0, 0)]),
    ],
)  # fmt: skip
def test_dates_of_a_text(text: str, dates: list[tuple[int, int, int]]) -> None:
    found = list(dates_in(text))
    assert [(d.date.year, d.date.month, d.date.day) for d in found] == dates
    ends = [0, *(place for one in found for place in (one.start, one.end))]
    assert ends == sorted(ends)


def test_before_our_era() -> None:
    assert WrittenDate(-480).before(WrittenDate(-406)) is True
    assert WrittenDate(-480).before(WrittenDate(12)) is True


@pytest.mark.parametrize(
    ("text", "births", "deaths"),
    [
        ("Olga (12 May 1902 in Vienna \u2013 3 June 1980) made a film in 1950.", [1902], [1980]),
        ("Karl, born 11 November 1933 in Camporosso, died 13 August 2014.", [1933], [2014]),
        ("Piet Maas (born May 1960) won in 1981 and 1984.", [1960], []),
        ("The war (1914\u20131918).", [1914], [1918]),
        ("He worked from 1914 to 1918.", [], []),
    ],
)
def test_births_and_deaths(text: str, births: list[int], deaths: list[int]) -> None:
    found = births_and_deaths(text, list(dates_in(text)))
    assert [sorted(one.date.year for one in part) for part in found] == [births, deaths]


def test_countries_by_name_adjective_and_state() -> None:
    table = countries()
    text = "a South Korean-French film, shot in Springfield, Illinois"
    assert [one.country for one in table.named_in(text)] == ["South Korea", "France"]
    (state,) = table.regions_in(text)
    assert (text[state.start : state.end], state.country) == ("Illinois", "United States")
    assert table.whole("Wales") == "United Kingdom"
    assert not table.surely_different("Russia", "Soviet Union")
    assert table.surely_different("Russia", "France")


def test_numbers_with_their_units() -> None:
    text = "It has 1,200 members, four hills, 3 km of road, 5 kilometers of rail, 1.5 million ants."
    found = [(text[q.start : q.end], q.quantity) for q in quantities_in(text)]
    assert found == [
        ("1,200", Quantity(1200.0)),
        ("four", Quantity(4.0)),
        ("3", Quantity(3000.0, "m")),
        ("5", Quantity(5000.0, "m")),
        ("1.5 million", Quantity(1.5e6)),
    ]
