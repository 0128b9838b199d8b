"""Decoding a batch of texts at once: left padding, a key-value cache, one token a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgqa.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to write.

    Attributes:
        max_new_tokens: the longest text.
        temperature: 0 takes the likeliest token each time; above it, tokens are drawn.
        seed: of what is drawn.

    Raises:
        ConfigError: a value is out of range.
    """

    max_new_tokens: int = 32
    temperature: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise ConfigError(f"max_new_tokens: expected at least 1, got {self.max_new_tokens}")
        if not self.temperature >= 0:
            raise ConfigError(f"temperature: expected at least 0, got {self.temperature}")


@dataclass(frozen=True, slots=True)
class LeftPadded:
    """Sequences that end together.

    Attributes:
        embeddings: [batch, length, width].
        mask: [batch, length], 0 where it is padding.
    """

    embeddings: Tensor
    mask: Tensor

    @property
    def positions(self) -> Tensor:
        """[batch, length]: each sequence's own count from 0, whatever stands before it."""
        return (self.mask.cumsum(dim=1) - 1).clamp(min=0)


@dataclass(frozen=True, slots=True)
class NextTokens:
    """One step of a batch.

    Attributes:
        ids: [batch].
        log_probabilities: [batch], of these tokens.
        ended: [batch], True where the text has ended, at this token or before.
    """

    ids: Tensor
    log_probabilities: Tensor
    ended: Tensor


def left_padded(rows: Sequence[Tensor]) -> LeftPadded:
    """Sequences [length_i, width] side by side, zeros before the shorter ones."""
    longest = max(len(row) for row in rows)
    mask = torch.zeros(len(rows), longest, dtype=torch.long, device=rows[0].device)
    for number, row in enumerate(rows):
        mask[number, longest - len(row) :] = 1
    padded = [functional.pad(row, (0, 0, longest - len(row), 0)) for row in rows]
    return LeftPadded(torch.stack(padded), mask)


@torch.inference_mode()
def decode(
    model: nn.Module, batch: LeftPadded, stop_ids: frozenset[int], decoding: Decoding
) -> Iterator[NextTokens]:
    """Tokens after each sequence, until all have ended or are `max_new_tokens` long.

    Args:
        model: a Hugging Face causal LM, adapted or not.
        stop_ids: tokens that end a text.
    """
    embeddings, mask, positions = batch.embeddings, batch.mask, batch.positions
    stops = torch.tensor(sorted(stop_ids), device=mask.device)
    draw = torch.Generator(mask.device).manual_seed(decoding.seed)
    ended = torch.zeros(len(mask), dtype=torch.bool, device=mask.device)
    cache = None
    for _ in range(decoding.max_new_tokens):
        output = model(
            inputs_embeds=embeddings,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits = functional.log_softmax(output.logits[:, -1].float(), dim=-1)
        ids = _choose(logits, decoding.temperature, draw)
        ended = ended | torch.isin(ids, stops)
        yield NextTokens(ids, logits.gather(1, ids[:, None])[:, 0], ended)
        if ended.all():
            return
        cache = output.past_key_values
        embeddings = model.get_input_embeddings()(ids[:, None])  # type: ignore[operator]
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
        positions = positions[:, -1:] + 1


def _choose(logits: Tensor, temperature: float, draw: torch.Generator) -> Tensor:
    if temperature == 0:
        return logits.argmax(dim=-1)
    shares = functional.softmax(logits / temperature, dim=-1)
    return torch.multinomial(shares, 1, generator=draw)[:, 0]
