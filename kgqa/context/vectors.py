"""ContextVectors: what a context encoder hands to the language model as soft prompts."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class ContextVectors:
    """Virtual tokens that enter the language model after its own token embeddings.

    Attributes:
        vectors: [batch, n_virtual_tokens, lm_width].
        mask: [batch, n_virtual_tokens], 1 for a token that is there, 0 for padding.
    """

    vectors: Tensor
    mask: Tensor
