"""The `attention` context encoder: a small transformer over verbalised triples.

A triple enters as one token, the embeddings of head, relation and tail side by side, as a
sentence of its words would; the question is one token more. G-Retriever (He et al. 2024,
arXiv 2402.07630) is what such an encoder is measured against.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kgqa.context.encoder import ContextOutput, ContextShape, best_rows, grouped
from kgqa.context.instructions import InstructionReader
from kgqa.context.tensors import Graphs
from kgqa.context.text import QuestionStates
from kgqa.context.virtual import NodeTokens


class TripleTokens(nn.Module):
    """Each triple, once, as a state of the encoder's width."""

    def __init__(self, shape: ContextShape) -> None:
        super().__init__()
        self.project = nn.Linear(3 * shape.text_width + 2, shape.width)
        self.scale = (shape.text_width / 2) ** 0.5  # unit vectors to unit variance
        self.norm = nn.LayerNorm(shape.width)

    def forward(self, graphs: Graphs) -> tuple[Tensor, Tensor, Tensor]:
        """States [triples, width]; the edge of each triple [triples]; its graph [triples].

        Edges of one graph stand together in a batch, so that graphs come in ascending order.
        """
        # From head to tail; a triple that was only followed backwards counts as well.
        heads, tails = _ends(graphs)
        columns = torch.stack([heads, graphs.edge_relation, tails])
        _, triple_of = torch.unique(columns, dim=1, return_inverse=True)
        places = torch.arange(len(triple_of), device=heads.device)
        count = int(triple_of.max()) + 1 if len(triple_of) else 0
        first = places.new_full((count,), len(places))
        first = first.scatter_reduce(0, triple_of, places, "amin").sort().values
        heads, tails = heads[first], tails[first]
        texts = [
            graphs.node_text[heads],
            graphs.relation_text[graphs.edge_relation[first]],
            graphs.node_text[tails],
        ]
        seeds = torch.stack([graphs.seed[heads], graphs.seed[tails]], dim=-1)
        states = self.project(torch.cat([torch.cat(texts, -1) * self.scale, seeds], dim=-1))
        return self.norm(states), first, graphs.batch[heads]


def _ends(graphs: Graphs) -> tuple[Tensor, Tensor]:
    source, target = graphs.edge_index
    forward = graphs.edge_direction == 0
    return torch.where(forward, source, target), torch.where(forward, target, source)


def node_logits(logits: Tensor, edges: Tensor, seed_logits: Tensor, graphs: Graphs) -> Tensor:
    """Each node's logit: the best of its triples; of a node without one, `seed_logits`.

    Args:
        logits: [triples, 2], of head and tail.
        edges: [triples], an edge of each.
        seed_logits: [all nodes].
    """
    heads, tails = _ends(graphs)
    ends = torch.cat([heads[edges], tails[edges]])
    values = torch.cat([logits[:, 0], logits[:, 1]])
    return seed_logits.scatter_reduce(0, ends, values, "amax", include_self=False)


def telling_edges(edges: Tensor, values: Tensor, graphs: Graphs) -> Tensor:
    """For each node the edge, among those of the triples, with the highest value; -1 without."""
    heads, tails = _ends(graphs)
    telling = graphs.relation_text[graphs.edge_relation[edges]].sum(-1)
    ends = torch.cat([heads[edges], tails[edges]])
    best = best_rows(values.repeat(2), telling.repeat(2), ends, len(graphs.batch))
    return torch.where(best >= 0, edges[best % len(edges)], -1) if len(edges) else best


class TripleAttention(nn.Module):
    """
    Args:
        shape: `steps` is the number of transformer layers less one.
    """

    def __init__(self, shape: ContextShape) -> None:
        super().__init__()
        self.shape = shape
        self.reader = InstructionReader(shape)
        self.triples = TripleTokens(shape)
        layer = nn.TransformerEncoderLayer(
            shape.width, 4, 2 * shape.width, shape.dropout, activation="gelu", batch_first=True
        )
        # Dropping single attention weights rules out the fused attention: half the time.
        layer.self_attn.dropout = 0.0
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.ends = nn.Linear(shape.width, 2)
        self.alone = nn.Linear(shape.width, 1)
        self.tokens = NodeTokens(shape)

    def forward(self, question: QuestionStates, graphs: Graphs) -> ContextOutput:
        """Question and triples attend to each other; a node is as likely as its best triple."""
        read = self.reader(question)
        states, edges, graph_of = self.triples(graphs)
        batch, mask = grouped(states, graph_of, len(question))
        # The question first, so that no row is without a token to attend to.
        batch = torch.cat([read.pooled[:, None], batch], dim=1)
        mask = torch.cat([mask.new_ones(len(mask), 1), mask], dim=1)
        seen = self.layers(batch, src_key_padding_mask=~mask)
        triples = seen[:, 1:][mask[:, 1:]]
        logits = self.ends(triples)
        alone = self.alone(seen[:, 0])[graphs.batch, 0]
        nodes = node_logits(logits, edges, alone, graphs)
        best = telling_edges(edges, logits.amax(-1).detach(), graphs)
        return self.tokens(nodes, nodes.sigmoid(), best, seen[:, 0], graphs)  # type: ignore[no-any-return]
