"""Texts as unit vectors: the bare backbone with mean pooling, for dense search and linking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from kgqa.config import Settings
from kgqa.lm.backbone import Backbone, load_backbone
from kgqa.lm.batching import length_buckets, padded_length

MAX_TOKENS = 256
"""What all-MiniLM-L6-v2 was trained on."""
_BATCH = 32


class Encoder:
    """Sentence embeddings (Reimers & Gurevych 2019, arXiv 1908.10084)."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone

    @property
    def width(self) -> int:
        return self.backbone.width

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The mean of the last layer's states over a text's tokens, of unit length.

        Returns:
            fp32 [len(texts), width].
        """
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        if not texts:
            return vectors
        limit = min(MAX_TOKENS, self.backbone.max_tokens)
        pieces = [encoding.ids for encoding in self.backbone.tokenizer.encode(texts, limit)]
        for group in length_buckets([len(ids) for ids in pieces], _BATCH):
            length = padded_length(len(pieces[group[-1]]))
            ids = torch.full((len(group), length), self.backbone.pad_id)
            mask = torch.zeros(len(group), length, dtype=torch.long)
            for row, i in enumerate(group):
                n = len(pieces[i])
                ids[row, :n] = torch.tensor(pieces[i])
                mask[row, :n] = 1
            vectors[group] = self._pooled(ids, mask)
        return vectors

    def _pooled(self, ids: torch.Tensor, mask: torch.Tensor) -> NDArray[np.float32]:
        states = self.backbone.model(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[..., None].float()
        mean = (states.float() * weights).sum(1) / weights.sum(1)
        return torch.nn.functional.normalize(mean, dim=-1).numpy()


def load_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name.

    Raises:
        WeightsError: its backbone cannot be loaded.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    return Encoder(load_backbone(settings.backbone, settings.precision))
