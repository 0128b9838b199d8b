"""The walking part of a store over a networkx graph."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np

from kgqa.store.records import Edges


class GraphEdges:
    """The walking part of a store over a networkx graph; counts what is asked of it."""

    def __init__(self, graph: nx.Graph, shuffle: int | None = None) -> None:
        self.graph = graph
        self.calls: list[list[int]] = []
        self.rows = 0
        self.now = 1
        self._shuffle = shuffle

    def version(self) -> int:
        return self.now

    def edges(self, nodes: Sequence[int]) -> Edges:
        self.calls.append(list(nodes))
        rows = [
            (node, near, float(edge.get("weight", 1)))
            for node in nodes
            if node in self.graph
            for near, edge in self.graph[node].items()
        ]
        if self._shuffle is not None:
            np.random.default_rng(self._shuffle).shuffle(rows)
        self.rows += len(rows)
        table = np.array(rows, dtype=np.float64).reshape(-1, 3)
        return Edges(
            table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2].astype("f4")
        )
