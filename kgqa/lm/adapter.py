"""LoRA adapters on a frozen backbone, saved alone with the heads they feed.

LoRA (Hu et al. 2021, arXiv 2106.09685): W' = W + (alpha / rank) B A, where A is
[rank, inputs] and B [outputs, rank]. Training goes through PEFT; reading adds the product to
a copy of the backbone's weights once, so that it costs nothing more per token.

A saved adapter is a folder with `adapter.safetensors` and `card.json`. The card holds the
file's SHA-256, the backbone's and the ontology's digest, the shape of the heads, and how the
weights were made.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kgqa.errors import WeightsError
from kgqa.lm.backbone import Backbone, check_sha256

WEIGHTS_FILE, CARD_FILE = "adapter.safetensors", "card.json"
_A, _B = ".lora_A.default.weight", ".lora_B.default.weight"


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """Rank and scale of the update; `alpha / rank` multiplies it."""

    rank: int = 32
    alpha: int = 32


@dataclass(frozen=True, slots=True)
class SavedAdapter:
    """An adapter read back: `tensors` by parameter name, `card` as saved."""

    tensors: Mapping[str, Tensor]
    card: Mapping[str, Any]

    def head(self, prefix: str) -> dict[str, Tensor]:
        """The tensors under `prefix.`, names without it, as fp32."""
        return {
            name.removeprefix(f"{prefix}."): tensor.float()
            for name, tensor in self.tensors.items()
            if name.startswith(f"{prefix}.")
        }


def shipped_weights(kind: str) -> Path:
    """The folder of the weights that come with kgqa."""
    with as_file(files("kgqa") / "weights" / kind) as folder:
        return folder


def add_lora(model: nn.Module, settings: LoraSettings) -> nn.Module:
    """Put trainable LoRA layers beside every linear layer that is found in the model."""
    from peft import LoraConfig, inject_adapter_in_model

    linear = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    config = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, lora_dropout=0.0, target_modules=linear
    )
    return inject_adapter_in_model(config, model)


def merge_lora(model: nn.Module, tensors: Mapping[str, Tensor], scale: float) -> nn.Module:
    """Add `scale * B A` to each adapted weight of a plain model, in place.

    Raises:
        WeightsError: a tensor names a layer that this model does not have.
    """
    modules = dict(model.named_modules())
    for name, a in tensors.items():
        if not name.endswith(_A):
            continue
        layer = modules.get(name.removesuffix(_A))
        if not isinstance(layer, nn.Linear):
            raise WeightsError(f"adapter names the layer {name!r}, which the backbone has not")
        b = tensors[name.removesuffix(_A) + _B]
        with torch.no_grad():
            update = scale * (b.float() @ a.float())
            layer.weight.copy_((layer.weight.float() + update).to(layer.weight.dtype))
    return model


@torch.no_grad()
def start_from(model: nn.Module, saved: SavedAdapter) -> None:
    """Set the trainable parameters to a saved adapter's, whose rank may be smaller.

    More rank is more rows of A, which stay as they were made, and more columns of B, which
    are 0 at first: the model computes what the saved one does.

    Raises:
        WeightsError: the saved adapter is larger, or scales its update differently.
    """
    lora = saved.card["lora"]
    if lora["alpha"] != lora["rank"]:
        raise WeightsError(f"expected an adapter with alpha = rank to go on from, got {lora}")
    for name, parameter in model.named_parameters():
        tensor = saved.tensors.get(name)
        if not parameter.requires_grad or tensor is None:
            continue
        if any(old > new for old, new in zip(tensor.shape, parameter.shape, strict=True)):
            raise WeightsError(
                f"cannot go on from {name!r} of shape {tuple(tensor.shape)} with "
                f"{tuple(parameter.shape)}: give at least the rank {lora['rank']}"
            )
        parameter[tuple(slice(size) for size in tensor.shape)] = tensor.to(parameter.dtype)


def adapted_model(backbone: Backbone, saved: SavedAdapter) -> nn.Module:
    """A copy of the backbone with the saved LoRA merged in."""
    lora = saved.card["lora"]
    tensors = {
        name.removeprefix("backbone."): tensor
        for name, tensor in saved.tensors.items()
        if name.startswith("backbone.")
    }
    return merge_lora(backbone.copy_model(), tensors, lora["alpha"] / lora["rank"])


def save_adapter(folder: Path, tensors: Mapping[str, Tensor], card: Mapping[str, Any]) -> None:
    """Write weights (fp16) and card; the card comes last and names the weights' SHA-256."""
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    half = {name: tensor.detach().half().contiguous() for name, tensor in tensors.items()}
    content = save(half)
    _replace(folder / WEIGHTS_FILE, content)
    full = {**card, "sha256": hashlib.sha256(content).hexdigest()}
    _replace(folder / CARD_FILE, (json.dumps(full, indent=2, sort_keys=True) + "\n").encode())


def load_adapter(
    folder: Path, kind: str, backbone: Backbone, ontology_digest: str | None = None
) -> SavedAdapter:
    """Read an adapter that fits this backbone, and this ontology where one is given.

    Raises:
        WeightsError: a file is missing, its checksum differs, or it was trained for
            something else; the message says which.
    """
    from safetensors.torch import load_file

    card = read_card(folder, kind)
    check_sha256(folder / WEIGHTS_FILE, str(card.get("sha256")))
    if card.get("backbone") != backbone.digest:
        raise WeightsError(
            f"{folder}: trained on another backbone than {backbone.name!r}; train it again with "
            f"`kgqa train {kind}`, or set `backbone` back"
        )
    if ontology_digest is not None and card.get("ontology") != ontology_digest:
        raise WeightsError(
            f"{folder}: trained for another ontology; train it again with `kgqa train {kind}`"
        )
    return SavedAdapter(load_file(folder / WEIGHTS_FILE), card)


def read_card(folder: Path, kind: str) -> dict[str, Any]:
    """The adapter's card. Raises WeightsError when it is missing, malformed or of another kind."""
    path = folder / CARD_FILE
    try:
        card = json.loads(path.read_text())
    except FileNotFoundError:
        raise WeightsError(
            f"{path}: no such weight card; expected a folder that `kgqa train {kind} --out` wrote"
        ) from None
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path}: not a readable weight card ({error})") from error
    if not isinstance(card, dict) or card.get("kind") != kind:
        raise WeightsError(f"{path}: expected a card of kind {kind!r}")
    return card


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)
