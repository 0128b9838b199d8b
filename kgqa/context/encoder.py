"""What every context encoder takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from kgqa.context.tensors import Graphs
from kgqa.context.text import QuestionStates
from kgqa.context.vectors import ContextVectors

IMPOSSIBLE = -1e4


@dataclass(frozen=True, slots=True)
class ContextShape:
    """Sizes of a context encoder.

    Attributes:
        text_width: of questions, nodes and relations as they enter, 2 * lm_width.
        lm_width: of a virtual token.
        width: of the encoder's own states.
        steps: hops that the network walks.
        top: virtual tokens for the best nodes.
        pooled: virtual tokens for the whole graph.
        dropout: in training.
    """

    text_width: int
    lm_width: int
    width: int = 128
    steps: int = 3
    top: int = 16
    pooled: int = 2
    dropout: float = 0.1


@dataclass(frozen=True, slots=True)
class ContextOutput:
    """What an encoder reads out of a batch of subgraphs.

    Attributes:
        vectors: the virtual tokens, those of nodes first, best first.
        nodes: [batch, n_virtual_tokens], the node of its graph that a virtual token stands
            for; -1 for none (pooled or padding).
        node_logits: [all nodes of the batch], how likely each is the answer; finite.
    """

    vectors: ContextVectors
    nodes: Tensor
    node_logits: Tensor


class ContextEncoder(Protocol):
    """Question and subgraphs to virtual tokens."""

    shape: ContextShape

    def __call__(self, question: QuestionStates, graphs: Graphs) -> ContextOutput:
        """`graphs` is `tensors.batch_graphs` of one subgraph for each question."""


@dataclass(frozen=True, slots=True)
class TopNodes:
    """The best nodes of each graph of a batch.

    Attributes:
        rows: [batch, top], row among all nodes of the batch; 0 where there is none.
        places: [batch, top], index in its own graph; -1 where there is none.
    """

    rows: Tensor
    places: Tensor


def top_nodes(node_logits: Tensor, graph_of: Tensor, n_graphs: int, top: int) -> TopNodes:
    """The `top` nodes of each graph, best first.

    Args:
        node_logits: [all nodes].
        graph_of: [all nodes], ascending.
    """
    counts = torch.bincount(graph_of, minlength=n_graphs)
    first = counts.cumsum(0) - counts
    order = torch.argsort(node_logits, descending=True, stable=True)
    order = order[torch.argsort(graph_of[order], stable=True)]
    place = torch.arange(top, device=node_logits.device)
    inside = place[None] < counts[:, None]
    rows = torch.where(inside, first[:, None] + place[None], 0)
    rows = order[rows] if len(order) else rows
    places = torch.where(inside, rows - first[:, None], -1)
    return TopNodes(torch.where(inside, rows, 0), places)


def grouped(values: Tensor, graph_of: Tensor, n_graphs: int) -> tuple[Tensor, Tensor]:
    """Rows of each graph as a padded batch.

    Args:
        values: [rows, width].
        graph_of: [rows], ascending.

    Returns:
        [n_graphs, longest, width] and the mask [n_graphs, longest]; longest is at least 1.
    """
    counts = torch.bincount(graph_of, minlength=n_graphs)
    longest = max(1, int(counts.max()) if len(counts) else 1)
    place = torch.arange(len(values), device=values.device) - (counts.cumsum(0) - counts)[graph_of]
    batch = values.new_zeros(n_graphs, longest, values.shape[-1])
    batch[graph_of, place] = values
    mask = torch.arange(longest, device=values.device)[None] < counts[:, None]
    return batch, mask


def best_rows(values: Tensor, telling: Tensor, nodes: Tensor, n_nodes: int) -> Tensor:
    """For each node the row with the highest value; -1 without any.

    Args:
        values, telling: [rows]; of equal values the higher `telling` counts, so that the
            order of rows does not.
        nodes: [rows], the node that each is about.

    Returns:
        [n_nodes].
    """
    order = torch.argsort(telling, stable=True)
    order = order[torch.argsort(values[order], stable=True)]
    # Later writes win on one thread only: take the place of the best row instead.
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order), device=order.device)
    best = order.new_full((n_nodes,), -1).scatter_reduce(0, nodes, place, "amax")
    return torch.where(best >= 0, order[best.clamp(min=0)], -1) if len(order) else best
