"""Nodes as virtual tokens of the language model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kgqa.context.encoder import ContextOutput, ContextShape, top_nodes
from kgqa.context.tensors import MOST_HOPS, Graphs
from kgqa.context.vectors import ContextVectors


class NodeTokens(nn.Module):
    """One virtual token for each of the top nodes, and pooled ones.

    A node's is a projection of its name's embedding, score, seed, hop, and the embedding of
    the relation that brought its best score, with that relation's direction.
    """

    def __init__(self, shape: ContextShape) -> None:
        super().__init__()
        self.shape = shape
        self.features = 2 * shape.text_width + 4 + MOST_HOPS + 1
        self.node = nn.Sequential(
            nn.Linear(self.features, shape.lm_width), nn.LayerNorm(shape.lm_width)
        )
        self.pool = nn.ModuleList(
            nn.Linear(shape.text_width + shape.width, shape.lm_width) for _ in range(shape.pooled)
        )
        self.pool_norm = nn.LayerNorm(shape.lm_width)

    def forward(
        self, logits: Tensor, scores: Tensor, best: Tensor, question: Tensor, graphs: Graphs
    ) -> ContextOutput:
        """
        Args:
            logits: [all nodes].
            scores: [all nodes], in [0, 1].
            best: [all nodes], the edge that brought the score, or -1.
            question: [batch, width].
            graphs: with `node_text` of width text_width.
        """
        n_graphs = len(question)
        # Equal scores are told apart by name, not by order.
        telling = logits.detach().double() + 1e-6 * graphs.node_text.double().sum(-1)
        top = top_nodes(telling, graphs.batch, n_graphs, self.shape.top)
        features = self._features(top.rows.flatten(), scores, best, graphs)
        tokens = self.node(features).view(n_graphs, self.shape.top, -1)
        weighted = graphs.node_text * scores[:, None]
        pooled = weighted.new_zeros(n_graphs, weighted.shape[-1])
        pooled = pooled.index_add(0, graphs.batch, weighted)
        total = scores.new_zeros(n_graphs).index_add(0, graphs.batch, scores)
        whole = torch.cat([pooled / (total[:, None] + 1e-6), question], dim=-1)
        summary = [self.pool_norm(linear(whole))[:, None] for linear in self.pool]
        nodes = torch.cat([top.places, top.places.new_full((n_graphs, len(summary)), -1)], dim=1)
        mask = torch.cat([top.places >= 0, nodes.new_ones(n_graphs, len(summary)).bool()], dim=1)
        vectors = torch.cat([tokens, *summary], dim=1) * mask[..., None]
        return ContextOutput(ContextVectors(vectors, mask.long()), nodes, logits)

    def _features(self, rows: Tensor, scores: Tensor, best: Tensor, graphs: Graphs) -> Tensor:
        """[len(rows), features]."""
        if not len(scores):
            return scores.new_zeros(len(rows), self.features)
        edge = best[rows]
        has = (edge >= 0).float()[:, None]
        if graphs.edge_index.shape[1]:
            edge = edge.clamp(min=0)
            brought = graphs.relation_text[graphs.edge_relation[edge]] * has
            direction = graphs.edge_direction[edge].float()[:, None] * has
        else:
            brought, direction = graphs.node_text[rows] * 0, has
        hop = nn.functional.one_hot(graphs.hop[rows], MOST_HOPS + 1)
        numbers = torch.stack([scores[rows], graphs.seed[rows], graphs.score[rows]], dim=-1)
        return torch.cat([graphs.node_text[rows], brought, direction, hop, numbers], dim=-1)
