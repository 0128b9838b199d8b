"""A question as a row of instructions, one for each step of the walk."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kgqa.context.encoder import IMPOSSIBLE, ContextShape
from kgqa.context.text import FAR, QuestionStates


@dataclass(frozen=True, slots=True)
class Instructions:
    """
    Attributes:
        read: [steps, batch, width], what each step attends to, in context.
        words: [steps, batch, text_width], the same attention over the frozen states.
        pooled: [batch, width], the whole question.
    """

    read: Tensor
    words: Tensor
    pooled: Tensor


class InstructionReader(nn.Module):
    """Attention over the question's tokens, step by step (NSM, He et al. 2021, arXiv
    2101.03737, eq. 1 to 3): each step's query knows what the step before it read.

    Tokens know their distance from the topic, since in most wordings the relation that stands
    next to it is walked first.
    """

    def __init__(self, shape: ContextShape) -> None:
        super().__init__()
        width = shape.width
        self.entry = nn.Linear(shape.text_width, width)
        self.scale = (shape.text_width / 2) ** 0.5  # unit vectors to unit variance
        self.distance = nn.Embedding(2 * FAR + 2, width)
        nn.init.normal_(self.distance.weight, std=0.3)
        self.norm = nn.LayerNorm(width)
        self.layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, shape.dropout, activation="gelu", batch_first=True
        )
        self.start = nn.Parameter(torch.randn(shape.steps, width) * 0.1)
        self.follow = nn.Linear(2 * width, width)
        self.key = nn.Linear(width, width)

    def forward(self, question: QuestionStates) -> Instructions:
        """One instruction a step, each read with a query that knows the one before."""
        tokens = self.norm(self.entry(question.states * self.scale))
        tokens = tokens + self.distance(question.distance + FAR)
        tokens = self.layer(tokens, src_key_padding_mask=~question.mask)
        keys = self.key(tokens)
        read, words = [], []
        before = tokens.new_zeros(len(tokens), tokens.shape[-1])
        for start in self.start:
            query = start + self.follow(torch.cat([start.expand_as(before), before], dim=-1))
            logits = (keys * query[:, None]).sum(-1) * keys.shape[-1] ** -0.5
            weights = logits.masked_fill(~question.mask, IMPOSSIBLE).softmax(-1)[:, None]
            before = (weights @ tokens)[:, 0]
            read.append(before)
            words.append((weights @ question.states)[:, 0])
        shown = question.mask[..., None].float()
        pooled = (tokens * shown).sum(1) / shown.sum(1)
        return Instructions(torch.stack(read), torch.stack(words), pooled)
