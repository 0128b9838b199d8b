"""How many steps of a graph a question asks for, told by its words alone.

Where a graph's relations are new, a path that leaves a word of the question unused and one that
walks too far look alike to what compares words with relations; "[MASK] 's A 's B" asks for two
steps whatever A and B are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kgqa.context.text import FAR, QuestionStates


class HopCount(nn.Module):
    """
    Args:
        text_width: of questions as they enter.
        steps: the most that are told apart.
        width: of the states.
    """

    def __init__(self, text_width: int, steps: int, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.text_scale = (text_width / 2) ** 0.5  # unit vectors to unit variance
        self.token = nn.Linear(text_width, width)
        self.distance = nn.Embedding(2 * FAR + 2, width)
        self.layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.norm = nn.LayerNorm(width)
        self.count = nn.Linear(2 * width, steps)

    def forward(self, question: QuestionStates) -> Tensor:
        """Log-probabilities [batch, steps] of 1 to `steps` steps."""
        tokens = self.token(question.states * self.text_scale)
        tokens = tokens + self.distance(question.distance + FAR)
        tokens = self.norm(self.layer(tokens, src_key_padding_mask=~question.mask))
        shown = question.mask[..., None]
        mean = (tokens * shown).sum(1) / shown.sum(1)
        peak = tokens.masked_fill(~shown, -1e4).amax(1)
        counted: Tensor = self.count(torch.cat([mean, peak], dim=-1))
        return counted.log_softmax(-1)
