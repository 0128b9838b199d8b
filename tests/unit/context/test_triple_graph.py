from __future__ import annotations

import random

import numpy as np
import pytest
from graph_family import FAMILY, family

from kgqa.context.graph import BACKWARD, FORWARD, GrowthLimits, TripleGraph, grow


def edges_of(graph: TripleGraph, name: str) -> set[tuple[str, int, str]]:
    edges = graph.neighbours(graph.entities.index(name))
    return {
        (graph.relations[r], int(d), graph.entities[t])
        for r, d, t in zip(edges.relations, edges.directions, edges.targets, strict=True)
    }


def test_neighbours_are_the_triples_in_both_directions() -> None:
    graph = TripleGraph.from_triples([*FAMILY, *FAMILY])
    for name in graph.entities:
        expected = {(r, FORWARD, t) for h, r, t in FAMILY if h == name}
        expected |= {(r, BACKWARD, h) for h, r, t in FAMILY if t == name}
        assert edges_of(graph, name) == expected
        assert len(graph.neighbours(graph.entities.index(name))) == len(expected)


def test_an_empty_graph_has_no_topics() -> None:
    graph = TripleGraph.from_triples([])
    assert (graph.entities, graph.relations, graph.topics("who is Ada")) == ((), (), [])


def test_all_relations_open_reach_every_node_within_the_steps() -> None:
    graph = family()
    topic = graph.entities.index("Ada")
    grown = grow(graph, [topic], np.ones((2, len(graph.relations), 2)))
    names = {graph.entities[n] for n in grown.nodes}
    assert grown.nodes[0] == topic
    assert "Dora" in names
    assert "Warsaw" not in names
    assert dict(zip((graph.entities[n] for n in grown.nodes), grown.hops, strict=True))["Bea"] == 1


def test_only_open_relations_are_followed_step_by_step() -> None:
    graph = family()
    gates = np.zeros((2, len(graph.relations), 2))
    gates[0, graph.relations.index("mother"), FORWARD] = 0.9
    gates[1, graph.relations.index("born_in"), FORWARD] = 0.9
    grown = grow(graph, [graph.entities.index("Ada")], gates)
    assert [graph.entities[n] for n in grown.nodes] == ["Ada", "Bea", "Paris"]
    assert len(grown.edges) == 2


def test_a_question_that_opens_nothing_follows_the_best_relation() -> None:
    graph = family()
    gates = np.full((1, len(graph.relations), 2), 1e-4)
    gates[0, graph.relations.index("father"), FORWARD] = 1e-3
    grown = grow(graph, [graph.entities.index("Ada")], gates)
    assert [graph.entities[n] for n in grown.nodes] == ["Ada", "Carl"]


@pytest.mark.parametrize("limits", [GrowthLimits(edges=50), GrowthLimits(edges=5000, fan_out=50)])
def test_growth_is_bounded_at_a_hub(limits: GrowthLimits) -> None:
    triples = [(f"film {i}", "genre", "Drama") for i in range(20_000)]
    triples += [("film 7", "director", "Ada"), ("Drama", "kind", "style")]
    graph = TripleGraph.from_triples(triples)
    gates = np.ones((3, 3, 2))
    grown = grow(graph, [graph.entities.index("Drama")], gates, limits)
    assert len(grown.edges) <= 3 * 52
    assert "style" in {graph.entities[n] for n in grown.nodes} or limits.fan_out == 0


def test_the_best_relations_of_a_hub_come_first() -> None:
    triples = [(f"film {i:04}", "genre", "Drama") for i in range(1000)]
    triples.append(("Drama", "kind", "style"))
    graph = TripleGraph.from_triples(triples)
    gates = np.full((1, 2, 2), 0.5)
    gates[0, graph.relations.index("kind"), FORWARD] = 0.9
    grown = grow(graph, [graph.entities.index("Drama")], gates, GrowthLimits(edges=10))
    assert len(grown.edges) == 10
    assert "style" in {graph.entities[n] for n in grown.nodes}


def test_the_order_of_triples_changes_names_only() -> None:
    shuffled = FAMILY.copy()
    random.Random(1).shuffle(shuffled)
    first, second = family(), TripleGraph.from_triples(shuffled)
    for name in first.entities:
        assert edges_of(first, name) == edges_of(second, name)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("who is the mother of [Ada]", ["Ada"]),
        ("who is Ada 's mother ?", ["Ada"]),
        ("who is Ada's mother?", ["Ada"]),
        ("what about ada lovelace", ["Ada Lovelace"]),
        ("films of The Prowler", ["The Prowler"]),
        ("who directed the films of Ada Lovelace", ["Ada Lovelace"]),
        ("place of birth of ludwig_ii_of_bavaria 's father", ["ludwig_ii_of_bavaria"]),
        ("where was Ludwig II of Bavaria born?", ["ludwig_ii_of_bavaria"]),
        ("who wrote the Countess", ["Ada Lovelace"]),
        ("nothing known here", []),
    ],
)
def test_topics_are_found_by_brackets_or_by_the_longest_name(
    question: str, expected: list[str]
) -> None:
    names = ["Ada", "Ada Lovelace", "The Prowler", "ludwig_ii_of_bavaria", "films", "father"]
    graph = TripleGraph.from_triples(
        [(name, "is", "thing") for name in names], {"Ada Lovelace": ["Countess"]}
    )
    assert [graph.entities[topic] for topic in graph.topics(question)] == expected


def test_the_topics_name_is_masked() -> None:
    graph = family()
    ada = graph.entities.index("Ada")
    assert graph.index.masked("who is [Ada]'s mother", [ada]) == "who is [MASK]'s mother"
    assert graph.index.masked("who is Ada 's mother ?", [ada]) == "who is [MASK] 's mother ?"
