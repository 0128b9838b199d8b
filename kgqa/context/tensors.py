"""Subgraphs as tensors, and batches of them.

No tensor here has a row or a parameter that stands for one relation or entity: what tells
relations apart is the embedding of their words. One graph is a batch of one by itself; several
are joined by PyG, whose import takes longer than all the rest of a cold `kgqa ask`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import torch
from torch import Tensor

from kgqa.context.graph import BACKWARD, FORWARD, Grown
from kgqa.context.text import TextEmbedder
from kgqa.lm.device import moved
from kgqa.types import Subgraph

MOST_HOPS = 4
"""Hops beyond it count as it; so does a node that no path reaches."""


class Graphs(Protocol):
    """One or more subgraphs as one disconnected graph: the tensors of `GraphData`, one graph's
    after the other's, with `batch` [n_nodes] and `relation_text_batch` [n_relations]: the graph
    of each node and of each relation row."""

    @property
    def edge_index(self) -> Tensor: ...
    @property
    def edge_relation(self) -> Tensor: ...
    @property
    def edge_direction(self) -> Tensor: ...
    @property
    def relation_text(self) -> Tensor: ...
    @property
    def node_text(self) -> Tensor: ...
    @property
    def seed(self) -> Tensor: ...
    @property
    def hop(self) -> Tensor: ...
    @property
    def score(self) -> Tensor: ...
    @property
    def batch(self) -> Tensor: ...
    @property
    def relation_text_batch(self) -> Tensor: ...
    def to(self, device: torch.device) -> Graphs: ...


@dataclass(frozen=True, slots=True, eq=False)
class GraphData:
    """One subgraph.

    Attributes:
        edge_index: [2, n_edges], source and target as followed, so that a triple gives two.
        edge_relation: [n_edges], row of `relation_text`.
        edge_direction: [n_edges], 0 from head to tail, 1 from tail to head.
        relation_text: [n_relations, 2 * lm_width], one row for each relation of the subgraph.
        node_text: [n_nodes, 2 * lm_width], or [n_nodes, 0] where names are not needed.
        seed: [n_nodes], 1 for a topic.
        hop: [n_nodes], int64 in [0, MOST_HOPS].
        score: [n_nodes], relevance as retrieved, in [0, 1].
    """

    edge_index: Tensor
    edge_relation: Tensor
    edge_direction: Tensor
    relation_text: Tensor
    node_text: Tensor
    seed: Tensor
    hop: Tensor
    score: Tensor

    @property
    def num_nodes(self) -> int:
        """All nodes of the subgraph."""
        return len(self.seed)

    @property
    def batch(self) -> Tensor:
        """[n_nodes], zeros: all are of the only graph of this batch."""
        return self.hop.new_zeros(len(self.seed))

    @property
    def relation_text_batch(self) -> Tensor:
        """[n_relations], zeros."""
        return self.hop.new_zeros(len(self.relation_text))

    def to(self, device: torch.device) -> GraphData:
        """On that device."""
        return moved(self, device)


def batch_graphs(graphs: Sequence[GraphData]) -> Graphs:
    """The graphs as one disconnected graph; a single one is that itself."""
    if len(graphs) == 1:
        return graphs[0]
    from kgqa.context.message_passing import joined  # brings PyG

    return cast(Graphs, joined(graphs))


def grown_data(grown: Grown, relation_text: Tensor, node_text: Tensor | None = None) -> GraphData:
    """A grown part of a graph.

    Args:
        relation_text: [relations of the whole graph, 2 * lm_width].
        node_text: [n_nodes, 2 * lm_width] of the grown part's nodes, in their order.
    """
    edges, n_nodes = grown.edges, len(grown.nodes)
    relations, rows = torch.unique(torch.from_numpy(edges.relations), return_inverse=True)
    seed = torch.zeros(n_nodes)
    seed[: grown.seeds] = 1
    return GraphData(
        edge_index=torch.stack([torch.from_numpy(edges.sources), torch.from_numpy(edges.targets)]),
        edge_relation=rows,
        edge_direction=torch.from_numpy(edges.directions),
        relation_text=relation_text[relations],
        node_text=torch.zeros(n_nodes, 0) if node_text is None else node_text,
        seed=seed,
        hop=torch.from_numpy(grown.hops).clamp(max=MOST_HOPS),
        score=torch.ones(n_nodes),
    )


def subgraph_data(
    subgraph: Subgraph, texts: TextEmbedder, words: Callable[[str], str] = str
) -> GraphData:
    """A retrieved subgraph, its triples in both directions.

    Args:
        words: relation id -> its words, such as `Verbalizer.relation`.
    """
    place = {entity.id: i for i, entity in enumerate(subgraph.entities)}
    triples = [t for t in subgraph.triples if t.head in place and t.tail in place]
    relations = sorted({triple.relation for triple in triples})
    row = {relation: i for i, relation in enumerate(relations)}
    ends = torch.tensor([(place[t.head], place[t.tail]) for t in triples], dtype=torch.long)
    forward = ends.reshape(-1, 2).T
    kinds = torch.tensor([row[t.relation] for t in triples], dtype=torch.long)
    direction = torch.tensor([FORWARD, BACKWARD]).repeat_interleave(len(triples))
    seed = torch.zeros(len(place))
    seed[[place[s] for s in subgraph.seeds if s in place]] = 1
    edge_index = torch.cat([forward, forward.flip(0)], dim=1)
    scores = torch.tensor(subgraph.scores or [1.0] * len(place), dtype=torch.float)
    return GraphData(
        edge_index=edge_index,
        edge_relation=torch.cat([kinds, kinds]),
        edge_direction=direction,
        relation_text=texts.names([words(relation) for relation in relations]),
        node_text=texts.names([entity.name for entity in subgraph.entities]),
        seed=seed,
        hop=_hops(edge_index, seed),
        score=scores / scores.max().clamp(min=1e-9) if len(scores) else scores,
    )


def _hops(edge_index: Tensor, seed: Tensor) -> Tensor:
    """Breadth first from the seeds; MOST_HOPS where none leads."""
    around: dict[int, list[int]] = {}
    for source, target in edge_index.T.tolist():
        around.setdefault(source, []).append(target)
    hops = torch.full(seed.shape, MOST_HOPS)
    hops[seed > 0] = 0
    queue = deque(torch.nonzero(seed)[:, 0].tolist())
    while queue:
        node = queue.popleft()
        for other in around.get(node, ()):
            if hops[other] > hops[node] + 1:
                hops[other] = hops[node] + 1
                queue.append(other)
    return hops
