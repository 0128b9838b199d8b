"""A trained soft prompt (Lester et al. 2021, arXiv 2104.08691): h = LM([P; x]).

P holds a few virtual tokens, the only trained parameters. They enter before the input through
`inputs_embeds` and are cut from what comes out, so that callers see the model they know.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from torch import Tensor, nn

from kgqa.errors import WeightsError


def add_prompt(model: nn.Module, size: int, dropout: float = 0.0) -> nn.Module:
    """The model with `size` trainable virtual tokens before its input, and nothing else to train.

    They start as the embeddings of tokens drawn from the vocabulary, which the paper found
    better than random vectors.
    """
    model.requires_grad_(False)
    return PromptedModel(model, size, dropout)


def prompt_tokens(model: nn.Module) -> int:
    """How many positions the model's own soft prompt takes; none without one."""
    return len(model.prompt) if isinstance(model, PromptedModel) else 0


class PromptedModel(nn.Module):
    """
    Args:
        model: an encoder or a causal LM, called as Hugging Face's are.
        size: number of virtual tokens.
        dropout: on the virtual tokens.
    """

    def __init__(self, model: nn.Module, size: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.model, self.config = model, model.config
        table = self.get_input_embeddings().weight.detach()  # type: ignore[operator]
        rows = torch.randperm(len(table))[:size]
        if len(rows) < size:
            rows = rows[torch.arange(size) % len(rows)]
        self.prompt = nn.Parameter(table[rows.to(table.device)].clone())
        self.dropout = nn.Dropout(dropout)

    def get_input_embeddings(self) -> nn.Module:
        """The wrapped model's."""
        return self.model.get_input_embeddings()  # type: ignore[operator, no-any-return]

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        position_ids: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        past_key_values: Any = None,
        **options: Any,
    ) -> Any:
        """What the model gives for the input, [batch, length, ...], after the virtual tokens.

        Args:
            input_ids: [batch, length]; or `inputs_embeds`: [batch, length, width].
            attention_mask: [batch, cached + length], without the virtual tokens.
            position_ids, token_type_ids: [batch, length].
            past_key_values: the cache of a call that had the virtual tokens before it.

        Raises:
            WeightsError: input and virtual tokens are more than the model has positions for.
        """
        embeddings = inputs_embeds
        if embeddings is None:
            embeddings = self.get_input_embeddings()(input_ids)
        (batch, length), size = embeddings.shape[:2], len(self.prompt)
        self._check(length)
        if past_key_values is None:
            prompt = self.dropout(self.prompt).to(embeddings.dtype).expand(batch, -1, -1)
            embeddings = torch.cat([prompt, embeddings], dim=1)
        else:
            options["past_key_values"] = past_key_values
        entering = size if past_key_values is None else 0
        if attention_mask is None:
            attention_mask = embeddings.new_ones(batch, length, dtype=torch.long)
        options["attention_mask"] = _before(attention_mask, torch.ones(size))
        if position_ids is not None:
            options["position_ids"] = _before(position_ids + size, torch.arange(entering))
        if token_type_ids is not None:
            options["token_type_ids"] = _before(token_type_ids, torch.zeros(entering))
        return _last(self.model(inputs_embeds=embeddings, **options), length)

    def _check(self, length: int) -> None:
        most = int(self.config.max_position_embeddings)  # type: ignore[union-attr, arg-type]
        if length + len(self.prompt) > most:
            raise WeightsError(
                f"prompt: expected at most {most - len(self.prompt)} tokens of input, since "
                f"{len(self.prompt)} of the {most} are virtual, got {length}; train an adapter "
                "with a smaller `size`"
            )


def _before(rest: Tensor, first: Tensor) -> Tensor:
    """[batch, n] and [m] to [batch, m + n]."""
    return torch.cat([first.to(rest.device, rest.dtype).expand(rest.shape[0], -1), rest], dim=1)


def _last(output: Any, length: int) -> Any:
    """The output for the last `length` tokens; logits that are fewer stay."""
    cut: dict[str, Any] = {}
    for name in ("last_hidden_state", "logits"):
        if getattr(output, name, None) is not None:
            cut[name] = getattr(output, name)[:, -length:]
    if getattr(output, "hidden_states", None) is not None:
        cut["hidden_states"] = tuple(states[:, -length:] for states in output.hidden_states)
    if getattr(output, "attentions", None) is not None:
        cut["attentions"] = tuple(weights[..., -length:, -length:] for weights in output.attentions)
    return dataclasses.replace(output, **cut)
