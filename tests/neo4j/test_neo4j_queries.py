"""The saved queries and the style of docker/neo4j fit the graph that kgqa writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from store_samples import CITY, CURIE, MARIE, put, resolve_by_name

from kgqa.ontology import load_ontology
from kgqa.store.neo4j import Neo4jStore
from kgqa.store.neo4j_keys import type_label
from kgqa.types import Entity, Triple

FOLDER = Path(__file__).parents[2] / "docker"


@pytest.fixture
def graph(new_neo4j_url: Callable[[], str]) -> Iterator[Neo4jStore]:
    with Neo4jStore.open(new_neo4j_url()) as store:
        put(store, CURIE)
        put(store, CITY)
        resolve_by_name(store)
        # A name that no other graph of this database has.
        store.upsert(
            [Entity("p", "location", "Praga-Nowhere"), Entity("m", "person", "Solo-Nowhere")],
            [Triple("m", "P19", "p"), Triple("m", "P19", MARIE)],
        )
        yield store


def run(store: Neo4jStore, query: str, **parameters: object) -> list[list[Any]]:
    cypher = (FOLDER / "neo4j" / f"{query}.cypher").read_text()
    return store._session.statement(cypher, **parameters)


def test_neighbourhood(graph: Neo4jStore) -> None:
    rows = run(graph, "neighbourhood", name="Solo-Nowhere")
    assert {row[2]["name"] for row in rows} == {"Praga-Nowhere", "Marie Curie"}


def test_evidence(graph: Neo4jStore) -> None:
    rows = run(graph, "evidence", head="Marie Curie", type="PLACE_OF_BIRTH", tail="Warsaw")
    # Other graphs of the database may state the same.
    assert {row[0] for row in rows} >= {"Marie Curie", "Warsaw"}
    assert {row[3] for row in rows} >= {CURIE.passages[0].text, CITY.passages[0].text}


def test_contradictions(graph: Neo4jStore) -> None:
    rows = {row[0]: row for row in run(graph, "contradictions")}
    answers = rows["Solo-Nowhere"][2]
    assert [answer["answer"] for answer in answers] == ["Marie Curie", "Praga-Nowhere"]


def test_best_connected(graph: Neo4jStore) -> None:
    rows = run(graph, "best_connected")
    assert rows[0][2] >= rows[-1][2] >= 0
    assert 0 < len(rows) <= 25


def test_contribution(graph: Neo4jStore) -> None:
    rows = run(graph, "contribution", title="Warsaw")
    stated = {(row[2]["name"], row[3]["p_id"], row[4]["name"]) for row in rows if row[3]}
    assert ("Marie Curie", "P19", "Warsaw") in stated


def test_the_style_knows_the_labels() -> None:
    style = (FOLDER / "neo4j" / "style.grass").read_text()
    styled = set(re.findall(r"node\.(\w+)", style))
    assert {type_label(kind.id) for kind in load_ontology().mention_types} <= styled
    assert style.count("{") - style.count("}") == 0


def test_contradictions_names_relations_of_the_ontology() -> None:
    cypher = (FOLDER / "neo4j" / "contradictions.cypher").read_text()
    named = set(re.findall(r"'([A-Z_]+)'", cypher))
    assert named <= {relation.identifier for relation in load_ontology().relations}


def test_compose_has_volume_health_and_password_from_the_environment() -> None:
    service = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]["neo4j"]
    assert service["environment"]["NEO4J_AUTH"].startswith("neo4j/${NEO4J_PASSWORD:?")
    assert service["volumes"] == ["neo4j:/data"]
    assert "cypher-shell" in service["healthcheck"]["test"][1]
