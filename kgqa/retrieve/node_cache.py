"""A bounded cache of the edges and ids of nodes that walks visit again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kgqa.store.base import GraphStore
from kgqa.store.records import Edges

Nodes = NDArray[np.int64]
Weights = NDArray[np.float32]


class NodeCache:
    """Edges and ids of recently read nodes; all are dropped when the store's version rises.

    Args:
        store: where edges come from, in one call for all nodes that are not held.
        max_rows: about so many edges are held (12 bytes each); the least recently used
            node goes first.
        max_ids: at most so many ids are held, and those of one question.
    """

    def __init__(
        self, store: GraphStore, max_rows: int = 1_000_000, max_ids: int = 100_000
    ) -> None:
        self._store = store
        self._max_rows = max_rows
        self._version: int | None = None
        self._rows = 0
        self._held: OrderedDict[int, tuple[Nodes, Weights]] = OrderedDict()
        self._max_ids = max_ids
        self._keys: dict[str, int] = {}
        self._ids: dict[int, str] = {}

    def refresh(self, version: int | None = None) -> None:
        """Drop everything if the store was written since the last refresh.

        Args:
            version: the store's, where it was just read; None reads it.
        """
        version = self._store.version() if version is None else version
        changed = version != self._version
        if changed:
            self._held.clear()
            self._rows = 0
            self._version = version
        if changed or len(self._ids) > self._max_ids:
            self._keys.clear()
            self._ids.clear()

    def node_keys(
        self, passage_ids: Sequence[str] = (), entity_ids: Sequence[str] = ()
    ) -> dict[str, int]:
        """See `GraphStore.node_keys`."""
        new = [[one for one in ids if one not in self._keys] for ids in (passage_ids, entity_ids)]
        if any(new):
            self._learn(self._store.node_keys(*new))
        asked = (*passage_ids, *entity_ids)
        return {one: self._keys[one] for one in asked if one in self._keys}

    def node_ids(self, nodes: Sequence[int]) -> dict[int, str]:
        """See `GraphStore.node_ids`."""
        new = [node for node in nodes if node not in self._ids]
        if new:
            found = self._store.node_ids(new)
            self._learn({one: node for node, one in found.items()})
        return {node: self._ids[node] for node in nodes if node in self._ids}

    def _learn(self, keys: dict[str, int]) -> None:
        self._keys.update(keys)
        self._ids.update((node, one) for one, node in keys.items())

    def edges(self, nodes: Nodes) -> Edges:
        """All edges of distinct nodes, grouped by source in the order of `nodes`.

        A node without edges has no row.
        """
        asked = nodes.tolist()
        self._read([node for node in asked if node not in self._held])
        found = [self._held[node] for node in asked]
        self._touch(asked)
        if not found:
            return Edges(nodes, nodes, np.zeros(0, np.float32))
        lengths = np.array([len(targets) for targets, _ in found])
        return Edges(
            sources=np.repeat(nodes, lengths),
            targets=np.concatenate([targets for targets, _ in found]),
            weights=np.concatenate([weights for _, weights in found]),
        )

    def _read(self, nodes: list[int]) -> None:
        if not nodes:
            return
        edges = self._store.edges(nodes)
        # Sorted by source and target, so that sums do not depend on the order of rows.
        order = np.lexsort((edges.targets, edges.sources))
        sources, targets, weights = (
            edges.sources[order],
            edges.targets[order],
            edges.weights[order],
        )
        starts = np.searchsorted(sources, nodes, side="left")
        ends = np.searchsorted(sources, nodes, side="right")
        for node, start, end in zip(nodes, starts.tolist(), ends.tolist(), strict=True):
            # Copies: a slice would keep the whole round's rows alive after eviction.
            self._held[node] = (targets[start:end].copy(), weights[start:end].copy())
            self._rows += end - start

    def _touch(self, nodes: list[int]) -> None:
        for node in nodes:
            self._held.move_to_end(node)
        while self._rows > self._max_rows and len(self._held) > 1:
            _, (targets, _) = self._held.popitem(last=False)
            self._rows -= len(targets)
