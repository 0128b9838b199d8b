from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from graph_edges import GraphEdges
from retrieve_corpus import WordEncoder, film_store

from kgqa.link.candidates import seed_entities
from kgqa.retrieve.node_cache import NodeCache
from kgqa.retrieve.ppr import personalized_pagerank


def test_the_cache_holds_edges_until_the_store_changes() -> None:
    edges = GraphEdges(nx.path_graph(30))
    cache = NodeCache(edges)  # type: ignore[arg-type]
    first = personalized_pagerank(cache, {0: 1.0})
    calls = len(edges.calls)
    again = personalized_pagerank(cache, {0: 1.0})
    assert len(edges.calls) == calls
    assert again.scores.tolist() == first.scores.tolist()
    edges.graph.add_edge(0, 100)
    edges.now = 2
    cache.refresh()
    assert 100 in personalized_pagerank(cache, {0: 1.0}).nodes


def test_the_cache_is_bounded_and_drops_the_least_recent() -> None:
    edges = GraphEdges(nx.cycle_graph(50))
    cache = NodeCache(edges, max_rows=6)  # type: ignore[arg-type]
    cache.refresh()
    for node in (0, 1, 2):
        cache.edges(np.array([node]))
    cache.edges(np.array([0]))  # used again: 1 is now the oldest
    cache.edges(np.array([3]))
    edges.calls.clear()
    cache.edges(np.array([0, 2, 3]))
    assert edges.calls == []
    cache.edges(np.array([1]))
    assert edges.calls == [[1]]


def test_a_frontier_larger_than_the_cache_is_still_whole() -> None:
    cache = NodeCache(GraphEdges(nx.cycle_graph(50)), max_rows=4)  # type: ignore[arg-type]
    cache.refresh()
    found = cache.edges(np.arange(20)[::-1].copy())
    assert found.sources.tolist() == np.repeat(np.arange(20)[::-1], 2).tolist()


def test_the_cache_holds_ids_until_the_store_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with film_store(tmp_path, WordEncoder()) as store:
        cache = NodeCache(store)
        cache.refresh()
        entities = [seed.entity.id for seed in seed_entities(store, "Night Harbour and Tallinn")]
        passages = [found for found, _ in store.search_text("harbour", 3)]
        keys = cache.node_keys(passages, [*entities, "no-such-entity"])
        assert keys == dict(store.node_keys(passages, entities))
        assert len(keys) == len({*passages, *entities})
        nodes = sorted(keys.values())
        with monkeypatch.context() as patched:
            patched.setattr(store, "node_keys", None)  # a call would fail
            patched.setattr(store, "node_ids", None)
            assert cache.node_keys([], entities) == {one: keys[one] for one in entities}
            assert cache.node_ids(nodes) == {node: one for one, node in keys.items()}
        about = store.passages(passages[:1])[0].passage
        store.delete_document(about.document_id)
        cache.refresh()
        assert about.id not in cache.node_keys(passages, [])
        assert keys[about.id] not in cache.node_ids(nodes)


def test_the_held_ids_are_bounded(tmp_path: Path) -> None:
    with film_store(tmp_path, WordEncoder()) as store:
        cache = NodeCache(store, max_ids=2)
        cache.refresh()
        passages = [found for found, _ in store.search_text("harbour was born director", 10)]
        assert len(cache.node_keys(passages)) > 2
        cache.refresh()
        assert cache._ids == {}
        assert cache.node_keys(passages) == dict(store.node_keys(passages))
