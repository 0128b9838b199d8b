"""`Bert` for reading: the same numbers for less work, without training.

Rows of a batch are laid end to end without their padding, so that texts of any length are read
in one pass and padding costs nothing. Query, key and value are one product, attention is
torch's fused one, and the weights may be of 8 bits (`int8`).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgqa.lm.bert import Bert, BertStates
from kgqa.lm.int8 import Int8Linear, multiplies_int8
from kgqa.lm.precision import Precision, int8_is_faster

ReadingPrecision = Literal["int8", "bf16", "fp32"]
_DTYPES = {"int8": torch.float32, "bf16": torch.bfloat16, "fp32": torch.float32}
_LEAST_GELU = -0.17
"""The least value of x Phi(x), at x = -0.75."""


class ReadingBert(nn.Module):
    """
    Args:
        model: a network whose linear layers are plain ones (LoRA merged); it is left as it is.
        precision: of the products; `int8` computes everything else in fp32.
    """

    def __init__(self, model: Bert, precision: ReadingPrecision) -> None:
        super().__init__()
        dtype = _DTYPES[precision]
        own: Any = model.embeddings
        self.config = model.config
        self.words: nn.Module = own.word_embeddings
        self.positions = own.position_embeddings.weight.detach().to(dtype)
        self.segments = own.token_type_embeddings.weight.detach().to(dtype)
        self.norm = _norm(own.LayerNorm, dtype)
        layers = cast(nn.ModuleList, model.encoder["layer"])
        sizes = input_sizes(model) if precision == "int8" else [None] * 2 * len(layers)
        self.layers = nn.ModuleList(
            _ReadingLayer(layer, sizes[2 * i], sizes[2 * i + 1], precision)
            for i, layer in enumerate(layers)
        )
        self.dtype = dtype

    def get_input_embeddings(self) -> nn.Module:
        """As Hugging Face models have it: what soft prompts stand beside."""
        return self.words

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> BertStates:
        """
        Args:
            input_ids: [batch, length]; or `inputs_embeds`: [batch, length, width].
            attention_mask: [batch, length], 0 where a token is padding.
            token_type_ids: [batch, length]; None is segment 0.
            position_ids: [batch, length]; None counts from 0.

        Returns:
            The last states alone; they are 0 at padding.
        """
        if inputs_embeds is None:
            inputs_embeds = self.words(input_ids)
        rows, length, _ = inputs_embeds.shape
        shown = torch.ones(rows, length) if attention_mask is None else attention_mask
        shown = shown.bool()
        if token_type_ids is None:
            token_type_ids = torch.zeros(rows, length, dtype=torch.long)
        if position_ids is None:
            position_ids = torch.arange(length).expand(rows, -1)
        hidden = inputs_embeds[shown].to(self.dtype)
        hidden = hidden + self.positions[position_ids[shown]] + self.segments[token_type_ids[shown]]
        hidden = self.norm(hidden)
        lengths = shown.sum(1).tolist()
        for layer in self.layers:
            hidden = layer(hidden, lengths)
        states = hidden.new_zeros(inputs_embeds.shape)
        states[shown] = hidden
        return BertStates(states)


class _ReadingLayer(nn.Module):
    """
    Args:
        layer: of `Bert`.
        sizes, inner: about how large each input is of its first product and of the feed-forward
            network's; None: all alike.
    """

    def __init__(
        self, layer: Any, sizes: Tensor | None, inner: Tensor | None, precision: ReadingPrecision
    ) -> None:
        super().__init__()
        dtype = _DTYPES[precision]
        attention, output = layer.attention["self"], layer.attention["output"]
        self.heads = attention.heads
        joint = [attention.query, attention.key, attention.value]
        self.attend = _product(joint, precision, sizes)
        self.join, self.join_norm = (
            _product([output.dense], precision),
            _norm(output.LayerNorm, dtype),
        )
        self.widen = _product([layer.intermediate["dense"]], precision, inner)
        self.narrow = _product([layer.output.dense], precision, least=_LEAST_GELU)
        self.narrow_norm = _norm(layer.output.LayerNorm, dtype)

    def forward(self, hidden: Tensor, lengths: Sequence[int]) -> Tensor:
        """[tokens, width] -> [tokens, width].

        Args:
            lengths: of the rows that lie end to end.
        """
        attended = self.join(self._attended(self.attend(hidden), lengths))
        hidden = self.join_norm(attended + hidden)
        return cast(
            Tensor, self.narrow_norm(self.narrow(functional.gelu(self.widen(hidden))) + hidden)
        )

    def _attended(self, joint: Tensor, lengths: Sequence[int]) -> Tensor:
        """softmax(Q K^T / sqrt(d)) V within each row; `joint` is [tokens, 3 * width]."""
        rows = []
        for row in torch.split(joint.view(len(joint), 3, self.heads, -1), list(lengths)):
            query, key, value = row.permute(1, 2, 0, 3).unsqueeze(1).unbind()
            found = functional.scaled_dot_product_attention(query, key, value)
            rows.append(found[0].transpose(0, 1).flatten(1))
        return torch.cat(rows)


def for_reading(model: nn.Module, precision: Precision | None = None) -> nn.Module:
    """The model as a reader runs it: a plain `Bert` as `ReadingBert`, others as they are.

    Args:
        precision: None is what the model has; `auto` takes `int8` in its place where the
            processor has instructions for it and is faster so.
    """
    if not isinstance(model, Bert):
        return model
    with torch.device("meta"):
        own_names = Bert(model.config).state_dict().keys()
    if model.state_dict().keys() != own_names:  # an adapter that is no part of the weights
        return model
    known: ReadingPrecision = (
        "bf16" if model.get_input_embeddings().weight.dtype == torch.bfloat16 else "fp32"
    )
    if precision != "auto":
        return ReadingBert(model, precision or known)
    made, int8 = (functools.partial(ReadingBert, model, one) for one in (known, "int8"))
    return int8() if multiplies_int8() and int8_is_faster(model, made, int8) else made()


@torch.inference_mode()
def input_sizes(model: Bert) -> list[Tensor]:
    """How large each input gets, [width], of each layer's first product and of its feed-forward
    network's, over 128 tokens drawn from the vocabulary.

    Some are ten times as large as the others, whatever the text: drawn tokens tell which as
    well as sentences do.
    """
    sizes: list[Tensor] = []

    def note(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        sizes.append(given[0].float().abs().amax((0, 1)))

    layers = cast(nn.ModuleList, model.encoder["layer"])
    products = [p for one in layers for p in _first_products(one)]
    hooks = [product.register_forward_pre_hook(note) for product in products]
    drawn = torch.Generator().manual_seed(0)
    ids = torch.randint(model.config.vocab_size, (2, 64), generator=drawn)
    try:
        model(input_ids=ids, token_type_ids=(torch.arange(64) > 12).long().expand(2, -1))
    finally:
        for hook in hooks:
            hook.remove()
    return [one.clone() for one in sizes]


def _first_products(layer: Any) -> tuple[nn.Module, nn.Module]:
    return layer.attention["self"].query, layer.intermediate["dense"]


def _product(
    layers: Sequence[nn.Linear],
    precision: ReadingPrecision,
    sizes: Tensor | None = None,
    least: float | None = None,
) -> nn.Module:
    """Layers of one input as one.

    Args:
        sizes: [inputs], about how large each input is; None: all alike.
        least: what no input is below.
    """
    weight = torch.cat([layer.weight.detach() for layer in layers])
    bias = torch.cat([layer.bias.detach() for layer in layers])
    if precision == "int8":
        return Int8Linear(weight, bias, sizes, least)
    made = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    made.weight = nn.Parameter(weight.to(_DTYPES[precision]), requires_grad=False)
    made.bias = nn.Parameter(bias.to(_DTYPES[precision]), requires_grad=False)
    return made


def _norm(norm: nn.LayerNorm, dtype: torch.dtype) -> nn.LayerNorm:
    made = nn.LayerNorm(norm.normalized_shape, norm.eps, device="meta")
    made.weight = nn.Parameter(norm.weight.detach().to(dtype), requires_grad=False)
    made.bias = nn.Parameter(norm.bias.detach().to(dtype), requires_grad=False)
    return made
