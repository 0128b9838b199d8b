from __future__ import annotations

import re
from pathlib import Path

import pytest
from gold_store import store_annotated
from question_fixtures import ARTICLES, annotated, encode

from kgqa.datasets.annotated import AnnotatedDocument, GoldRelation
from kgqa.ontology import load_ontology
from kgqa.qa.dates import WrittenDate, parse_date
from kgqa.store.open import open_store
from kgqa.train.question_names import Naming
from kgqa.train.question_templates import QuestionTemplates
from kgqa.types import Entity

ONTOLOGY = load_ontology()
TEMPLATES = QuestionTemplates(ONTOLOGY)
SLOT = re.compile(r"{\w*}")


@pytest.mark.parametrize(
    ("text", "year", "month", "day"),
    [
        ("12 May 1921", 1921, 5, 12),
        ("May 12, 1921", 1921, 5, 12),
        ("the 1921", 0, 0, 0),
        ("1921", 1921, 0, 0),
        ("May 1921", 1921, 5, 0),
        ("1921-05-12", 1921, 5, 12),
        ("980", 980, 0, 0),
        ("22", 0, 0, 0),
        ("1920s", 0, 0, 0),
        ("44 May 1921", 0, 0, 0),
        ("1914 to 1918", 0, 0, 0),
    ],
)
def test_dates_as_written(text: str, year: int, month: int, day: int) -> None:
    assert parse_date(text) == (WrittenDate(year, month, day) if year else None)


def test_dates_are_compared_only_as_far_as_they_go() -> None:
    day, month, year = WrittenDate(1921, 5, 12), WrittenDate(1921, 6), WrittenDate(1921)
    assert day.before(WrittenDate(1922)) is True
    assert month.before(day) is False
    assert day.before(month) is True
    assert day.before(year) is None
    assert day.before(day) is None
    assert WrittenDate(1922, 5, 12).days_after(day) == 365


def test_every_wording_has_its_slots_and_no_other() -> None:
    count = 0
    for relation in ONTOLOGY.relations:
        for inverse, types in ((False, relation.tail), (True, relation.head)):
            for kind in types:
                phrasing = TEMPLATES.phrasing(relation.id, inverse, kind)
                for text in (*phrasing.ask, *phrasing.ask_year, *phrasing.ask_adjective):
                    assert text.endswith("?"), text
                    count += 1
                for text in (*phrasing.ask, *phrasing.noun, *phrasing.verb):
                    assert text.count("{x}") == 1, text
                    assert set(SLOT.findall(text)) <= {"{x}", "{kind}"}, text
                    assert "{kind}" not in text or phrasing.kinds, text
    assert count > 400


def test_a_relation_without_wording_of_its_own_is_asked_by_its_label() -> None:
    phrasing = TEMPLATES.phrasing("P1198", False, "number")
    assert phrasing.ask == ("What is the unemployment rate of {x}?",)


def test_countries_and_their_adjectives() -> None:
    assert TEMPLATES.country("French") == TEMPLATES.country("France") == "France"
    assert TEMPLATES.country("the United States") == TEMPLATES.country("American")
    assert TEMPLATES.country("Paris") is None
    assert TEMPLATES.is_adjective("French")
    assert not TEMPLATES.is_adjective("France")
    assert TEMPLATES.surely_different("France", "Spain")
    assert not TEMPLATES.surely_different("United Kingdom", "Scotland")


def test_names_that_say_enough() -> None:
    smith = [Entity(id, "person", "John Smith") for id in ("s1", "s2")]
    naming = Naming(
        [("John Smith", "s1"), ("John Smith", "s2"), ("Oz", "oz"), ("Ann Lee", "ann")],
        {"s2": "John Smith (actor)", "oz": "Oz (film)"},
        {"oz": "Oz is a 1994 drama film, and was a song once."},
    )
    assert naming.name(smith[0]) is None
    assert naming.name(smith[1]) == "John Smith (actor)"
    assert naming.name(Entity("oz", "miscellaneous", "Oz")) == "Oz"
    assert naming.name(Entity("ann", "person", "Ann Lee")) == "Ann Lee"
    assert naming.name(Entity("ann", "person", "Ann")) is None
    assert naming.kind("oz") == "film"
    assert naming.kind("ann") is None
    assert not naming.is_name(Entity("x", "person", "Anna of"))


def test_gold_relations_whose_evidence_is_in_two_passages_are_left_out(tmp_path: Path) -> None:
    source = annotated(0, ARTICLES[3])
    relation = next(r for r in source.relations if r.relation == "P19")
    split = GoldRelation(relation.head, "P20", relation.tail, (0, 2))
    document = AnnotatedDocument(
        source.id, source.title, source.text, source.sentences, source.clusters,
        (relation, split),
    )  # fmt: skip
    with open_store(f"sqlite:///{tmp_path}/gold.db") as store:
        store_annotated([document], store, encode, passage_characters=70)
        found = [(e.triple.relation, e.score, e.extractor) for e in store.evidence_of(
            list(store.all_triples())
        )]  # fmt: skip
        assert store.stats().passages > 1
    assert found == [("P19", 1.0, "gold")]
