"""Comparisons answered from a small store, with the shipped reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from film_store import fill

from kgqa.lm.adapter import shipped_weights
from kgqa.lm.backbone import load_backbone
from kgqa.ontology import load_ontology
from kgqa.qa import compared_values
from kgqa.qa.compared_values import ReadValue, Value, read_values
from kgqa.qa.comparison_rules import are_same, best_life, is_less, is_shorter
from kgqa.qa.comparisons import ComparisonReader
from kgqa.qa.dates import WrittenDate
from kgqa.qa.hop_passages import HopPassage, hop_passages
from kgqa.qa.hop_steps import HopSteps, Reached, start_of
from kgqa.qa.numbers import Quantity
from kgqa.qa.question import question_of
from kgqa.qa.question_paths import Hop
from kgqa.qa.question_words import Followed
from kgqa.qa.reader import Reader
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Answer

ARTICLES = {
    "Night Harbour": "Night Harbour is a 1961 French drama film directed by Olga Brandt.",
    "Silent Orchard": "Silent Orchard is a 1948 American film directed by Piet Maas.",
    "Olga Brandt": "Olga Brandt (3 May 1920 in Tallinn \u2013 9 June 1990) was a French director.",
    "Piet Maas": "Piet Maas (12 April 1899 \u2013 1 July 1995) was an American film director.",
    "Lost Reel": "Lost Reel is a film about which little is known.",
}
TYPES = {"Olga Brandt": "person", "Piet Maas": "person", "Night Harbour": "miscellaneous",
         "Silent Orchard": "miscellaneous", "Lost Reel": "miscellaneous"}  # fmt: skip
STATED = {("Night Harbour", "P57", "Olga Brandt")}
"""Directors that extraction found; the other is only in the text."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    folder = tmp_path_factory.mktemp("comparisons")
    with open_store(f"sqlite:///{folder / 'films.db'}") as opened:
        fill(opened, ARTICLES, TYPES, STATED)
        yield opened


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load(shipped_weights("reader"), load_backbone(precision="fp32"))


def _ask(text: str, store: GraphStore, reader: Reader) -> Answer | None:
    ontology = load_ontology()
    return ComparisonReader(HopSteps(reader, ontology), ontology).answer(question_of(text), store)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which film came out first, Night Harbour or Silent Orchard?", "Silent Orchard"),
        ("Which film is newer, Night Harbour or Silent Orchard?", "Night Harbour"),
        ("Who was born first, Olga Brandt or Piet Maas?", "Piet Maas"),
        ("who died first, olga brandt or piet maas", "Olga Brandt"),
        ("Who lived longer, Olga Brandt or Piet Maas?", "Piet Maas"),
        ("Is Olga Brandt older than Piet Maas?", "no"),
        ("Which film has the younger director, Night Harbour or Silent Orchard?", "Night Harbour"),
        ("Do Night Harbour and Silent Orchard have directors from the same country?", "no"),
        ("Are Olga Brandt and Piet Maas of the same nationality?", "no"),
        ("Are Olga Brandt and Night Harbour both French directors?", None),
    ],
)
def test_two_are_compared(
    store: GraphStore, reader: Reader, question: str, answer: str | None
) -> None:
    found = _ask(question, store, reader)
    assert (found and found.text) == answer


def test_what_both_are_read_from_is_shown(store: GraphStore, reader: Reader) -> None:
    question = "Which film's director was born first, Night Harbour or Silent Orchard?"
    found = _ask(question, store, reader)
    assert found is not None
    assert found.text == "Silent Orchard"
    assert 0 < found.score < 1
    assert [one.title for one in found.passages] == [
        *("Night Harbour", "Olga Brandt"),
        *("Silent Orchard", "Piet Maas"),
    ]
    assert [span.text for span in found.spans] == ["3 May 1920", "12 April 1899"]
    for span, title in zip(found.spans, ("Olga Brandt", "Piet Maas"), strict=True):
        assert ARTICLES[title][span.start : span.end] == span.text
    names = {entity.id: entity.name for entity in store.all_entities()}
    stated = [(names[t.head], t.relation, names[t.tail]) for t in found.triples]
    assert stated == [("Night Harbour", "P57", "Olga Brandt")]
    assert [one.triple for one in found.evidence] == list(found.triples)


def test_no_answer_where_one_has_no_value_or_nothing_is_sure(
    store: GraphStore, reader: Reader
) -> None:
    assert _ask("Which film came out first, Night Harbour or Lost Reel?", store, reader) is None
    unsure = Reader(reader.model, reader.backbone, replace(reader.calibration, offset=-60.0))
    question = "Who was born first, Olga Brandt or Piet Maas?"
    assert _ask(question, store, unsure) is None


def _read(value: Value, score: float = 0.9) -> ReadValue:
    return ReadValue(value, Reached("", (), 1.0, frozenset()), text=score)


def test_rules_tell_only_what_is_sure() -> None:
    year, day = _read(WrittenDate(1921)), _read(WrittenDate(1921, 5, 12))
    assert is_less(year, _read(WrittenDate(1922))) is True
    assert is_less(year, day) is None
    assert is_less(_read(Quantity(3.0)), _read(Quantity(4.0, "m"))) is None
    assert is_less(_read(Quantity(5.0)), _read(Quantity(4.0))) is False
    born, died = _read(WrittenDate(1900)), _read(WrittenDate(1950))
    assert best_life([died, born], [born, died]) == (born, died)
    assert best_life([died], [born]) is None
    assert is_shorter((born, died), (born, _read(WrittenDate(1950, 6)))) is None
    assert is_shorter((born, died), (born, _read(WrittenDate(1980)))) is True


def test_same_countries_and_names() -> None:
    french, swiss, british = _read("France"), _read("Switzerland", 0.7), _read("United Kingdom")
    assert are_same("country", [french, swiss], [swiss]) is True
    assert are_same("country", [french], [swiss]) is False
    assert are_same("country", [british], [_read("Wales")]) is True
    assert are_same("country", [_read("Russia")], [_read("Soviet Union")]) is None
    assert are_same("country", [french], [french, swiss], "France") is True
    assert are_same("country", [french], [swiss], "France") is False
    assert are_same("name", [_read("Piet Maas")], [_read("piet maas")]) is True
    assert are_same("name", [_read("Boston")], [_read("Boston, Massachusetts")]) is None
    assert are_same("name", [_read("Boston")], [_read("Bonn")]) is False
    assert are_same("year", [_read(WrittenDate(1921))], [_read(WrittenDate(1921, 5))]) is True


def test_a_thing_that_can_be_no_surer_is_not_read(
    store: GraphStore, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def noted(
        store: GraphStore, name: str, entities: Sequence[str], asked: str
    ) -> list[HopPassage]:
        looked_at.append(name)
        return hop_passages(store, name, entities, asked)

    monkeypatch.setattr(compared_values, "hop_passages", noted)
    sure = Reader(reader.model, reader.backbone, replace(reader.calibration, offset=60.0))
    steps, hop = HopSteps(sure, load_ontology()), Hop(Followed("P569"), "When was {x} born?")
    known = {one.name: one for one in store.all_entities()}
    olga, piet = (start_of(name, [known[name]], store) for name in ("Olga Brandt", "Piet Maas"))
    sides = [[olga, replace(piet, score=0.5)], [piet]]
    first, second = read_values(steps, "date", hop, store, sides)
    assert looked_at == ["Olga Brandt", "Piet Maas"]
    assert (first[0].thing, second[0].thing) == (olga, piet)
    assert [first[0].value, second[0].value] == [
        WrittenDate(1920, 5, 3),
        WrittenDate(1899, 4, 12),
    ]
    doubtful = HopSteps(
        Reader(reader.model, reader.backbone, replace(reader.calibration, offset=-60.0)),
        load_ontology(),
    )
    read_values(doubtful, "date", hop, store, sides)
    assert looked_at[2:] == ["Olga Brandt", "Piet Maas", "Piet Maas"]
