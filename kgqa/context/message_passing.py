"""What training takes of PyG: subgraphs joined into batches, and messages along their edges."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.nn import MessagePassing

from kgqa.context.tensors import GraphData


class _Joinable(Data):  # type: ignore[misc]
    """`GraphData` for PyG, which must know what a relation's row counts from."""

    def __inc__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        if key == "edge_relation":
            return len(self.relation_text)
        return super().__inc__(key, value, *args, **kwargs)


def joined(graphs: Sequence[GraphData]) -> Batch:
    """One disconnected graph, as `tensors.Graphs` describes it."""
    names = [field.name for field in fields(GraphData)]
    parts = [
        _Joinable(num_nodes=graph.num_nodes, **{name: getattr(graph, name) for name in names})
        for graph in graphs
    ]
    return Batch.from_data_list(parts, follow_batch=["relation_text"])


class _Follow(MessagePassing):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(aggr="max")

    def forward(self, scores: Tensor, gates: Tensor, edge_index: Tensor) -> Tensor:
        reached: Tensor = self.propagate(edge_index, x=scores[:, None], gate=gates[:, None])
        return reached[:, 0]

    def message(self, x_j: Tensor, gate: Tensor) -> Tensor:
        return x_j * gate


@functools.cache
def follow() -> _Follow:
    """s(v) = max over incoming edges of s(u) g; 0 without any: as `gnn.follow` has it."""
    return _Follow()
