"""h = LM([question; passage; p_1 ... p_n]): virtual tokens after the token embeddings."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def encode_with_prompts(
    model: nn.Module,
    input_ids: Tensor,
    attention_mask: Tensor,
    token_type_ids: Tensor,
    prompts: Tensor | None = None,
    prompt_mask: Tensor | None = None,
    prompt_starts: Tensor | None = None,
) -> Tensor:
    """Hidden states of the tokens, then of the virtual tokens.

    Args:
        model: a Hugging Face encoder.
        input_ids, attention_mask, token_type_ids: [batch, length].
        prompts: virtual tokens [batch, n_virtual_tokens, width], or None.
        prompt_mask: [batch, n_virtual_tokens].
        prompt_starts: [batch], the position of each row's first virtual token; None is
            `length`. The model takes `position_ids` then.

    Returns:
        [batch, length + n_virtual_tokens, width], fp32.
    """
    embeddings = model.get_input_embeddings()(input_ids)  # type: ignore[operator]
    if prompts is not None and prompt_mask is not None:
        embeddings = torch.cat([embeddings, prompts.to(embeddings.dtype)], dim=1)
        attention_mask = torch.cat([attention_mask, prompt_mask.to(attention_mask.dtype)], dim=1)
        segment = token_type_ids.new_ones(prompts.shape[:2])
        token_type_ids = torch.cat([token_type_ids, segment], dim=1)
    placed = {}
    if prompts is not None and prompt_starts is not None:
        own = torch.arange(input_ids.shape[1]).expand(input_ids.shape)
        behind = prompt_starts[:, None] + torch.arange(prompts.shape[1])
        placed = {"position_ids": torch.cat([own, behind], dim=1)}
    hidden = model(
        inputs_embeds=embeddings,
        attention_mask=attention_mask,
        token_type_ids=token_type_ids.clamp(max=_last_segment(model)),
        **placed,
    ).last_hidden_state
    return hidden.float()  # type: ignore[no-any-return]


def _last_segment(model: nn.Module) -> int:
    """RoBERTa has but one segment; who has none takes no notice of them."""
    return max(1, int(getattr(getattr(model, "config", None), "type_vocab_size", 2))) - 1
