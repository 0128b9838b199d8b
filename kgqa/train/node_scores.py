"""Training of the encoders that score nodes, `attention` and `memory`, over given graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from kgqa.context.tensors import batch_graphs
from kgqa.context.text import TextEmbedder, TokenRow, padded
from kgqa.qa.graph_scores import read_graph
from kgqa.train.graph_examples import GivenExample, GoldGraph, GraphExample


def node_loss(logits: Tensor, gold: Tensor, graph_of: Tensor, n_graphs: int) -> Tensor:
    """KL(uniform over gold || softmax over the nodes of each graph), mean over graphs.

    Args:
        logits: [all nodes].
        gold: [all nodes], True for an answer; each graph has at least one.
        graph_of: [all nodes].
    """
    zeros = logits.new_zeros(n_graphs)
    peaks = zeros.scatter_reduce(0, graph_of, logits.detach(), "amax", include_self=False)
    spread = zeros.scatter_add(0, graph_of, (logits - peaks[graph_of]).exp())
    log_share = logits - peaks[graph_of] - spread[graph_of].log()
    share = gold.float() / zeros.scatter_add(0, graph_of, gold.float())[graph_of]
    return (torch.xlogy(share, share) - share * log_share).sum() / n_graphs


class NodeScoreLoss:
    """The loss of a batch of questions over the graphs that are read for them.

    Args:
        model: gives each node a logit.
        rows: the tokens of each question's text.
    """

    def __init__(
        self, model: nn.Module, texts: TextEmbedder, rows: Mapping[str, TokenRow], steps: int
    ) -> None:
        self._model, self._texts, self._rows, self._steps = model, texts, rows, steps

    def __call__(self, batch: Sequence[GraphExample]) -> Tensor:
        read = [(self._rows[example.text], self._gold(example)) for example in batch]
        kept = [(row, gold) for row, gold in read if gold is not None]
        if not kept:
            return torch.zeros((), requires_grad=True)  # nothing to learn from this batch
        graphs = batch_graphs([gold.graph for _, gold in kept])
        logits = self._model(padded([row for row, _ in kept]), graphs).node_logits
        gold = torch.cat([gold.gold for _, gold in kept])
        return node_loss(logits, gold, graphs.batch, len(kept))

    def _gold(self, example: GraphExample) -> GoldGraph | None:
        """What answering reads too; None if no answer is in it."""
        assert isinstance(example, GivenExample), "trees without names are refused before"
        over = example.over
        row = self._rows[example.text]
        read = read_graph(
            over.graph, row, example.topics, over.relation_text, self._texts, self._steps
        )
        gold = torch.tensor([int(node) in example.answers for node in read.grown.nodes])
        return GoldGraph(read.graph, gold) if gold.any() else None
