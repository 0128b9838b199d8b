"""The extractive reader's network: a pointer to a start and an end, or to nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgqa.context.vectors import ContextVectors
from kgqa.lm.soft_prompt import encode_with_prompts

IMPOSSIBLE = -1e4


@dataclass(frozen=True, slots=True)
class ReaderBatch:
    """Windows of one length bucket.

    Attributes:
        input_ids, attention_mask, token_type_ids: [batch, length].
        answerable: [batch, length], True where a span may start or end: the passage's
            tokens, and position 0, which stands for "no answer here".
        context: virtual tokens of the retrieved subgraph, or None for text only.
    """

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    answerable: Tensor
    context: ContextVectors | None = None


class ReaderModel(nn.Module):
    """Start and end logits over `[question; passage; virtual tokens]`.

    Position 0 is the pointer to nothing, as in Devlin et al. 2019 for SQuAD 2.0.

    Args:
        backbone: an encoder, adapted or with LoRA layers in it.
        width: its hidden size.
        dropout: on the states that enter the pointer, in training.
    """

    def __init__(self, backbone: nn.Module, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.backbone = backbone
        self.pointer = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 2)
        )

    def forward(self, batch: ReaderBatch) -> Tensor:
        """Logits [batch, 2, length], IMPOSSIBLE where no answer may be."""
        prompts = batch.context
        hidden = encode_with_prompts(
            self.backbone,
            batch.input_ids,
            batch.attention_mask,
            batch.token_type_ids,
            None if prompts is None else prompts.vectors,
            None if prompts is None else prompts.mask,
        )
        logits = self.pointer(hidden[:, : batch.input_ids.shape[1]]).transpose(1, 2)
        return logits.masked_fill(~batch.answerable[:, None], IMPOSSIBLE)  # type: ignore[no-any-return]


def pointer_loss(logits: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Mean cross-entropy of start and end; targets [batch] are token positions, 0 for none."""
    return (
        functional.cross_entropy(logits[:, 0], starts)
        + functional.cross_entropy(logits[:, 1], ends)
    ) / 2


def best_spans(logits: Tensor, max_tokens: int = 30) -> tuple[Tensor, Tensor, Tensor]:
    """The best span of each window and how far it is above the pointer to nothing.

    Args:
        logits: [batch, 2, length].
        max_tokens: longest span.

    Returns:
        starts, ends (inclusive) [batch], and margins [batch]: span logit sum less that of
        position 0.
    """
    start, end = logits[:, 0], logits[:, 1]
    null = start[:, 0] + end[:, 0]
    pairs = start[:, :, None] + end[:, None, :]
    length = pairs.shape[1]
    allowed = torch.ones(length, length, dtype=torch.bool).triu().tril(max_tokens - 1)
    allowed[0] = False
    best, where = pairs.masked_fill(~allowed, 4 * IMPOSSIBLE).flatten(1).max(dim=1)
    return where // length, where % length, best - null
