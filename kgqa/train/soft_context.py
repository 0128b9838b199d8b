"""What training a reader and training a generator share of the context encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from kgqa.errors import WeightsError
from kgqa.lm.adapter import load_adapter
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import set_encoder, trained_context

NODE_LOSS = 0.3
"""Weight of the nodes' own loss beside that of the words or the pointer, which weighs 1."""
TOP, POOLED = 16, 2
"""Virtual tokens of nodes, and pooled ones besides."""


def node_loss(
    logits: Tensor, sizes: Sequence[int], golds: Sequence[Sequence[int]]
) -> Tensor | None:
    """-log of the share of each subgraph's softmax that falls on the answer's nodes, mean over
    the subgraphs that have the answer; None where none has.

    Args:
        logits: [all nodes], subgraph after subgraph.
        sizes: nodes of each subgraph.
        golds: rows of each subgraph's nodes that are the answer.
    """
    losses = [
        own.logsumexp(0) - own[list(gold)].logsumexp(0)
        for own, gold in zip(torch.split(logits, list(sizes)), golds, strict=True)
        if gold
    ]
    return torch.stack(losses).mean() if losses else None


def start_encoder(encoder: nn.Module, name: str, folder: Path, backbone: Backbone) -> None:
    """Set the encoder to what `kgqa train context` wrote, but for the virtual tokens.

    Raises:
        WeightsError: the weights are another encoder's.
    """
    found = load_adapter(folder, "context", backbone)
    own = trained_context(found.card)
    if own != name:
        raise WeightsError(
            f"{folder}: expected weights of {name!r}, got {own!r}; give what `kgqa train context "
            f"--context {name}` wrote"
        )
    kept = {n: t.float() for n, t in found.tensors.items() if not n.startswith("tokens.")}
    set_encoder(encoder, kept, folder)
