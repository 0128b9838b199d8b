"""Adapters on disk: saved alone with the heads they feed, read back only where they fit.

A saved adapter is a folder with `adapter.safetensors` and `card.json`. The card holds the
file's SHA-256, the backbone's and the ontology's digest, the adapter's kind and shape, and how
the weights were made.
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

from torch import Tensor

from kgqa.errors import WeightsError
from kgqa.lm.backbone import Backbone
from kgqa.lm.causal import CausalLM
from kgqa.lm.checksum import check_sha256

WEIGHTS_FILE, CARD_FILE = "adapter.safetensors", "card.json"
_BACKBONE = "backbone"
"""Whatever model is trained keeps its language model in an attribute of this name."""


@dataclass(frozen=True, slots=True)
class SavedAdapter:
    """An adapter read back: `tensors` by parameter name, `card` as saved."""

    tensors: Mapping[str, Tensor]
    card: Mapping[str, Any]

    def head(self, prefix: str) -> dict[str, Tensor]:
        """The tensors under `prefix.`, names without it, as fp32."""
        return {name: tensor.float() for name, tensor in self._under(prefix).items()}

    def adapter(self) -> dict[str, Tensor]:
        """The tensors that change the backbone, named as in the backbone, fp16 as saved."""
        return self._under(_BACKBONE)

    def _under(self, prefix: str) -> dict[str, Tensor]:
        return {
            name.removeprefix(f"{prefix}."): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(f"{prefix}.")
        }


def shipped_weights(kind: str) -> Path:
    """The folder of the weights that come with kgqa."""
    with as_file(files("kgqa") / "weights" / kind) as folder:
        return folder


def own_weights(folder: Path, kind: str) -> Path | None:
    """Where a folder has weights of that kind: in its subfolder of that name, or itself; None
    where it has those of other kinds only.

    Raises:
        WeightsError: there are no weights of any kind.
    """
    if (folder / kind).is_dir():
        return folder / kind
    if (folder / CARD_FILE).is_file():
        return folder if _card(folder / CARD_FILE).get("kind") == kind else None
    if next(folder.glob(f"*/{CARD_FILE}"), None) is None:
        raise WeightsError(
            f"{folder}: no such weight card; expected a folder that `kgqa train {kind} --out` "
            f"wrote, or one that holds it as {kind}/"
        )
    return None


def save_adapter(folder: Path, tensors: Mapping[str, Tensor], card: Mapping[str, Any]) -> None:
    """Write weights (fp16) and card; the card comes last and names the weights' SHA-256."""
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    half = {name: tensor.detach().half().cpu().contiguous() for name, tensor in tensors.items()}
    content = save(half)
    _replace(folder / WEIGHTS_FILE, content)
    full = {**card, "sha256": hashlib.sha256(content).hexdigest()}
    _replace(folder / CARD_FILE, (json.dumps(full, indent=2, sort_keys=True) + "\n").encode())


def load_adapter(
    folder: Path, kind: str, backbone: Backbone | CausalLM, ontology_digest: str | None = None
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
        setting = "lm" if isinstance(backbone, CausalLM) else "backbone"
        raise WeightsError(
            f"{folder}: trained on another backbone than {backbone.name!r}; train it again with "
            f"`kgqa train {kind}`, or set `{setting}` back"
        )
    if ontology_digest is not None and card.get("ontology") != ontology_digest:
        raise WeightsError(
            f"{folder}: trained for another ontology; train it again with `kgqa train {kind}`"
        )
    return SavedAdapter(load_file(folder / WEIGHTS_FILE), card)


def read_card(folder: Path, kind: str) -> dict[str, Any]:
    """The adapter's card. Raises WeightsError when it is missing, malformed or of another kind."""
    path = folder / CARD_FILE
    if not path.is_file():
        raise WeightsError(
            f"{path}: no such weight card; expected a folder that `kgqa train {kind} --out` wrote"
        )
    card = _card(path)
    if card.get("kind") != kind:
        raise WeightsError(f"{path}: expected a card of kind {kind!r}, got {card.get('kind')!r}")
    return card


def _card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path}: not a readable weight card ({error})") from error
    if not isinstance(card, dict):
        raise WeightsError(f"{path}: expected a weight card, got a JSON {type(card).__name__}")
    return card


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)
