"""Questions and names as frozen embeddings.

A text enters the networks in two ways side by side: as the backbone's last states, which know
meaning ("spouse" is near "husband"), and as its input embeddings, which know the word itself,
whatever stands around it. Both are the backbone's own: nothing here is trained.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding
from torch import Tensor
from torch.nn import functional

from kgqa.context.topics import MASK
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import length_buckets, padded_length
from kgqa.lm.device import moved

MAX_TOKENS = 64
FAR = 12
"""Distances from the topic are cut at this many tokens; FAR + 1 says that none is marked."""
_BATCH, _BUCKET = 64, 4
"""Names are short: in buckets of 16 tokens most of a pass would be padding."""
_KEPT = 30_000
"""Names whose rows are held, about 3 kB each; the least recently used one goes first."""


@dataclass(frozen=True, slots=True)
class QuestionStates:
    """Questions as a context encoder reads them.

    Attributes:
        states: [batch, length, 2 * lm_width]: last states, then input embeddings, each half
            of unit length.
        mask: [batch, length], True for a token.
        distance: [batch, length], tokens from the nearest masked topic, in [-FAR, FAR + 1].
    """

    states: Tensor
    mask: Tensor
    distance: Tensor

    def __len__(self) -> int:
        return len(self.states)

    def to(self, device: torch.device) -> QuestionStates:
        """On that device."""
        return moved(self, device)


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One question without padding: states [length, 2 * lm_width] fp16, distance [length]."""

    states: Tensor
    distance: Tensor


class TextEmbedder:
    """
    Args:
        backbone: frozen; read in its own precision.
    """

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone
        self._names: dict[str, Tensor] = {}

    @property
    def width(self) -> int:
        """Of a row: twice the backbone's."""
        return 2 * self.backbone.width

    @torch.no_grad()
    def names(self, texts: Sequence[str]) -> Tensor:
        """One row for each text, fp32 [len(texts), 2 * lm_width]: the mean of its last states
        and that of its input embeddings, each of unit length. Kept between calls."""
        if not texts:
            return torch.zeros(0, self.width)
        found = self._held(texts)
        new = [text for text in dict.fromkeys(texts) if text not in found]
        found |= self._named(new, self._rows(new))
        return torch.stack([found[text] for text in texts])

    @torch.no_grad()
    def rows(self, questions: Sequence[str], beside: Sequence[str] = ()) -> list[TokenRow]:
        """The tokens of each question, whose topics are written as MASK.

        Args:
            beside: what `names` is asked next, read in the same passes.
        """
        held = self._held(beside)
        new = [text for text in dict.fromkeys(beside) if text not in held]
        rows = self._rows([*questions, *new])
        self._named(new, rows[len(questions) :])
        return rows[: len(questions)]

    def _held(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """The rows of the names that are held; these were used last now."""
        found = {text: self._names.pop(text) for text in set(texts) if text in self._names}
        self._names |= found
        return found

    def _named(self, texts: Sequence[str], rows: Sequence[TokenRow]) -> dict[str, Tensor]:
        """The row of each name, of its tokens' rows; held from now on."""
        found = {}
        for text, row in zip(texts, rows, strict=True):
            last, first = row.states.float().chunk(2, dim=-1)
            inner = first[1:-1] if len(first) > 2 else first
            found[text] = torch.cat(
                [functional.normalize(half.mean(0), dim=0) for half in (last, inner)]
            )
        self._names |= found
        for text in list(self._names)[: max(0, len(self._names) - _KEPT)]:
            del self._names[text]
        return found

    def questions(self, questions: Sequence[str]) -> QuestionStates:
        """The questions as one padded batch."""
        return padded(self.rows(questions))

    def _rows(self, texts: Sequence[str]) -> list[TokenRow]:
        encodings = self.backbone.tokenizer.encode(texts, MAX_TOKENS) if texts else []
        rows: list[TokenRow | None] = [None] * len(texts)
        lookup = self.backbone.model.get_input_embeddings()  # type: ignore[operator]
        for group in length_buckets([len(e.ids) for e in encodings], _BATCH, _BUCKET):
            length = padded_length(len(encodings[group[-1]].ids), _BUCKET)
            ids = torch.full((len(group), length), self.backbone.pad_id)
            mask = torch.zeros(len(group), length, dtype=torch.long)
            for place, i in enumerate(group):
                n = len(encodings[i].ids)
                ids[place, :n] = torch.tensor(encodings[i].ids)
                mask[place, :n] = 1
            last = self.backbone.model(input_ids=ids, attention_mask=mask).last_hidden_state
            halves = (last.float(), lookup(ids).float())
            both = torch.cat([functional.normalize(half, dim=-1) for half in halves], -1).half()
            for place, i in enumerate(group):
                n = len(encodings[i].ids)
                topic = _topic_tokens(texts[i], encodings[i])
                rows[i] = TokenRow(both[place, :n].clone(), topic_distance(topic))
        return [row for row in rows if row is not None]


def padded(rows: Sequence[TokenRow]) -> QuestionStates:
    """Rows as one batch, fp32."""
    length = max(len(row.distance) for row in rows)
    states = torch.zeros(len(rows), length, rows[0].states.shape[-1])
    mask = torch.zeros(len(rows), length, dtype=torch.bool)
    distance = torch.zeros(len(rows), length, dtype=torch.long)
    for i, row in enumerate(rows):
        n = len(row.distance)
        states[i, :n], mask[i, :n], distance[i, :n] = row.states.float(), True, row.distance
    return QuestionStates(states, mask, distance)


def _topic_tokens(text: str, encoding: Encoding) -> Tensor:
    """[length], True for a token of a MASK; not every backbone has it as one token."""
    spans = [found.span() for found in re.finditer(re.escape(MASK), text)]
    return torch.tensor(
        [
            any(start < end and start < last and first < end for first, last in spans)
            for start, end in encoding.offsets
        ]
    )


def topic_distance(topic: Tensor) -> Tensor:
    """Signed distance [length] of each token from the nearest that is a topic.

    Args:
        topic: [length], True for a token of a topic.
    """
    places = torch.nonzero(topic)[:, 0]
    if not len(places):
        return torch.full(topic.shape, FAR + 1)
    gaps = torch.arange(len(topic))[:, None] - places[None]
    nearest = gaps.abs().argmin(dim=1, keepdim=True)
    return gaps.gather(1, nearest)[:, 0].clamp(-FAR, FAR)
