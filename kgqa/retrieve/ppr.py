"""Personalised PageRank by local push: the cost follows the neighbourhood, not the graph.

Andersen, Chung & Lang, "Local Graph Partitioning using PageRank Vectors" (FOCS 2006). With
restart distribution s, restart probability a and transition matrix W = D^-1 A (A the
symmetric edge weights, D the degrees), PageRank is the solution of

    p = a s + (1 - a) p W.

An estimate p and a residual r start at 0 and s. A push of node u moves a r[u] to p[u] and
spreads (1 - a) r[u] over u's neighbours in proportion to the edges' weights; u is pushed
while r[u] > epsilon * degree(u). Each push adds at least a * epsilon * degree(u) to p,
which never exceeds 1 in all, so that the pushed nodes' degrees sum to 1 / (a epsilon) at
most, however large the graph. A round pushes all such nodes at once and reads the edges of
those not seen before in one call to the store; a node's degree is known only then, so that
nodes over epsilon are read, 1 / (a epsilon) at most for the same reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgqa.retrieve.node_cache import NodeCache, Nodes

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PushSettings:
    """How far a walk goes.

    Attributes:
        restart: probability a in (0, 1) of going back to the seeds at each step.
        epsilon: residual per unit of degree up to which a node is left alone, > 0.
        max_nodes: at most so many nodes have their edges read, largest residual first.
        max_rounds: at most so many rounds, each with at most one call to the store.
    """

    restart: float = 0.2
    epsilon: float = 1e-4
    max_nodes: int = 2_000
    max_rounds: int = 30

    def __post_init__(self) -> None:
        if not 0 < self.restart < 1:
            raise ValueError(f"expected a restart probability in (0, 1), got {self.restart}")
        if self.epsilon <= 0:
            raise ValueError(f"expected an epsilon > 0, got {self.epsilon}")


@dataclass(frozen=True, slots=True)
class PageRank:
    """What a walk found; a node that is not listed scores 0.

    Attributes:
        nodes: node keys, best first, ties by key, shape [n].
        scores: estimates in (0, 1], shape [n]; none exceeds the node's PageRank.
        missing: what the scores lack of the sum of 1, which is their L1 error.
        rows: how many edges the walk looked at.
        rounds: how many times it pushed.
    """

    nodes: Nodes
    scores: Floats
    missing: float
    rows: int
    rounds: int


def personalized_pagerank(
    cache: NodeCache, restarts: Mapping[int, float], settings: PushSettings | None = None
) -> PageRank:
    """Walk from the restart nodes.

    The walk stays where it is at a node without edges. Besides the paper's p, what a node
    still holds as residual counts with a r[u], the part of it that surely stays there.

    Args:
        cache: reads edges; its user refreshes it.
        restarts: node key -> weight; those > 0 are scaled to sum to 1.

    Returns:
        An empty PageRank when no weight is positive.
    """
    settings = settings or PushSettings()
    seeds = sorted((node, weight) for node, weight in restarts.items() if weight > 0)
    if not seeds:
        return PageRank(np.zeros(0, np.int64), np.zeros(0), 0.0, 0, 0)
    walk = _Walk(cache, settings, seeds)
    rounds = 0
    while rounds < settings.max_rounds and walk.push():
        rounds += 1
    return walk.result(rounds)


class _Walk:
    """One walk over the part of the graph that it has seen, each node at a local place."""

    def __init__(
        self, cache: NodeCache, settings: PushSettings, seeds: list[tuple[int, float]]
    ) -> None:
        self._cache = cache
        self._settings = settings
        self._nodes: Nodes = np.array([node for node, _ in seeds], dtype=np.int64)
        self._by_key: Places = np.arange(len(seeds))
        weights = np.array([weight for _, weight in seeds], dtype=np.float64)
        self._residual: Floats = weights / weights.sum()
        self._estimate: Floats = np.zeros(len(seeds))
        # nan until the node's edges were read
        self._degree: Floats = np.full(len(seeds), np.nan)
        self._sources: Places = np.zeros(0, np.intp)
        self._targets: Places = np.zeros(0, np.intp)
        self._weights: Floats = np.zeros(0)
        self._read = 0

    def push(self) -> bool:
        """Push every node that is over its threshold; False if there is none."""
        self._read_frontier()
        threshold = self._settings.epsilon * self._degree  # nan compares as False
        active = self._residual > threshold
        if not active.any():
            return False
        pushed = np.where(active, self._residual, 0.0)
        kept = np.where(self._degree > 0, self._settings.restart, 1.0)
        self._estimate += kept * pushed
        share = np.divide(
            (1 - self._settings.restart) * pushed,
            self._degree,
            out=np.zeros_like(pushed),
            where=self._degree > 0,
        )
        flow = share[self._sources] * self._weights
        arrived = np.bincount(self._targets, weights=flow, minlength=len(self._nodes))
        self._residual = self._residual - pushed + arrived
        return True

    def result(self, rounds: int) -> PageRank:
        scores = self._estimate + self._settings.restart * self._residual
        order = np.lexsort((self._nodes, -scores))
        order = order[scores[order] > 0]
        return PageRank(
            nodes=self._nodes[order],
            scores=scores[order],
            missing=float((1 - self._settings.restart) * self._residual.sum()),
            rows=len(self._sources),
            rounds=rounds,
        )

    def _read_frontier(self) -> None:
        """Read the edges of nodes whose residual would be over it at the degree of 1."""
        unread = np.flatnonzero(np.isnan(self._degree) & (self._residual > self._settings.epsilon))
        unread = unread[np.lexsort((self._nodes[unread], -self._residual[unread]))]
        unread = unread[: self._settings.max_nodes - self._read]
        if not len(unread):
            return
        self._read += len(unread)
        edges = self._cache.edges(self._nodes[unread])
        self._add_nodes(np.unique(edges.targets))
        sources = self._places(edges.sources)
        weights = edges.weights.astype(np.float64)
        degrees = np.bincount(sources, weights=weights, minlength=len(self._nodes))
        self._degree[unread] = degrees[unread]
        self._sources = np.concatenate([self._sources, sources])
        self._targets = np.concatenate([self._targets, self._places(edges.targets)])
        self._weights = np.concatenate([self._weights, weights])

    def _add_nodes(self, nodes: Nodes) -> None:
        """Give those of the nodes, in ascending order, that are new a place at the end."""
        known = self._nodes[self._by_key]
        places = np.minimum(np.searchsorted(known, nodes), len(known) - 1)
        new = nodes[known[places] != nodes]
        held = len(self._nodes)
        self._nodes = np.concatenate([self._nodes, new])
        # Two sorted runs, which a stable sort merges: a tenth of the time of sorting anew.
        runs = np.concatenate([self._by_key, np.arange(held, held + len(new))])
        self._by_key = runs[np.argsort(self._nodes[runs], kind="stable")]
        self._residual = np.concatenate([self._residual, np.zeros(len(new))])
        self._estimate = np.concatenate([self._estimate, np.zeros(len(new))])
        self._degree = np.concatenate([self._degree, np.full(len(new), np.nan)])

    def _places(self, nodes: Nodes) -> Places:
        return self._by_key[np.searchsorted(self._nodes[self._by_key], nodes)]
