"""How questions word comparisons: the two names, and what they are compared by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kgqa.ontology import load_ontology
from kgqa.qa.compared_names import compared_names
from kgqa.qa.comparison import Comparison
from kgqa.qa.comparison_parser import ComparisonParser
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Entity

NAMES = {
    "person": ("Olga Brandt", "Karl Brandt", "Piet Maas", "Robert Downey Jr.", "Louis II"),
    "miscellaneous": (
        *("Night Harbour", "Silent Orchard", "Rip, Sew and Stitch", "Trick or Treat", "Comedy!"),
        *("To Be or Not to Be", "Solaris", "Who Are You?", "The Devil and Miss Jones"),
    ),
    "organization": ("Foo Fighters", "Blue Harbour Museum", "Anno Museum"),
    "location": ("Bonn", "Tallinn", "Bosnia and Herzegovina"),
}
PARSER = ComparisonParser(load_ontology())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    folder = tmp_path_factory.mktemp("compared")
    with open_store(f"sqlite:///{folder / 'names.db'}") as opened:
        opened.upsert(
            [Entity(name, kind, name) for kind, names in NAMES.items() for name in names], []
        )
        yield opened


def _parse(question: str, store: GraphStore) -> Comparison | None:
    names = compared_names(question, store)
    return names and PARSER.parse(question, names)


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Which came out first, Night Harbour or Silent Orchard?",
         "Night Harbour", "Silent Orchard"),
        ("which film is older, night harbour or silent orchard", "night harbour", "silent orchard"),
        ("Which is newer, Trick or Treat or Comedy!?", "Trick or Treat", "Comedy!"),
        ("Was To Be or Not to Be or Trick or Treat released first?",
         "To Be or Not to Be", "Trick or Treat"),
        ("Do Rip, Sew and Stitch and The Devil and Miss Jones have the same director?",
         "Rip, Sew and Stitch", "The Devil and Miss Jones"),
        ('Which came out first, "Who Are You?" or "Comedy!"?', "Who Are You?", "Comedy!"),
        ("Which film has the older director, Solaris (1972 film) or Comedy!?",
         "Solaris (1972 film)", "Comedy!"),
        ("Are Robert Downey Jr. and Piet Maas of the same nationality?",
         "Robert Downey Jr.", "Piet Maas"),
        ("Who died first, Olga Brandt's father or Piet Maas's father?", "Olga Brandt", "Piet Maas"),
        ("Do the director of Night Harbour and the director of film Silent Orchard share the "
         "same nationality?", "Night Harbour", "Silent Orchard"),
        ("Does Olga Brandt have the same nationality as Piet Maas?", "Olga Brandt", "Piet Maas"),
        ("Are Bonn and Bosnia and Herzegovina on the same continent?",
         "Bonn", "Bosnia and Herzegovina"),
    ],
)  # fmt: skip
def test_the_two_names(store: GraphStore, question: str, first: str, second: str) -> None:
    names = compared_names(question, store)
    assert names is not None
    assert (names.first.text, names.second.text) == (first, second)
    for one in (names.first, names.second):
        assert question[one.start : one.end] == one.text
        assert one.entities


@pytest.mark.parametrize(
    "question",
    [
        "Where was Olga Brandt born?",
        "Who was born first, Olga Brandt, Karl Brandt or Piet Maas?",
        "Who was born first, Olga Brandt or somebody else?",
        "Where did the director of Rip, Sew and Stitch study?",
    ],
)
def test_no_two_names(store: GraphStore, question: str) -> None:
    names = compared_names(question, store)
    assert names is None or PARSER.parse(question, names) is None


@pytest.mark.parametrize(
    ("question", "rule", "role", "asked"),
    [
        ("Who was born first, Olga Brandt or Piet Maas?", "least", "", "P569"),
        ("who is younger olga brandt or piet maas ?", "greatest", "", "P569"),
        ("Between Olga Brandt and Piet Maas, who is the older one?", "least", "", "P569"),
        ("Which of the two was born later, Olga Brandt or Piet Maas?", "greatest", "", "P569"),
        ("Who was born first out of Olga Brandt and Piet Maas?", "least", "", "P569"),
        ("Is Olga Brandt or Piet Maas the older one?", "least", "", "P569"),
        ("Who died earlier: Olga Brandt or Piet Maas?", "least", "", "P570"),
        ("Who passed away last, Olga Brandt or Piet Maas?", "greatest", "", "P570"),
        ("Which film came out first, Night Harbour or Silent Orchard?", "least", "", "P577"),
        ("Which was released more recently, Night Harbour or Solaris?", "greatest", "", "P577"),
        ("Which film is newer, Night Harbour or Solaris?", "greatest", "", "P577"),
        ("Which came first, Night Harbour or Solaris?", "least", "", "P577"),
        ("Was Night Harbour or Silent Orchard released first?", "least", "", "P577"),
        ("Which museum was established first, Blue Harbour Museum or Anno Museum?",
         "least", "", "P571"),
        ("Which is older, Blue Harbour Museum or Anno Museum?", "least", "", "P571"),
        ("Which film has the director who was born first, Solaris or Comedy!?",
         "least", "P57", "P569"),
        ("Which film whose director is younger, Solaris or Comedy!?", "greatest", "P57", "P569"),
        ("Which film's director died later, Solaris or Comedy!?", "greatest", "P57", "P570"),
        ("Which movie has the older screenwriter, Solaris or Comedy!?", "least", "P58", "P569"),
        ("Whose father died first, Olga Brandt or Piet Maas?", "least", "P22", "P570"),
        ("Which director was born first, Olga Brandt or Piet Maas?", "least", "", "P569"),
        ("Which has the larger population, Bonn or Tallinn?", "greatest", "", ""),
        ("Which band has more members, Foo Fighters or Anno Museum?", "greatest", "", ""),
    ],
)  # fmt: skip
def test_what_is_greater(
    store: GraphStore, question: str, rule: str, role: str, asked: str
) -> None:
    found = _parse(question, store)
    assert found is not None
    assert (found.rule, found.verdict) == (rule, False)
    assert [hop.step.relation for hop in found.role] == ([role] if role else [])
    assert [hop.step.relation for hop in found.asked] == [asked]
    assert all("{x}" in hop.question for hop in found.asked)


@pytest.mark.parametrize(
    ("question", "kind", "role", "asked"),
    [
        ("Are Olga Brandt and Piet Maas of the same nationality?", "country", "", "P27"),
        ("Do Olga Brandt and Piet Maas share the same citizenship?", "country", "", "P27"),
        ("Are both Night Harbour and Solaris from the same country?", "country", "", "P495"),
        ("Are Blue Harbour Museum and Anno Museum located in the same country?",
         "country", "", "P17"),
        ("Do both films Night Harbour and Solaris have directors from the same country?",
         "country", "P57", "P27"),
        ("Were Olga Brandt and Piet Maas born in the same place?", "name", "", "P19"),
        ("Did Olga Brandt and Piet Maas die in the same city?", "name", "", "P20"),
        ("Were Olga Brandt and Piet Maas born in the same year?", "year", "", "P569"),
        ("Were Night Harbour and Solaris directed by the same person?", "name", "", "P57"),
        ("Do Night Harbour and Solaris have the same composer?", "name", "", "P86"),
    ],
)  # fmt: skip
def test_what_may_be_the_same(
    store: GraphStore, question: str, kind: str, role: str, asked: str
) -> None:
    found = _parse(question, store)
    assert found is not None
    assert (found.rule, found.kind, found.verdict) == ("same", kind, True)
    assert [hop.step.relation for hop in (*found.role, *found.asked)] == [
        relation for relation in (role, asked) if relation
    ]


def test_lives_verdicts_constants_and_who_is_named(store: GraphStore) -> None:
    life = _parse("Who lived longer, Olga Brandt or Piet Maas?", store)
    assert life is not None
    assert (life.kind, [hop.step.relation for hop in life.asked]) == ("life", ["P569", "P570"])
    whether = _parse("Is Olga Brandt older than Piet Maas?", store)
    assert whether is not None
    assert (whether.rule, whether.verdict) == ("least", True)
    both = _parse("Are Olga Brandt and Piet Maas both from France?", store)
    assert both is not None
    assert (both.constant, both.asks_more) == ("France", False)
    more = _parse("Are Olga Brandt and Piet Maas both American authors?", store)
    assert more is None or more.asks_more
    named = _parse("Who is older, the director of Solaris or the director of Comedy!?", store)
    assert named is not None
    assert named.names_role
    assert _parse("Are Olga Brandt and Piet Maas both film directors?", store) is None
    assert _parse("Who has the better voice, Olga Brandt or Piet Maas?", store) is None
