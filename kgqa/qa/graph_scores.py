"""Answers over a given graph by the encoders that score nodes: `attention` and `memory`.

Unlike the walk of `gnn`, these encoders open no relations. What they read is retrieved first:
a relation is followed as far as its words are near a word of the question, in the backbone's
frozen embeddings, as G-Retriever (He et al. 2024, arXiv 2402.07630) retrieves by cosine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kgqa.context.encoder import ContextShape
from kgqa.context.encoders import make_context_encoder
from kgqa.context.graph import BACKWARD, Grown, GrowthLimits, TripleGraph, grow
from kgqa.context.tensors import GraphData, batch_graphs, grown_data
from kgqa.context.text import TextEmbedder, TokenRow, padded
from kgqa.errors import WeightsError
from kgqa.lm.adapter import load_adapter
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import (
    KIND,
    SIZES,
    RelationTexts,
    set_encoder,
    trained_context,
)
from kgqa.qa.ranked import RankedEntity

READ_LIMITS = GrowthLimits(threshold=0.05, edges=100)
"""Attention over triples costs their square: at most so many edges of a step are read."""
_LEAST_GATE = 0.05


@dataclass(frozen=True, slots=True)
class ReadGraph:
    """The part of a graph that is read for a question, as it was grown and as tensors."""

    grown: Grown
    graph: GraphData


def text_gates(question: TokenRow, relation_text: Tensor, steps: int) -> NDArray[np.floating]:
    """How near each relation's words are to the nearest word of the question.

    Args:
        question: its topics masked.
        relation_text: [n_relations, text_width].

    Returns:
        [steps, n_relations, 2] in [_LEAST_GATE, 1], the same at each step and in both directions.
    """
    words = question.states[question.distance != 0].float()
    near = (words @ relation_text.T).amax(0).numpy()
    spread = max(float(near.max() - near.min()), 1e-6)
    gates = _LEAST_GATE + (1 - _LEAST_GATE) * (near - near.min()) / spread
    return np.broadcast_to(gates[None, :, None], (steps, len(gates), 2)).copy()


def read_graph(
    over: TripleGraph,
    question: TokenRow,
    topics: Sequence[int],
    relation_text: Tensor,
    texts: TextEmbedder,
    steps: int,
) -> ReadGraph:
    """The part around the topics that the question's words lead to, with its entities' names."""
    grown = grow(over, topics, text_gates(question, relation_text, steps), READ_LIMITS)
    names = texts.names([over.entities[node].replace("_", " ") for node in grown.nodes])
    return ReadGraph(grown, grown_data(grown, relation_text, names))


class ScoringReader:
    """
    Args:
        name: of the context encoder, as `make_context_encoder` takes it.
        encoder: gives each node a logit.
        texts: embeds questions, entities and relations.
        threshold: answers are the entities with at least this share of the best score.
        labels: relation name -> words, where the name alone says nothing (`P57`).
    """

    def __init__(
        self,
        name: str,
        encoder: nn.Module,
        texts: TextEmbedder,
        threshold: float = 0.5,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.model = encoder.eval()
        self.texts = texts
        self.threshold = threshold
        self.relations = RelationTexts(texts, labels)

    @classmethod
    def load(
        cls, folder: Path, backbone: Backbone, labels: Mapping[str, str] | None = None
    ) -> ScoringReader:
        """Raises WeightsError when the weights are missing, changed or do not fit."""
        saved = load_adapter(folder, KIND, backbone)
        name, texts = trained_context(saved.card), TextEmbedder(backbone)
        sizes = {size: int(saved.card["shape"][size]) for size in SIZES}
        encoder = make_context_encoder(name, ContextShape(texts.width, backbone.width, **sizes))
        if encoder is None or name == "gnn":
            raise WeightsError(
                f"{folder}: expected an encoder that scores nodes, got {name!r}; train one with "
                "`kgqa train context --context attention`"
            )
        set_encoder(encoder, {n: t.float() for n, t in saved.tensors.items()}, folder)
        return cls(name, encoder, texts, float(saved.card["threshold"]), labels)

    @torch.inference_mode()
    def answer(
        self, graph: TripleGraph, question: str, topics: Sequence[int], most: int = 200
    ) -> list[RankedEntity]:
        """The entities that answer, best first; without a topic, none.

        A score is the node's share of the softmax over all that were read; a path is a
        shortest one from a topic, since these encoders follow none.
        """
        if not topics or not graph.relations:
            return []
        row = self.texts.rows([graph.index.masked(question, topics)])[0]
        relation_text = self.relations.of(graph)
        read = read_graph(graph, row, topics, relation_text, self.texts, self.model.shape.steps)  # type: ignore[union-attr, arg-type]
        output = self.model(padded([row]), batch_graphs([read.graph]))
        scores = output.node_logits.softmax(0).numpy()
        nodes = read.grown.nodes
        best = sorted(range(len(scores)), key=lambda i: (-scores[i], int(nodes[i])))[:most]
        paths = _shortest_paths(read.grown)
        return [RankedEntity(int(nodes[i]), float(scores[i]), paths[i]) for i in best]


def _shortest_paths(grown: Grown) -> list[tuple[tuple[int, int, int], ...]]:
    """For each node the triples of a shortest path from a topic; breadth first."""
    edges, nodes = grown.edges, grown.nodes
    leaving: dict[int, list[int]] = {}
    for edge, source in enumerate(edges.sources.tolist()):
        leaving.setdefault(source, []).append(edge)
    paths: dict[int, tuple[tuple[int, int, int], ...]] = dict.fromkeys(range(grown.seeds), ())
    queue = deque(paths)
    while queue:
        source = queue.popleft()
        for edge in leaving.get(source, ()):
            target = int(edges.targets[edge])
            if target not in paths:
                ends = (int(nodes[source]), int(nodes[target]))
                head, tail = ends[::-1] if edges.directions[edge] == BACKWARD else ends
                paths[target] = (*paths[source], (head, int(edges.relations[edge]), tail))
                queue.append(target)
    return [paths.get(i, ()) for i in range(len(nodes))]
