"""How far a question opens each relation of a graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgqa.context.encoder import ContextShape
from kgqa.context.instructions import Instructions


class Gates(nn.Module):
    """How far each instruction opens each relation, in both directions."""

    def __init__(self, shape: ContextShape) -> None:
        super().__init__()
        width = shape.width
        self.text_scale = (shape.text_width / 2) ** 0.5  # unit vectors to unit variance
        self.relation = nn.Linear(shape.text_width, width)
        self.bilinear = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(2))
        self.compare = nn.Linear(shape.text_width, width, bias=False)
        self.scale = nn.Parameter(torch.tensor(4.0))
        self.direction = nn.Linear(width, 2)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, read: Instructions, relation_text: Tensor, graph_of: Tensor) -> Tensor:
        """Logits [steps, n_relations, 2].

        Args:
            relation_text: [n_relations, text_width].
            graph_of: [n_relations], the question that each row is gated by.
        """
        relations = self.dropout(functional.gelu(self.relation(relation_text * self.text_scale)))
        width = relations.shape[-1]
        near = functional.cosine_similarity(
            self.compare(read.words)[:, graph_of], self.compare(relation_text)[None], dim=-1
        )
        directions = self.direction(read.read)[:, graph_of]
        sides = [
            (linear(read.read)[:, graph_of] * relations).sum(-1) * width**-0.5
            for linear in self.bilinear
        ]
        logits: Tensor = torch.stack(sides, dim=-1) + directions
        return logits + (self.scale * near)[..., None]
