"""BERT (Devlin et al. 2019, arXiv 1810.04805): the packaged backbone, and any other BERT.

transformers computes the same numbers from the same file, but takes two seconds to import,
which every `kgqa ask` would pay. Parameters are named as transformers names them, so that
adapters fit both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class BertConfig:
    """What `config.json` says of the network's shape; the activation is GELU."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float
    hidden_dropout_prob: float
    attention_probs_dropout_prob: float

    @classmethod
    def read(cls, path: Path) -> BertConfig:
        """From the `config.json` of a model folder."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{name: content[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class BertStates:
    """What one pass leaves.

    Attributes:
        last_hidden_state: [batch, length, width].
        hidden_states: the embeddings', then each layer's; None where not asked for.
        attentions: each layer's [batch, heads, length, length]; None where not asked for.
    """

    last_hidden_state: Tensor
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


class Bert(nn.Module):
    """The encoder, called as a Hugging Face one is. `load_bert` sets its parameters."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = _Embeddings(config)
        layers = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))
        self.encoder = nn.ModuleDict({"layer": layers})

    def get_input_embeddings(self) -> nn.Module:
        """As Hugging Face models have it: what soft prompts stand beside."""
        return self.embeddings.word_embeddings

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        output_hidden_states: bool = False,
        output_attentions: bool = False,
    ) -> BertStates:
        """
        Args:
            input_ids: [batch, length]; or `inputs_embeds`: [batch, length, width].
            attention_mask: [batch, length], 0 where a token is padding.
            token_type_ids: [batch, length]; None is segment 0.
        """
        if inputs_embeds is None:
            inputs_embeds = self.get_input_embeddings()(input_ids)
        hidden = self.embeddings(inputs_embeds, token_type_ids)
        mask = None if attention_mask is None else _additive(attention_mask, hidden.dtype)
        states, attentions = [hidden], []
        for layer in cast(nn.ModuleList, self.encoder["layer"]):
            hidden, attention = layer(hidden, mask, output_attentions)
            if output_hidden_states:
                states.append(hidden)
            if output_attentions:
                attentions.append(attention)
        return BertStates(
            hidden,
            tuple(states) if output_hidden_states else None,
            tuple(attentions) if output_attentions else None,
        )


class _Embeddings(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.word_embeddings = _unset_embedding(config.vocab_size, width)
        self.position_embeddings = _unset_embedding(config.max_position_embeddings, width)
        self.token_type_embeddings = _unset_embedding(config.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width, config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, words: Tensor, segments: Tensor | None) -> Tensor:
        positions = torch.arange(words.shape[1], device=words.device)
        if segments is None:
            segments = torch.zeros_like(positions)
        summed = words + self.token_type_embeddings(segments) + self.position_embeddings(positions)
        return self.dropout(self.LayerNorm(summed))  # type: ignore[no-any-return]


class _Layer(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        width, inner = config.hidden_size, config.intermediate_size
        self.attention = nn.ModuleDict(
            {"self": _SelfAttention(config), "output": _Residual(width, config)}
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, inner)})
        self.output = _Residual(inner, config)

    def forward(
        self, hidden: Tensor, mask: Tensor | None, weighs: bool
    ) -> tuple[Tensor, Tensor | None]:
        attended, weights = self.attention["self"](hidden, mask, weighs)
        attended = self.attention["output"](attended, hidden)
        inner = functional.gelu(self.intermediate["dense"](attended))
        return self.output(inner, attended), weights


class _SelfAttention(nn.Module):
    """softmax(Q K^T / sqrt(d)) V (Vaswani et al. 2017, arXiv 1706.03762).

    Torch's fused attention computes it where nobody asks for the softmax itself.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)

    def forward(
        self, hidden: Tensor, mask: Tensor | None, weighs: bool
    ) -> tuple[Tensor, Tensor | None]:
        """[batch, length, width], and the softmax [batch, heads, length, length].

        Args:
            mask: as `_additive` makes it; None shows all.
            weighs: whether the softmax is wanted; else None stands for it.
        """
        query, key, value = (
            linear(hidden).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for linear in (self.query, self.key, self.value)
        )
        if not weighs:
            share = self.dropout.p if self.training else 0.0
            found = functional.scaled_dot_product_attention(query, key, value, mask, share)
            return found.transpose(1, 2).flatten(2), None
        scores = query @ key.transpose(2, 3) * query.shape[-1] ** -0.5
        weights = self.dropout(functional.softmax(scores if mask is None else scores + mask, -1))
        return (weights @ value).transpose(1, 2).flatten(2), weights


class _Residual(nn.Module):
    """LayerNorm(W x + residual)."""

    def __init__(self, inputs: int, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, states: Tensor, residual: Tensor) -> Tensor:
        return self.LayerNorm(self.dropout(self.dense(states)) + residual)  # type: ignore[no-any-return]


def _unset_embedding(size: int, width: int) -> nn.Embedding:
    # nn.Embedding's own start draws normal numbers; on the meta device that imports torch's
    # compiler, a second of work for nothing.
    unset = torch.empty(size, width)
    return nn.Embedding.from_pretrained(unset, freeze=False)  # type: ignore[no-any-return, no-untyped-call]


def _additive(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """[batch, 1, 1, length]: 0 for a token, the least number for padding."""
    padding = mask[:, None, None] == 0
    shown = torch.zeros(padding.shape, dtype=dtype, device=mask.device)
    return shown.masked_fill(padding, torch.finfo(dtype).min)


def load_bert(folder: Path) -> Bert:
    """The network of a folder with `config.json` and an encoder's `model.safetensors`, fp32."""
    from safetensors.torch import load_file

    with torch.device("meta"):  # no memory and no random numbers for what the file replaces
        model = Bert(BertConfig.read(folder / "config.json"))
    tensors = load_file(folder / "model.safetensors")
    model.load_state_dict({name: tensors[name] for name in model.state_dict()}, assign=True)
    return model


def own_bert(model: nn.Module) -> Bert | None:
    """The network of a BERT that transformers has loaded, with its parameters; None where it is
    another network, or has parts that `Bert` has not."""
    config = getattr(model, "config", None)
    if (
        getattr(config, "model_type", "") != "bert"
        or getattr(config, "hidden_act", "") != "gelu"
        or getattr(config, "is_decoder", False)
    ):
        return None
    with torch.device("meta"):
        own = Bert(BertConfig(**{name: getattr(config, name) for name in BertConfig.__slots__}))
    tensors = model.state_dict()
    if tensors.keys() != own.state_dict().keys():
        return None
    own.load_state_dict(tensors, assign=True)
    return own
