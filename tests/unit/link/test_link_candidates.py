from __future__ import annotations

from collections.abc import Iterator

import pytest
from link_corpus import context, named, story

from kgqa.link.candidates import Seed, seed_entities
from kgqa.link.resolve import resolve
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Entity


@pytest.fixture(scope="module")
def store() -> Iterator[GraphStore]:
    stories = [
        story(
            "Marie Curie",
            context("physics"),
            [named("person", "Marie Curie", "Curie", about=True), named("location", "Paris")],
        ),
        story(
            "John Smith (explorer)",
            context("geography"),
            [named("person", "John Smith", about=True), named("location", "New York")],
        ),
        story(
            "John Smith (politician)",
            context("politics"),
            [named("person", "John Smith", "John Smith", about=True)],
        ),
        story("Bands", context("music"), [named("organization", "Queen")]),
        story("Films", context("film"), [named("miscellaneous", "It", "Film")]),
        story("York", context("geography"), [named("location", "York")]),
        story("Wind", context("film"), [named("miscellaneous", "Gone with the Wind")]),
        story("Matter", context("physics"), [named("miscellaneous", "radium")]),
        story("Years", context("film"), [named("time", "1969")]),
        story("U.S.", context("politics"), [named("location", "U.S.")]),
        story(
            "Who's Afraid",
            context("film"),
            [named("miscellaneous", "The Long and Winding Road of the Old Man Home")],
        ),
    ]
    with open_store("sqlite:///:memory:") as opened:
        for each in stories:
            each.put(opened)
        resolve(opened)
        opened.upsert(
            [Entity("Q90", "location", "Poincar\u00e9 Street", ("Rue Poincar\u00e9",))], []
        )
        yield opened


def names(seeds: list[Seed]) -> list[str]:
    return [seed.entity.name for seed in seeds]


@pytest.mark.parametrize(
    ("question", "expected", "surface"),
    [
        ("Where was Marie Curie born?", "Marie Curie", "Marie Curie"),
        ("where was marie curie born", "Marie Curie", "marie curie"),
        ("WHERE WAS MARIE CURIE BORN", "Marie Curie", "MARIE CURIE"),
        ("Where Was Marie Curie Born?", "Marie Curie", "Marie Curie"),
        ("Who was Curie's husband?", "Marie Curie", "Curie"),
        ("who was curie\u2019s husband", "Marie Curie", "curie"),
        ("Who directed Gone with the Wind?", "Gone with the Wind", "Gone with the Wind"),
        ("who directed gone with the wind", "Gone with the Wind", "gone with the wind"),
        ("Where is New York?", "New York", "New York"),
        ("Who sang in Queen?", "Queen", "Queen"),
        ("What glows like radium?", "radium", "radium"),
        ("What happened in 1969?", "1969", "1969"),
        ("Who leads the U.S.?", "U.S.", "U.S"),
        ("Where does rue Poincare\u0301 end?", "Poincar\u00e9 Street", "rue Poincare"),
        ("Who is [Marie Curie]?", "Marie Curie", "Marie Curie"),
        (
            'Who wrote "The Long and Winding Road of the Old Man Home"?',
            "The Long and Winding Road of the Old Man Home",
            "The Long and Winding Road of the Old Man Home",
        ),
    ],
)
def test_the_name_in_a_question(
    store: GraphStore, question: str, expected: str, surface: str
) -> None:
    seeds = seed_entities(store, question)
    assert names(seeds) == [expected]
    assert seeds[0].surface == surface == question[seeds[0].start : seeds[0].end]
    assert 0 < seeds[0].score <= 1


def test_the_longest_name_wins_over_those_within(store: GraphStore) -> None:
    seeds = seed_entities(store, "Is York older than New York?")
    assert {(seed.entity.name, seed.start) for seed in seeds} == {("York", 3), ("New York", 19)}
    assert names(seed_entities(store, "Is New York old?")) == ["New York"]


@pytest.mark.parametrize(
    "question", ["which film did Marie Curie see in it", "who was the queen of marie curie"]
)
def test_common_words_name_nothing_beside_a_name(store: GraphStore, question: str) -> None:
    assert names(seed_entities(store, question)) == ["Marie Curie"]


def test_common_words_count_when_nothing_else_is_named(store: GraphStore) -> None:
    (seed,) = seed_entities(store, "who sang in queen")
    assert (seed.entity.name, seed.score < 0.2) == ("Queen", True)


def test_namesakes_are_all_kept_the_described_one_first(store: GraphStore) -> None:
    plain = seed_entities(store, "When did John Smith die?")
    assert [s.entity.description for s in plain] == [
        "John Smith (politician)",
        "John Smith (explorer)",
    ]
    for question in ("Did John Smith the explorer die?", "Did [John Smith (explorer)] die?"):
        described = seed_entities(store, question)
        assert len(described) == 2
        assert described[0].entity.description == "John Smith (explorer)"


def test_a_sure_name_is_ahead_of_a_lower_case_word(store: GraphStore) -> None:
    seeds = seed_entities(store, "How did Marie Curie find radium in Paris?")
    assert set(names(seeds)) == {"Marie Curie", "Paris", "radium"}
    assert names(seeds)[-1] == "radium"
    assert names(seed_entities(store, "How did Marie Curie find radium?", limit=1)) == [
        "Marie Curie"
    ]


@pytest.mark.parametrize("question", ["", "   ", "?!", "who is zyx", "'s", "[]", '""', "the"])
def test_a_question_that_names_nothing_known(store: GraphStore, question: str) -> None:
    assert seed_entities(store, question) == []


def test_a_very_long_question_is_read_in_part(store: GraphStore) -> None:
    assert names(seed_entities(store, "Marie Curie " + "lorem " * 20_000)) == ["Marie Curie"]
