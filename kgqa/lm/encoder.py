"""Texts as unit vectors: the bare backbone with mean pooling, for dense search and linking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding
from torch import Tensor

from kgqa.config import Settings
from kgqa.lm.backbone import Backbone, load_backbone
from kgqa.lm.batching import BUCKET, length_buckets, padded_length
from kgqa.lm.workers import side_by_side

MAX_TOKENS = 256
"""What all-MiniLM-L6-v2 was trained on."""
_BATCH = 32
_BESIDE = 8
"""From this many batches on they run side by side; for fewer, threads are not worth starting."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedText:
    """One text, read in one pass.

    Attributes:
        encoding: its tokens with the characters of each.
        states: the last layer's, fp32 [length, width].
        vector: as `Encoder.encode` gives it, fp32 [width].
    """

    encoding: Encoding
    states: Tensor
    vector: NDArray[np.float32]


class Encoder:
    """Sentence embeddings (Reimers & Gurevych 2019, arXiv 1908.10084)."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone

    @property
    def width(self) -> int:
        """Of the vectors."""
        return self.backbone.width

    def encode(self, texts: Sequence[str], bucket: int = BUCKET) -> NDArray[np.float32]:
        """The mean of the last layer's states over a text's tokens, of unit length.

        Where there are many batches, each has one thread to itself: threads that share one
        wait for each other after every product, long where another runs beside them.

        Args:
            bucket: lengths are padded to a multiple of it; vectors that are compared closely
                are made with the same one.

        Returns:
            fp32 [len(texts), width].
        """
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        if not texts:
            return vectors
        pieces = [encoding.ids for encoding in self._tokens(texts)]

        @torch.inference_mode()
        def fill(group: Sequence[int]) -> None:
            states, mask = self._states([pieces[i] for i in group], bucket)
            vectors[group] = _pooled(states, mask)

        groups = list(length_buckets([len(ids) for ids in pieces], _BATCH, bucket))
        if len(groups) < _BESIDE:
            for group in groups:
                fill(group)
        else:  # the longest first, so that no thread is left alone with one at the end
            side_by_side(fill, reversed(groups))
        return vectors

    @torch.inference_mode()
    def read(self, text: str) -> EncodedText:
        """A text's embedding together with the states that it is the mean of."""
        encoding = self._tokens([text])[0]
        states, mask = self._states([encoding.ids])
        return EncodedText(encoding, states[0, : len(encoding.ids)], _pooled(states, mask)[0])

    def _tokens(self, texts: Sequence[str]) -> list[Encoding]:
        limit = min(MAX_TOKENS, self.backbone.max_tokens)
        return self.backbone.tokenizer.encode(texts, limit)

    def _states(
        self, pieces: Sequence[Sequence[int]], bucket: int = BUCKET
    ) -> tuple[Tensor, Tensor]:
        """Last states, fp32 [texts, length, width], and the mask [texts, length].

        Args:
            pieces: token ids, the longest last, all of one padded length.
        """
        length = padded_length(len(pieces[-1]), bucket)
        ids = torch.full((len(pieces), length), self.backbone.pad_id)
        mask = torch.zeros(len(pieces), length, dtype=torch.long)
        for row, tokens in enumerate(pieces):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        states = self.backbone.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return states.float(), mask


def _pooled(states: Tensor, mask: Tensor) -> NDArray[np.float32]:
    weights = mask[..., None].float()
    mean = (states * weights).sum(1) / weights.sum(1)
    vectors: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=-1).numpy()
    return vectors


def set_threads(settings: Settings) -> None:
    """So many as the setting `threads` says, for all that torch does."""
    if settings.threads:
        torch.set_num_threads(settings.threads)


def load_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name.

    Raises:
        WeightsError: its backbone cannot be loaded.
    """
    set_threads(settings)
    return Encoder(load_backbone(settings.backbone, settings.precision))
