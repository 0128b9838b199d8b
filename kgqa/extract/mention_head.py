"""Typed mentions as BIO tags over words, and their decoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kgqa.extract.encoding import N_SHAPES

OUTSIDE = 0


@dataclass(frozen=True, slots=True)
class WordSpan:
    """A mention as a half-open range of words, its type index, and its score in [0, 1]."""

    start: int
    end: int
    type: int
    score: float


def begin_tag(type_index: int) -> int:
    """The tag of the first word of a mention of that type; 0 is outside."""
    return 1 + 2 * type_index


def inside_tag(type_index: int) -> int:
    """The tag of its further words."""
    return 2 + 2 * type_index


class MentionHead(nn.Module):
    """Tag logits for each word from a learned mix of all layers and the words' shapes.

    The mix is ELMo's (Peters et al. 2018, arXiv 1802.05365): softmax(w) over the layers.

    Args:
        width: hidden size.
        layers: number of hidden states that are mixed.
        n_types: number of mention types; there are 2 n_types + 1 tags.
    """

    def __init__(self, width: int, layers: int, n_types: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.zeros(layers))
        self.shape = nn.Embedding(N_SHAPES, 32)
        self.dropout = nn.Dropout(dropout)
        self.window = nn.Conv1d(width + 32, 256, kernel_size=3, padding=1)
        self.tags = nn.Linear(256, 2 * n_types + 1)

    def forward(
        self, states: Sequence[Tensor], shapes: Tensor, firsts: Tensor, word_mask: Tensor
    ) -> Tensor:
        """
        Args:
            states: each layer's hidden states [batch, length, width].
            shapes: [batch, length].
            firsts, word_mask: [batch, words].

        Returns:
            Logits [batch, words, tags].
        """
        rows = torch.arange(len(firsts))[:, None]
        mix = torch.softmax(self.mix, 0)
        mixed = mix[0] * states[0][rows, firsts].float()
        for weight, layer in zip(mix[1:], states[1:], strict=True):
            mixed = mixed + weight * layer[rows, firsts].float()
        features = torch.cat([mixed, self.shape(shapes[rows, firsts])], dim=-1)
        words = self.dropout(features) * word_mask[..., None]
        hidden = torch.nn.functional.gelu(self.window(words.transpose(1, 2))).transpose(1, 2)
        return self.tags(self.dropout(hidden))  # type: ignore[no-any-return]


def tag_loss(logits: Tensor, allowed: Tensor, word_mask: Tensor) -> Tensor:
    """Mean of -log p(one of the allowed tags), over the words.

    With one allowed tag a word this is cross-entropy; a word of a set that annotates only
    some types may be anything else (Tsuboi et al. 2008, training with partial annotations).

    Args:
        logits: [batch, words, tags].
        allowed: [batch, words, tags], bool.
        word_mask: [batch, words].
    """
    total = logits.logsumexp(-1)
    gold = logits.masked_fill(~allowed, -1e9).logsumexp(-1)
    return ((total - gold) * word_mask).sum() / word_mask.sum().clamp(min=1)


def decode_tags(logits: Tensor, word_mask: Tensor) -> list[list[WordSpan]]:
    """The best legal tag sequence of each text (I follows B or I of its type).

    Where each word's best tag makes a legal sequence, none is better; the other texts go
    through Viterbi.

    Args:
        logits: [batch, words, tags].
        word_mask: [batch, words].
    """
    scores = logits.log_softmax(-1)
    legal = _legal(scores.shape[-1])
    tags = scores.argmax(-1)
    steps = legal[tags[:, :-1], tags[:, 1:]].masked_fill(~word_mask[:, 1:], 0.0).sum(1)
    rows = ((steps < 0) | ~_starts(scores.shape[-1])[tags[:, 0]]).nonzero()[:, 0]
    if len(rows):
        tags[rows] = _viterbi(scores[rows], word_mask[rows], legal)
    chosen = scores.exp().gather(2, tags[..., None])[..., 0]
    lengths = word_mask.sum(1).tolist()
    return [
        _spans(row[:n], probability[:n])
        for row, probability, n in zip(tags.tolist(), chosen.tolist(), lengths, strict=True)
    ]


def _viterbi(scores: Tensor, word_mask: Tensor, legal: Tensor) -> Tensor:
    """The best legal tags [batch, words]; scores [batch, words, tags], legal [tags, tags]."""
    n_tags = scores.shape[-1]
    best = scores[:, 0] + torch.where(_starts(n_tags), 0.0, -1e9)
    back = []
    for word in range(1, scores.shape[1]):
        top, where = (best[:, :, None] + legal).max(dim=1)
        inside = word_mask[:, word, None]
        back.append(torch.where(inside, where, torch.arange(n_tags)))
        best = torch.where(inside, top + scores[:, word], best)
    path = [best.argmax(-1)]
    for where in reversed(back):
        path.append(where.gather(1, path[-1][:, None])[:, 0])
    return torch.stack(path[::-1], dim=1)


def _starts(n_tags: int) -> Tensor:
    tags = torch.arange(n_tags)
    return (tags == OUTSIDE) | (tags % 2 == 1)


def _legal(n_tags: int) -> Tensor:
    """0 where tag j may follow tag i, else -1e9; [tags, tags]."""
    i, j = torch.arange(n_tags)[:, None], torch.arange(n_tags)[None, :]
    continues = (j > 0) & (j % 2 == 0) & ((i == j) | (i == j - 1))
    return torch.where(_starts(n_tags)[None, :] | continues, 0.0, -1e9)


def _spans(tags: list[int], probabilities: list[float]) -> list[WordSpan]:
    spans, word = [], 0
    while word < len(tags):
        tag = tags[word]
        if tag == OUTSIDE:
            word += 1
            continue
        end = word + 1
        while end < len(tags) and tags[end] == tag + 1:
            end += 1
        score = sum(probabilities[word:end]) / (end - word)
        spans.append(WordSpan(word, end, (tag - 1) // 2, score))
        word = end
    return spans
