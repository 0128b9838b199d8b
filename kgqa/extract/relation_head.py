"""Typed relations between clusters, with the sentence that states them.

ATLOP (Zhou et al. 2021, arXiv 2010.11304): a cluster is the logsumexp of its mentions, a
pair adds the context that both attend to, a grouped bilinear form gives one logit a
relation, and a learned threshold class decides which hold. The attention that a pair shares
also points at its evidence (DREEAM, Ma et al. 2023, arXiv 2302.08675).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

THRESHOLD = 0
"""Class 0 is the threshold; relation r has class r + 1."""
_BLOCK = 32
_PAIRS = 256
"""Pairs whose products, 12,288 numbers each at a width of 384, are in memory at once."""


@dataclass(frozen=True, slots=True)
class PairScores:
    """For each pair of clusters: logits [pairs, relations + 1] and the attention over the
    text's tokens that both share [pairs, length]."""

    logits: Tensor
    attention: Tensor


class RelationHead(nn.Module):
    """
    Args:
        width: hidden size, a multiple of 32.
        n_types: mention types.
        n_relations: relations of the ontology.
    """

    def __init__(self, width: int, n_types: int, n_relations: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.types = nn.Embedding(n_types, 32)
        self.head = nn.Linear(2 * width + 32, width)
        self.tail = nn.Linear(2 * width + 32, width)
        self.dropout = nn.Dropout(dropout)
        self.bilinear = nn.Linear(width * _BLOCK, n_relations + 1)

    def forward(
        self,
        hidden: Tensor,
        attention: Tensor,
        mentions: Tensor,
        cluster_of: Tensor,
        types: Tensor,
        pairs: Tensor,
    ) -> PairScores:
        """
        Args:
            hidden: last layer of one text [length, width].
            attention: its last layer's attention [heads, length, length].
            mentions: each mention's mean over its tokens, as weights [mentions, length].
            cluster_of: [mentions], cluster index of each mention.
            types: [clusters], type index.
            pairs: [pairs, 2], cluster indices of head and tail.
        """
        n_clusters = types.shape[0]
        states = _pool_logsumexp(mentions @ hidden, cluster_of, n_clusters)
        looking = torch.einsum("ml,hlk->mhk", mentions, attention.float())
        looks = _pool_mean(looking, cluster_of, n_clusters)
        # What a pair attends to is the same in both directions.
        keys, place = torch.unique(pairs.amin(1) * n_clusters + pairs.amax(1), return_inverse=True)
        shared = (looks[keys // n_clusters] * looks[keys % n_clusters]).sum(1)
        shared = shared / (shared.sum(-1, keepdim=True) + 1e-9)
        inputs = (states, shared @ hidden, self.types(types))
        head = self._side(self.head, *inputs, pairs[:, 0], place)
        tail = self._side(self.tail, *inputs, pairs[:, 1], place)
        return PairScores(self._logits(head, tail), shared[place])

    def _side(
        self,
        layer: nn.Linear,
        states: Tensor,
        context: Tensor,
        typed: Tensor,
        index: Tensor,
        place: Tensor,
    ) -> Tensor:
        """tanh of `layer` over [state, context, type], its products made once a cluster and
        once a context: [pairs, width]."""
        widths = [states.shape[-1], context.shape[-1], typed.shape[-1]]
        by_state, by_context, by_type = torch.split(layer.weight, widths, dim=1)
        own = self.dropout(states) @ by_state.T + self.dropout(typed) @ by_type.T + layer.bias
        return torch.tanh(own[index] + (self.dropout(context) @ by_context.T)[place])

    def _logits(self, head: Tensor, tail: Tensor) -> Tensor:
        """The grouped bilinear form in the precision of its weights, some pairs at a time:
        [pairs, relations + 1], fp32."""
        dtype = self.bilinear.weight.dtype
        shape = (-1, head.shape[-1] // _BLOCK, _BLOCK)
        logits = []
        heads, tails = (torch.split(side.to(dtype), _PAIRS) for side in (head, tail))
        for h, t in zip(heads, tails, strict=True):
            product = h.view(shape)[..., None] * t.view(shape)[..., None, :]
            logits.append(self.bilinear(self.dropout(product.flatten(1))).float())
        return torch.cat(logits)


def _pool_logsumexp(values: Tensor, groups: Tensor, n: int) -> Tensor:
    """[mentions, width] -> [n, width]."""
    top = values.max() if values.numel() else values.new_zeros(())
    summed = values.new_zeros(n, values.shape[1]).index_add(0, groups, (values - top).exp())
    return summed.clamp(min=1e-30).log() + top


def _pool_mean(values: Tensor, groups: Tensor, n: int) -> Tensor:
    """[mentions, heads, length] -> [n, heads, length]."""
    summed = values.new_zeros(n, *values.shape[1:]).index_add(0, groups, values)
    counts = torch.bincount(groups, minlength=n).clamp(min=1)
    return summed / counts[:, None, None]


def adaptive_threshold_loss(logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """ATLOP's loss: gold relations above the threshold class, all others below it.

    L = - sum_{r in P} log softmax_{P + TH}(r) - log softmax_{N + TH}(TH)

    Args:
        logits: [pairs, relations + 1].
        labels: [pairs, relations + 1], 1 for gold; column THRESHOLD is 0.
        known: [relations + 1], False for relations that the set does not annotate.
    """
    threshold = torch.zeros_like(labels)
    threshold[:, THRESHOLD] = 1
    above = logits - (1 - labels - threshold) * 1e30
    positive = -(above.log_softmax(-1) * labels).sum(-1)
    below = logits - labels * 1e30 - (~known).to(logits.dtype) * 1e30
    negative = -below.log_softmax(-1)[:, THRESHOLD]
    return (positive + negative).mean()


def evidence_loss(attention: Tensor, evidence: Tensor) -> Tensor:
    """Mean -log of the shared attention that falls on the evidence.

    Args:
        attention: [pairs, length], sums to 1 over the text.
        evidence: [pairs, length], 1 for tokens of evidence sentences.
    """
    return -((attention * evidence).sum(-1) + 1e-6).log().mean()
