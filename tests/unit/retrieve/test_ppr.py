from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from graph_edges import GraphEdges

from kgqa.retrieve.node_cache import NodeCache
from kgqa.retrieve.ppr import PageRank, PushSettings, personalized_pagerank


def random_graph(seed: int, nodes: int = 120, edges: int = 300) -> nx.Graph:
    graph = nx.gnm_random_graph(nodes, edges, seed=seed)
    rng = np.random.default_rng(seed)
    for _, _, edge in graph.edges(data=True):
        edge["weight"] = int(rng.integers(1, 4))
    graph.remove_nodes_from(list(nx.isolates(graph)))
    return graph


def walk(edges: GraphEdges, restarts: dict[int, float], **settings: float) -> PageRank:
    return personalized_pagerank(
        NodeCache(edges),  # type: ignore[arg-type]
        restarts,
        PushSettings(**settings),  # type: ignore[arg-type]
    )


def score_of(found: PageRank) -> dict[int, float]:
    return dict(zip(found.nodes.tolist(), found.scores.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("restart", [0.15, 0.5])
def test_agrees_with_power_iteration(seed: int, restart: float) -> None:
    graph = random_graph(seed)
    first, second, *_ = graph.nodes
    restarts = {first: 1.0, second: 3.0}
    exact = nx.pagerank(graph, alpha=1 - restart, personalization=restarts, tol=1e-12)
    found = walk(GraphEdges(graph), restarts, restart=restart, epsilon=1e-9, max_rounds=300)
    scores = score_of(found)
    assert max(abs(exact[node] - scores.get(node, 0.0)) for node in graph) < 1e-6


@pytest.mark.parametrize("epsilon", [1e-2, 1e-3, 1e-4])
def test_the_missing_mass_is_the_error(epsilon: float) -> None:
    graph = random_graph(7)
    seed = next(iter(graph))
    exact = nx.pagerank(graph, alpha=0.5, personalization={seed: 1.0}, tol=1e-12)
    found = walk(GraphEdges(graph), {seed: 1.0}, restart=0.5, epsilon=epsilon)
    scores = score_of(found)
    error = sum(abs(exact[node] - scores.get(node, 0.0)) for node in graph)
    assert error == pytest.approx(found.missing, abs=1e-7)
    assert found.missing > 0
    assert found.scores.sum() == pytest.approx(1 - found.missing)


def test_does_not_depend_on_the_order_of_seeds_and_rows() -> None:
    graph = random_graph(3)
    seeds = {node: 1.0 + node % 3 for node in list(graph)[:6]}
    plain = walk(GraphEdges(graph), seeds)
    turned = walk(GraphEdges(graph, shuffle=1), dict(reversed(seeds.items())))
    assert plain.nodes.tolist() == turned.nodes.tolist()
    assert plain.scores.tolist() == turned.scores.tolist()


def test_does_not_depend_on_the_names_of_nodes() -> None:
    graph = random_graph(4)
    seed = next(iter(graph))
    plain = score_of(walk(GraphEdges(graph), {seed: 1.0}))
    renamed = nx.relabel_nodes(graph, {node: 1000 - node for node in graph})
    other = score_of(walk(GraphEdges(renamed), {1000 - seed: 1.0}))
    assert other == {1000 - node: pytest.approx(score) for node, score in plain.items()}


def test_cost_does_not_follow_the_size_of_the_graph() -> None:
    costs = []
    for size in (2_000, 20_000):
        graph = nx.cycle_graph(size)
        nx.add_star(graph, [0, *range(size, size + 5)])
        edges = GraphEdges(graph)
        found = walk(edges, {0: 1.0}, restart=0.3, epsilon=1e-6)
        costs.append((edges.rows, len(found.nodes), found.rounds))
    assert costs[0] == costs[1]
    assert costs[0][0] < 200


def test_nodes_that_are_read_stay_within_the_bound() -> None:
    graph = random_graph(5, nodes=400, edges=3000)
    edges = GraphEdges(graph)
    epsilon, restart = 1e-3, 0.3
    found = walk(edges, {next(iter(graph)): 1.0}, restart=restart, epsilon=epsilon)
    assert found.rounds > 1
    assert len(edges.calls) <= found.rounds + 1
    assert sum(map(len, edges.calls)) <= 1 / (restart * epsilon)


def test_each_round_reads_new_nodes_in_one_call_and_none_twice() -> None:
    edges = GraphEdges(random_graph(6))
    found = walk(edges, {next(iter(edges.graph)): 1.0}, epsilon=1e-6)
    asked = [node for call in edges.calls for node in call]
    assert len(asked) == len(set(asked))
    assert len(edges.calls) <= found.rounds + 1


def test_bounds_on_nodes_and_rounds_hold() -> None:
    edges = GraphEdges(random_graph(8))
    seed = next(iter(edges.graph))
    assert walk(edges, {seed: 1.0}, epsilon=1e-9, max_rounds=3).rounds == 3
    edges.calls.clear()
    walk(edges, {seed: 1.0}, epsilon=1e-9, max_nodes=10)
    assert sum(map(len, edges.calls)) == 10


def test_a_node_without_edges_keeps_its_weight() -> None:
    graph = nx.path_graph(3)
    graph.add_node(9)
    scores = score_of(walk(GraphEdges(graph), {9: 1.0, 0: 1.0}, epsilon=1e-9))
    assert scores[9] == pytest.approx(0.5)
    assert walk(GraphEdges(graph), {77: 2.0}).scores.tolist() == [1.0]


@pytest.mark.parametrize("restarts", [{}, {1: 0.0}])
def test_without_weights_nothing_is_found(restarts: dict[int, float]) -> None:
    found = walk(GraphEdges(nx.path_graph(3)), restarts)
    assert (len(found.nodes), found.missing, found.rows) == (0, 0.0, 0)


@pytest.mark.parametrize("bad", [{"restart": 0.0}, {"restart": 1.0}, {"epsilon": 0.0}])
def test_settings_reject_what_makes_no_walk(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        PushSettings(**bad)  # type: ignore[arg-type]
