"""The `memory` context encoder: learned slots that read triples and question.

The slots cross-attend to the graph (as the latents of Perceiver do, Jaegle et al. 2021, arXiv
2103.03206). In a dialogue they are passed from turn to turn, so that an earlier turn's graph
is still known when the next question comes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kgqa.context.attention import TripleTokens, node_logits, telling_edges
from kgqa.context.encoder import ContextOutput, ContextShape, grouped
from kgqa.context.instructions import InstructionReader
from kgqa.context.tensors import Graphs
from kgqa.context.text import QuestionStates
from kgqa.context.virtual import NodeTokens

_SLOTS = 16


class SlotMemory(nn.Module):
    """
    Args:
        shape: sizes; `pooled` virtual tokens are read from the slots.
    """

    def __init__(self, shape: ContextShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.reader = InstructionReader(shape)
        self.triples = TripleTokens(shape)
        self.slots = nn.Parameter(torch.randn(_SLOTS, width) * 0.1)
        self.write = nn.MultiheadAttention(width, 4, shape.dropout, batch_first=True)
        self.update = nn.GRUCell(width, width)
        self.read_back = nn.MultiheadAttention(width, 4, shape.dropout, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.ends = nn.Sequential(nn.Linear(3 * width, width), nn.GELU(), nn.Linear(width, 2))
        self.alone = nn.Linear(width, 1)
        self.tokens = NodeTokens(shape)

    def start(self, batch: int) -> Tensor:
        """The slots before the first turn, [batch, slots, width]."""
        return self.slots.expand(batch, -1, -1)

    def forward(self, question: QuestionStates, graphs: Graphs) -> ContextOutput:
        """The first turn of a dialogue, or a question without one; see ContextEncoder."""
        return self.turn(question, graphs, self.start(len(question)))[0]

    def turn(
        self, question: QuestionStates, graphs: Graphs, memory: Tensor
    ) -> tuple[ContextOutput, Tensor]:
        """One turn of a dialogue.

        Args:
            memory: [batch, slots, width], from `start` or from the turn before.

        Returns:
            What it reads, and the memory for the next turn.
        """
        asked: Tensor = self.reader(question).pooled
        states, edges, graph_of = self.triples(graphs)
        batch, mask = grouped(states, graph_of, len(question))
        known = torch.cat([asked[:, None], batch], dim=1)
        mask = torch.cat([mask.new_ones(len(mask), 1), mask], dim=1)
        query = memory + asked[:, None]
        taken, _ = self.write(query, known, known, key_padding_mask=~mask, need_weights=False)
        memory = self.update(taken.flatten(0, 1), memory.flatten(0, 1)).view_as(memory)
        recalled, _ = self.read_back(known, memory, memory, need_weights=False)
        seen = self.norm(known + recalled)
        triples = seen[:, 1:][mask[:, 1:]]
        features = torch.cat([triples, asked[graph_of], triples * asked[graph_of]], dim=-1)
        logits = self.ends(features)
        alone = self.alone(seen[:, 0])[graphs.batch, 0]
        nodes = node_logits(logits, edges, alone, graphs)
        best = telling_edges(edges, logits.amax(-1).detach(), graphs)
        summary = seen[:, 0] + memory.mean(1)
        return self.tokens(nodes, nodes.sigmoid(), best, summary, graphs), memory
