"""The graph network: a walk from the topics along relations that the question opens.

A step is an instruction read from the question (Neural State Machine, He et al. 2021, arXiv
2101.03737; ReaRev, Mavromatis & Karypis 2022, arXiv 2210.13650). In place of node states it
carries one score a node, and in place of a sum it takes the best incoming edge:

    g_t(r, d) = sigmoid(q_t W_d r + a cos(P w_t, P r) + b_d q_t)
    s_t(v)    = max over edges (u, r, d, v) of s_{t-1}(u) g_t(r, d)
    s(v)      = sum over t of m_t s_t(v)

with q_t the instruction, w_t the words it attends to, r the embedding of the relation's
words, d the direction and m the mixture over steps: a softmax over what the question says of
its length plus c log max over v of s_t(v), so that a step that still finds something counts.
Going back to a topic is gated once more: a question rarely asks for where it began.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kgqa.context.encoder import ContextOutput, ContextShape, best_rows
from kgqa.context.gates import Gates
from kgqa.context.instructions import InstructionReader, Instructions
from kgqa.context.tensors import GraphData, Graphs
from kgqa.context.text import QuestionStates
from kgqa.context.virtual import NodeTokens

_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Walk:
    """What the walk leaves, all in [0, 1].

    Attributes:
        scores: [all nodes].
        steps: [steps + 1, all nodes], the scores after each step, the seeds first.
        gates: [steps, all edges].
        mixture: [batch, steps], sums to 1.
    """

    scores: Tensor
    steps: Tensor
    gates: Tensor
    mixture: Tensor


def follow(scores: Tensor, gates: Tensor, graphs: Graphs) -> Tensor:
    """s(v) = max over incoming edges of s(u) g; 0 without any.

    Args:
        scores: s, [all nodes].
        gates: g, [all edges].
    """
    if not isinstance(graphs, GraphData):
        from kgqa.context.message_passing import follow as follow_joined

        reached: Tensor = follow_joined()(scores, gates, graphs.edge_index)
        return reached
    sources, targets = graphs.edge_index
    messages = scores[sources] * gates
    return torch.zeros_like(scores).scatter_reduce(0, targets, messages, "amax", include_self=False)


class RelationWalk(nn.Module):
    """The `gnn` context encoder."""

    def __init__(self, shape: ContextShape) -> None:
        super().__init__()
        self.shape = shape
        self.reader = InstructionReader(shape)
        self.gates = Gates(shape)
        self.back = nn.Linear(shape.width, 1)
        self.mixture = nn.Linear(shape.width * (shape.steps + 1), shape.steps)
        self.survival = nn.Parameter(torch.tensor(0.3))
        self.tokens = NodeTokens(shape)

    def open(self, read: Instructions, relation_text: Tensor) -> Tensor:
        """Gates [steps, n_relations, 2] in [0, 1] of one question over a graph's relations."""
        one = torch.zeros(len(relation_text), dtype=torch.long)
        return self.gates(read, relation_text, one).sigmoid()  # type: ignore[no-any-return]

    def walk(self, read: Instructions, graphs: Graphs) -> Walk:
        """The scores of all nodes of a batch."""
        opened = self.gates(read, graphs.relation_text, graphs.relation_text_batch).sigmoid()
        gates = opened[:, graphs.edge_relation, graphs.edge_direction]
        back = self.back(read.read)[..., 0].sigmoid()
        scores, seed = graphs.seed, graphs.seed > 0
        steps = [scores]
        for gate, returning in zip(gates, back, strict=True):
            scores = follow(scores, gate, graphs)
            scores = torch.where(seed, scores * returning[graphs.batch], scores)
            steps.append(scores)
        stacked = torch.stack(steps)
        mixture = self._mixture(read, stacked[1:], graphs.batch)
        mixed = (stacked[1:] * mixture.T[:, graphs.batch]).sum(0)
        return Walk(mixed, stacked, gates, mixture)

    def _mixture(self, read: Instructions, steps: Tensor, graph_of: Tensor) -> Tensor:
        """How much each step counts, [batch, steps]."""
        whole = torch.cat([read.pooled, *read.read], dim=-1)
        peaks = steps.new_zeros(len(steps), len(whole))
        peaks = peaks.scatter_reduce(1, graph_of.expand_as(steps), steps, "amax")
        peaks = peaks.clamp(min=_LEAST).log().T
        return (self.mixture(whole) + self.survival * peaks).softmax(-1)  # type: ignore[no-any-return]

    def forward(self, question: QuestionStates, graphs: Graphs) -> ContextOutput:
        """See ContextEncoder."""
        read: Instructions = self.reader(question)
        walk = self.walk(read, graphs)
        logits = torch.logit(walk.scores, eps=_LEAST)
        best = strongest(walk, graphs)
        return self.tokens(logits, walk.scores, best, read.pooled, graphs)  # type: ignore[no-any-return]


def strongest(walk: Walk, graphs: Graphs) -> Tensor:
    """The edge that brings each node its best score over all steps; -1 without any.

    Returns:
        [all nodes]; of equal edges, the relation row and direction that come first by their
        embedding, so that the order of edges does not matter.
    """
    sources, targets = graphs.edge_index
    mixture = walk.mixture.T[:, graphs.batch]
    brought = (walk.steps[:-1, sources] * walk.gates * mixture[:, targets]).amax(0).detach()
    telling = graphs.relation_text[graphs.edge_relation].sum(-1) + graphs.edge_direction
    return best_rows(brought, telling, targets, len(graphs.batch))


def walk_loss(walk: Walk, gold: Tensor, graph_of: Tensor, n_graphs: int) -> Tensor:
    """KL(uniform over gold || scores, normalised) + 0.3 (-log gold score) + 0.3 (-log(1 - best
    wrong score)), each the mean over questions.

    Without the second term scores shrink to nothing while the first looks fine; the third
    keeps a margin to the best wrong node.

    Args:
        gold: [all nodes], True for an answer; each graph has at least one.
        graph_of: [all nodes].
    """
    scores = walk.scores.clamp(_LEAST, 1 - _LEAST)
    zeros = scores.new_zeros(n_graphs)
    total = zeros.scatter_add(0, graph_of, scores)
    share = gold.float() / zeros.scatter_add(0, graph_of, gold.float())[graph_of]
    divergence = -(share * (scores / total[graph_of]).log()).sum() - _entropy(share)
    gold_score = -(share * scores.log()).sum()
    wrong = zeros.scatter_reduce(0, graph_of, scores.masked_fill(gold, 0.0), "amax")
    return (divergence + 0.3 * gold_score - 0.3 * (1 - wrong).log().sum()) / n_graphs


def _entropy(share: Tensor) -> Tensor:
    return -torch.xlogy(share, share).sum()
