"""Any Hugging Face causal LM (Qwen, Llama, ...), frozen, from a folder or a hub id.

Weights come only from safetensors, and no code that a model brings along is run.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from kgqa.errors import WeightsError
from kgqa.lm.allocator import keep_large_allocations
from kgqa.lm.backbone import weights_digest
from kgqa.lm.precision import Precision, fastest_precision

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_PLACE = "\u241f"
"""Stands for a message's text while a chat template is filled; no template has it."""


@dataclass(frozen=True)
class CausalLM:
    """A frozen causal LM with its tokenizer.

    Attributes:
        model: maps `inputs_embeds` [batch, length, width] to logits [batch, length, vocabulary].
        tokenizer: its own, with its chat template where it has one.
        name: the setting it was loaded from.
        digest: SHA-256 of its weights; adapters carry it.
        dtype: bf16 or fp32.
        end_id: the token that ends an answer.
        stop_ids: all tokens that end a text, `end_id` among them.
    """

    model: nn.Module
    tokenizer: PreTrainedTokenizerBase
    name: str
    digest: str
    dtype: torch.dtype
    end_id: int
    stop_ids: frozenset[int]

    @property
    def width(self) -> int:
        """Of its hidden states."""
        return int(self.model.config.hidden_size)  # type: ignore[union-attr, arg-type]

    @property
    def max_tokens(self) -> int:
        """The longest prompt and answer together, in tokens."""
        return int(self.model.config.max_position_embeddings)  # type: ignore[union-attr, arg-type]

    def copy_model(self) -> nn.Module:
        """A copy that adapters may be put into. It shares the weights, which can be many
        gigabytes: replace a weight, never write into it."""
        shared: dict[int, Any] = {
            id(p): nn.Parameter(p.data, requires_grad=p.requires_grad)
            for p in self.model.parameters()
        }
        return copy.deepcopy(self.model, shared)

    def chat_ids(self, text: str, max_tokens: int) -> tuple[list[int], list[int]]:
        """A user's message as the token ids up to its end, and those that open the answer.

        Both come from the tokenizer's chat template, thinking switched off where the template
        has a switch (Qwen3); without a template the text stands alone on its line. Control
        tokens spelled out in the text are cut as plain text, so that no document can speak for
        the user or the model. A text too long for `max_tokens` in all loses its end.
        """
        before, after = self._frame()
        opening = self.ids(before, control=True)
        closing = self.ids(after, control=True)
        room = max(0, max_tokens - len(opening) - len(closing))
        return opening + self.ids(text)[:room], closing

    def _frame(self) -> tuple[str, str]:
        """What the chat template writes before and after a user's text."""
        if not self.tokenizer.chat_template:
            return self.tokenizer.bos_token or "", "\n"
        filled = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": _PLACE}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        before, place, after = str(filled).partition(_PLACE)
        if not place:
            raise WeightsError(
                f"lm {self.name!r}: expected a chat template that writes the user's message; "
                "correct the template or take another model"
            )
        return before, after

    def ids(self, text: str, control: bool = False) -> list[int]:
        """Token ids of the text, nothing put around it; `control` lets it spell control tokens."""
        encoded = self.tokenizer(text, add_special_tokens=False, split_special_tokens=not control)
        return list(encoded["input_ids"])

    def text(self, ids: Sequence[int]) -> str:
        """The words of token ids, control tokens left out."""
        return str(
            self.tokenizer.decode(
                list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


def load_causal(name: str, precision: Precision = "auto") -> CausalLM:
    """Load a causal LM.

    Args:
        name: a folder with config, tokenizer and safetensors, or a hub id such as
            `Qwen/Qwen3-0.6B` (read from the local cache, else from the hub).
        precision: as `load_backbone` takes it.

    Raises:
        WeightsError: no such model, no safetensors, or a tokenizer without an end token.
    """
    keep_large_allocations()
    model, tokenizer = _load(name)
    if tokenizer.eos_token_id is None:
        raise WeightsError(
            f"lm {name!r}: expected a tokenizer with an end token (eos_token), got none; add it "
            "to tokenizer_config.json"
        )
    model.requires_grad_(False).eval()
    digest = weights_digest(model)  # as stored: the same in each precision
    dtypes = {"bf16": torch.bfloat16, "fp32": torch.float32}
    dtype = dtypes.get(precision) or fastest_precision(model)
    end = int(tokenizer.eos_token_id)
    return CausalLM(model.to(dtype), tokenizer, name, digest, dtype, end, _stops(model, end))


def _load(name: str) -> tuple[nn.Module, PreTrainedTokenizerBase]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
        model = AutoModelForCausalLM.from_pretrained(name, use_safetensors=True, dtype="auto")
    except (OSError, ValueError, KeyError) as error:
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise WeightsError(
            f"lm {name!r}: expected a folder with config.json, a tokenizer and safetensors of a "
            f"causal LM, or a hub id that can be reached; {first_line}"
        ) from error
    return cast(nn.Module, model), tokenizer


def _stops(model: nn.Module, end: int) -> frozenset[int]:
    """The generation config may name several end tokens, as Qwen's and Llama's do."""
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    if configured is None:
        return frozenset({end})
    several = configured if isinstance(configured, list) else [configured]
    return frozenset({end, *several})
