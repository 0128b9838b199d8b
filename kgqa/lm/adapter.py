"""Adapters on a frozen backbone: three kinds behind one switch.

`lora`: W' = W + (alpha / size) B A on every linear layer; `bottleneck`: x + W_up ReLU(W_down x)
after every attention and feed-forward sublayer; `prompt`: trained virtual tokens before the
input. Each is found its place in any encoder or causal LM by structure, and is saved alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import torch
from torch import Tensor, nn

from kgqa.errors import ConfigError, WeightsError
from kgqa.lm.adapter_bottleneck import add_bottlenecks
from kgqa.lm.adapter_files import (
    CARD_FILE,
    WEIGHTS_FILE,
    SavedAdapter,
    load_adapter,
    own_weights,
    read_card,
    save_adapter,
    shipped_weights,
)
from kgqa.lm.adapter_lora import add_lora, merge_lora
from kgqa.lm.adapter_prompt import add_prompt
from kgqa.lm.backbone import Backbone
from kgqa.lm.causal import CausalLM
from kgqa.types import AdapterKind

__all__ = [
    "CARD_FILE",
    "WEIGHTS_FILE",
    "AdapterSettings",
    "SavedAdapter",
    "adapted_model",
    "adapter_card",
    "add_adapter",
    "add_lora",
    "check_adapter",
    "load_adapter",
    "merge_lora",
    "own_weights",
    "read_card",
    "save_adapter",
    "saved_settings",
    "shipped_weights",
    "start_from",
]
KINDS: tuple[str, ...] = get_args(AdapterKind)


@dataclass(frozen=True, slots=True)
class AdapterSettings:
    """Which adapter, and how large.

    Attributes:
        kind: `lora`, `bottleneck` or `prompt`.
        size: LoRA's rank, the bottleneck's width, or the number of virtual tokens.
        alpha: LoRA only: `alpha / size` multiplies the update; None is `size`.
        dropout: share in [0, 1) of LoRA's input, of what a bottleneck adds, or of the prompt.

    Raises:
        ConfigError: a value is none of these.
    """

    kind: AdapterKind = "lora"
    size: int = 32
    alpha: int | None = None
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"adapter: expected one of {', '.join(KINDS)}, got {self.kind!r}")
        _check_whole("size", self.size)
        if self.alpha is not None:
            _check_whole("alpha", self.alpha)
            if self.kind != "lora":
                raise ConfigError(
                    f"adapter alpha: expected none for {self.kind!r}, since only 'lora' scales "
                    f"its update, got {self.alpha!r}; leave it out"
                )
        if isinstance(self.dropout, bool) or not 0 <= self.dropout < 1:
            raise ConfigError(f"adapter dropout: expected 0 <= dropout < 1, got {self.dropout!r}")

    @property
    def scale(self) -> float:
        """What multiplies LoRA's product."""
        return (self.size if self.alpha is None else self.alpha) / self.size


def _check_whole(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"adapter {name}: expected a whole number of at least 1, got {value!r}")


def add_adapter(model: nn.Module, settings: AdapterSettings) -> nn.Module:
    """The model with a trainable adapter in it; nothing else of it is trainable.

    Args:
        model: a copy of a backbone's model, which this changes.

    Raises:
        WeightsError: the model has no place for this kind of adapter.
    """
    if settings.kind == "bottleneck":
        return add_bottlenecks(model, settings.size, settings.dropout)
    if settings.kind == "prompt":
        return add_prompt(model, settings.size, settings.dropout)
    return add_lora(model, settings.size, settings.alpha, settings.dropout)


def adapter_card(settings: AdapterSettings) -> dict[str, Any]:
    """What a card says under `adapter`."""
    return asdict(settings)


def saved_settings(card: Mapping[str, Any]) -> AdapterSettings:
    """The settings that a card names under `adapter`; older cards have `lora` instead.

    Raises:
        WeightsError: it names none, or bad ones.
    """
    try:
        if "adapter" in card:
            return AdapterSettings(**card["adapter"])
        return AdapterSettings("lora", card["lora"]["rank"], card["lora"]["alpha"])
    except (KeyError, TypeError, ConfigError) as error:
        raise WeightsError(
            f"weight card: expected the settings of an adapter ({error}); train it again"
        ) from error


def check_adapter(folder: Path, part: str, asked: str | None) -> AdapterKind:
    """The kind of adapter that a folder of weights holds.

    Args:
        part: what the weights are of: `reader`, `generator` or `extractor`.
        asked: the kind that is wanted; None takes what there is.

    Raises:
        WeightsError: the card is missing or malformed, or names another kind.
    """
    own = saved_settings(read_card(folder, part)).kind
    if asked not in (None, own):
        way = f"train them with `kgqa train {part} --adapter {asked} --out DIR`, give --weights DIR"
        raise WeightsError(
            f"adapter {asked!r}: expected {part} weights that were trained with it, got {own!r} "
            f"in {folder}; {'leave --adapter out' if part == 'extractor' else way}"
        )
    return own


def adapted_model(backbone: Backbone | CausalLM, saved: SavedAdapter) -> nn.Module:
    """A copy of the backbone with the saved adapter in it; LoRA is merged into the weights.

    Raises:
        WeightsError: the adapter does not fit the backbone.
    """
    settings, tensors = saved_settings(saved.card), saved.adapter()
    model = backbone.copy_model()
    if settings.kind == "lora":
        return merge_lora(model, tensors, settings.scale)
    model = add_adapter(model, settings)
    places = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if {n: p.shape for n, p in places.items()} != {n: t.shape for n, t in tensors.items()}:
        raise WeightsError(
            f"adapter: expected the {len(places)} tensors of a {settings.kind} adapter of size "
            f"{settings.size} on {backbone.name!r}, got others; train it again"
        )
    with torch.no_grad():
        for name, tensor in tensors.items():
            places[name].copy_(tensor)
    return model.requires_grad_(False).eval()


@torch.no_grad()
def start_from(model: nn.Module, saved: SavedAdapter) -> None:
    """Set the trainable parameters to a saved adapter's, whose size may be smaller.

    More size is more rows of A or W_down, which stay as they were made, and more columns of B
    or W_up, which are 0 at first: the model computes what the saved one does. A soft prompt
    keeps its size.

    Raises:
        WeightsError: the saved adapter is another kind, larger, or scales its update.
    """
    settings = saved_settings(saved.card)
    if settings.scale != 1:
        raise WeightsError(f"expected an adapter with alpha = size to go on from, got {settings}")
    places = {name: p for name, p in model.named_parameters() if p.requires_grad}
    unknown = next((name for name in saved.tensors if name not in places), None)
    if unknown is not None:
        raise WeightsError(
            f"cannot go on from {unknown!r}, which this model does not train: give the saved "
            f"adapter's kind, {settings.kind!r}"
        )
    for name, tensor in saved.tensors.items():
        _set_part(name, places[name], tensor, settings)


def _set_part(name: str, place: nn.Parameter, tensor: Tensor, settings: AdapterSettings) -> None:
    larger = any(old > new for old, new in zip(tensor.shape, place.shape, strict=True))
    if larger or (settings.kind == "prompt" and tensor.shape != place.shape):
        least = "the" if settings.kind == "prompt" else "at least the"
        raise WeightsError(
            f"cannot go on from {name!r} of shape {tuple(tensor.shape)} with "
            f"{tuple(place.shape)}: give {least} size {settings.size}"
        )
    place[tuple(slice(size) for size in tensor.shape)] = tensor.to(place.dtype)
