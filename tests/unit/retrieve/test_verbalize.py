from __future__ import annotations

import pytest

from kgqa.ontology import load_ontology
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.types import Entity, Subgraph, Triple


@pytest.fixture(scope="module")
def verbalizer() -> Verbalizer:
    return Verbalizer(load_ontology())


def test_a_triple_is_written_with_names_and_label(verbalizer: Verbalizer) -> None:
    names = {"e1": "Marie Curie", "e2": "Warsaw"}
    text = verbalizer.triple(Triple("e1", "P19", "e2"), names)
    assert text == "Marie Curie, place of birth, Warsaw"


def test_an_imported_relation_and_an_unknown_entity_stand_for_themselves(
    verbalizer: Verbalizer,
) -> None:
    text = verbalizer.triple(Triple("e1", "starred_actors", "e9"), {"e1": "Heat"})
    assert text == "Heat, starred actors, e9"


def test_a_subgraph_is_written_triple_by_triple(verbalizer: Verbalizer) -> None:
    curie, warsaw = Entity("e1", "person", "Marie Curie"), Entity("e2", "location", "Warsaw")
    triples = (Triple("e1", "P19", "e2"), Triple("e1", "P937", "e2"))
    assert verbalizer.subgraph(Subgraph(("e1",), (curie, warsaw), triples)) == [
        "Marie Curie, place of birth, Warsaw",
        "Marie Curie, work location, Warsaw",
    ]
