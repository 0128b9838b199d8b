"""The extractive reader's network: a pointer into the texts, at a node of the graph, at yes
or no, or at nothing.

    h = LM([question; texts; yes; no; p_1 ... p_n])

Every position that may be an answer has a start and an end logit: the texts' tokens, the
two trained tokens for yes and no, the virtual tokens of nodes, and position 0, which stands
for "no answer here" (Devlin et al. 2019, for SQuAD 2.0).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from kgqa.lm.device import moved
from kgqa.lm.reading_bert import ReadingBert
from kgqa.lm.soft_prompt import encode_with_prompts

if TYPE_CHECKING:
    from kgqa.context.encoder import ContextOutput
    from kgqa.lm.adapter import SavedAdapter

IMPOSSIBLE = -1e4
YES, NO = 0, 1


@dataclass(frozen=True, slots=True)
class ReaderBatch:
    """Windows, of one length bucket unless the model packs them.

    Attributes:
        input_ids, attention_mask, token_type_ids: [batch, length].
        texts: [batch, length], the text that a token belongs to, -1 where no answer may lie.
        ends: [batch], each window's own padded length, where its virtual tokens stand.
    """

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    texts: Tensor
    ends: Tensor

    def to(self, device: torch.device) -> ReaderBatch:
        """On that device."""
        return moved(self, device)


class ReaderModel(nn.Module):
    """
    Args:
        backbone: an encoder, adapted or with LoRA layers in it.
        width: its hidden size.
        dropout: on the states that enter the pointer, in training.
        verdicts: whether it may answer yes or no; weights of before could not.
    """

    def __init__(
        self, backbone: nn.Module, width: int, dropout: float = 0.1, verdicts: bool = True
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.may_judge = verdicts
        self.verdicts = nn.Parameter(0.02 * torch.randn(2, width))
        self.pointer = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 2)
        )

    @property
    def packs(self) -> bool:
        """Whether it reads windows of any length in one pass, at no cost for padding."""
        return isinstance(self.backbone, ReadingBert)

    def forward(self, batch: ReaderBatch, context: ContextOutput | None = None) -> Tensor:
        """Start and end logits [batch, 2, length + 2 + n_virtual_tokens], IMPOSSIBLE where no
        answer may be; after the texts come YES and NO, then the graph.

        Args:
            context: virtual tokens of the retrieved subgraphs, or None for text only.
        """
        rows = len(batch.input_ids)
        prompts = self.verdicts.expand(rows, -1, -1)
        mask = batch.attention_mask.new_full((rows, 2), int(self.may_judge))
        pointable = batch.texts >= 0
        pointable[:, 0] = True
        answerable = [pointable, mask.bool()]
        if context is not None:
            prompts = torch.cat([prompts, context.vectors.vectors], dim=1)
            mask = torch.cat([mask, context.vectors.mask.to(mask.dtype)], dim=1)
            answerable.append(context.nodes >= 0)
        hidden = encode_with_prompts(
            self.backbone,
            batch.input_ids,
            batch.attention_mask,
            batch.token_type_ids,
            prompts,
            mask,
            batch.ends if self.packs else None,
        )
        logits = self.pointer(hidden).transpose(1, 2)
        return logits.masked_fill(~torch.cat(answerable, 1)[:, None], IMPOSSIBLE)  # type: ignore[no-any-return]


def loaded_model(saved: SavedAdapter, adapted: nn.Module, width: int) -> ReaderModel:
    """The reader of saved weights, its heads in fp32.

    Args:
        adapted: the backbone with the saved adapter in it.
        width: its hidden size.
    """
    model = ReaderModel(adapted, width, verdicts="verdicts" in saved.tensors)
    model.pointer.load_state_dict(saved.head("pointer"))
    if "verdicts" in saved.tensors:
        model.verdicts.data = saved.tensors["verdicts"].float()
    return model


def pointer_loss(logits: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """-log of the probability that falls on any accepted start and end, mean over the batch
    (Clark & Gardner 2018, arXiv 1710.10723).

    Args:
        logits: [batch, 2, positions].
        starts, ends: [batch, positions], True for an accepted one; at least one a row.
    """
    total = logits.logsumexp(-1)
    gold = torch.stack([starts, ends], dim=1)
    accepted = logits.masked_fill(~gold, -1e9).logsumexp(-1)
    return (total - accepted).mean()


@dataclass(frozen=True, slots=True)
class Pointed:
    """The best answer of each window.

    Attributes:
        starts, ends: [batch], positions, both inclusive; equal beyond the texts.
        margins: [batch], its start and end logit less those of position 0.
    """

    starts: Tensor
    ends: Tensor
    margins: Tensor


def best_answers(
    logits: Tensor,
    texts: Tensor,
    only: Sequence[Sequence[tuple[int, int]] | None] = (),
    max_tokens: int = 30,
) -> Pointed:
    """The best span within one text, or the best single position beyond the texts.

    Args:
        logits: [batch, 2, positions].
        texts: [batch, length], as in ReaderBatch; the positions after `length` stand alone.
        only: for each row the spans, first and last token, of which one is the answer; None
            leaves the row free, and no rows leave all.
        max_tokens: longest span.
    """
    length = texts.shape[1]
    start, end = logits[:, 0], logits[:, 1]
    pairs = start[:, :length, None] + end[:, None, :length]
    band = texts.new_ones(length, length, dtype=torch.bool).triu().tril(max_tokens - 1)
    allowed = band & (texts[:, :, None] == texts[:, None, :]) & (texts >= 0)[:, :, None]
    alone, place = (start + end)[:, length:].max(dim=1)
    for row, spans in enumerate(only):
        if spans is not None:
            offered = torch.zeros_like(band)
            offered[[first for first, _ in spans], [last for _, last in spans]] = True
            allowed[row] &= offered
            alone[row] = 4 * IMPOSSIBLE
    best, where = pairs.masked_fill(~allowed, 4 * IMPOSSIBLE).flatten(1).max(dim=1)
    starts, ends = where // length, where % length
    beyond = alone > best
    return Pointed(
        torch.where(beyond, length + place, starts),
        torch.where(beyond, length + place, ends),
        torch.where(beyond, alone, best) - start[:, 0] - end[:, 0],
    )
