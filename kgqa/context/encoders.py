"""The context encoders by name."""

from __future__ import annotations

from typing import get_args

from torch import nn

from kgqa.context.attention import TripleAttention
from kgqa.context.encoder import ContextShape
from kgqa.context.gnn import RelationWalk
from kgqa.context.memory import SlotMemory
from kgqa.errors import ConfigError
from kgqa.types import ContextName


def make_context_encoder(name: str, shape: ContextShape) -> nn.Module | None:
    """A fresh encoder, which is a `ContextEncoder`; None for `none`.

    Raises:
        ConfigError: there is no encoder of that name.
    """
    if name == "gnn":
        return RelationWalk(shape)
    if name == "attention":
        return TripleAttention(shape)
    if name == "memory":
        return SlotMemory(shape)
    if name == "none":
        return None
    raise ConfigError(f"context {name!r}: expected one of {', '.join(get_args(ContextName))}")
