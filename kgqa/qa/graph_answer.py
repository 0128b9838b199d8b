"""Answers over a given graph: entities, best first, each with the path that supports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kgqa.context.encoder import ContextShape
from kgqa.context.gnn import RelationWalk, Walk
from kgqa.context.graph import BACKWARD, Grown, GrowthLimits, TripleGraph, grow
from kgqa.context.path_scorer import PathScorer
from kgqa.context.tensors import batch_graphs, grown_data
from kgqa.context.text import QuestionStates, TextEmbedder
from kgqa.documents.relation_words import relation_words
from kgqa.errors import WeightsError
from kgqa.lm.adapter import SavedAdapter, load_adapter
from kgqa.lm.backbone import Backbone
from kgqa.qa.path_answer import COUNTS_HOPS, PATHS, PathRanker, blended
from kgqa.qa.ranked import RankedEntity

KIND = "context"
SIZES = ("width", "steps")
_BLENDED = 200
"""Entities of each of two rankings that are made one."""
"""What a card says under `shape`."""


def trained_context(card: Mapping[str, Any]) -> str:
    """The context encoder that `kgqa train context` trained; cards of before name none."""
    return str(card.get("context", "gnn"))


def set_encoder(encoder: nn.Module, tensors: Mapping[str, Tensor], folder: Path) -> None:
    """All but the virtual tokens, which belong to the reader that was trained with them, and
    the path scorer, which no encoder has.

    Raises:
        WeightsError: a tensor is missing, unknown or of another shape.
    """
    try:
        missing, unknown = encoder.load_state_dict(tensors, strict=False)
    except RuntimeError as error:  # a tensor of another shape
        missing, unknown = [str(error).splitlines()[-1].strip()], []
    wrong = [name for name in [*missing, *unknown] if not name.startswith(("tokens.", f"{PATHS}."))]
    if wrong:
        raise WeightsError(
            f"{folder}: expected the tensors of a context encoder, got others ({wrong[0]}); train "
            "it again with `kgqa train context`"
        )


def saved_scorer(saved: SavedAdapter, text_width: int, folder: Path) -> PathScorer | None:
    """The path scorer among the weights of a context encoder; None where they have none.

    Raises:
        WeightsError: its tensors do not fit.
    """
    sizes = saved.card.get(PATHS)
    if sizes is None:
        return None
    counts_hops = bool(sizes.get(COUNTS_HOPS, False))  # cards of before do not say
    scorer = PathScorer(
        text_width, int(sizes["steps"]), int(sizes["width"]), counts_hops=counts_hops
    )
    try:
        scorer.load_state_dict(saved.head(PATHS))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise WeightsError(
            f"{folder}: expected the tensors of a path scorer, got others ({reason}); train it "
            "again with `kgqa train context --paths`"
        ) from error
    return scorer


class RelationTexts:
    """The relations of graphs as embeddings, each graph's kept while it is.

    Args:
        labels: relation name -> words, where the name alone says nothing (`P57`).
    """

    def __init__(self, texts: TextEmbedder, labels: Mapping[str, str] | None = None) -> None:
        self._texts, self._labels = texts, labels
        self._known: WeakKeyDictionary[TripleGraph, Tensor] = WeakKeyDictionary()

    def of(self, graph: TripleGraph) -> Tensor:
        """[n_relations, text_width]."""
        if graph not in self._known:
            words = [relation_words(name, self._labels) for name in graph.relations]
            self._known[graph] = self._texts.names(words)
        return self._known[graph]


class GraphReader:
    """
    Args:
        model: the trained walk.
        texts: embeds questions and relations.
        threshold: answers are the entities with at least this share of the best score.
        labels: relation name -> words, where the name alone says nothing (`P57`).
        limits: how far a subgraph grows.
        paths: ranks by relation paths; None answers by the walk alone.
    """

    def __init__(
        self,
        model: RelationWalk,
        texts: TextEmbedder,
        threshold: float = 0.5,
        labels: Mapping[str, str] | None = None,
        limits: GrowthLimits | None = None,
        paths: PathRanker | None = None,
    ) -> None:
        self.model = model.eval()
        self.texts = texts
        self.threshold = threshold
        self.labels = labels
        self.limits = limits or GrowthLimits()
        self.paths = paths
        self._relations = RelationTexts(texts, labels)

    @classmethod
    def load(
        cls, folder: Path, backbone: Backbone, labels: Mapping[str, str] | None = None
    ) -> GraphReader:
        """Raises WeightsError when the weights are missing, changed or do not fit."""
        saved = load_adapter(folder, KIND, backbone)
        if (name := trained_context(saved.card)) != "gnn":
            raise WeightsError(
                f"{folder}: expected the graph network 'gnn', got {name!r}, which opens no "
                "relations; train one with `kgqa train context --context gnn`"
            )
        texts = TextEmbedder(backbone)
        sizes = {name: int(saved.card["shape"][name]) for name in SIZES}
        model = RelationWalk(ContextShape(texts.width, backbone.width, **sizes))
        set_encoder(model, {name: t.float() for name, t in saved.tensors.items()}, folder)
        paths = None
        if (scorer := saved_scorer(saved, texts.width, folder)) is not None:
            paths = PathRanker(scorer, texts, labels)
        return cls(model, texts, float(saved.card["threshold"]), labels, paths=paths)

    @torch.inference_mode()
    def answer(
        self, graph: TripleGraph, question: str, topics: Sequence[int], most: int = 200
    ) -> list[RankedEntity]:
        """The entities that answer, best first; without a topic, none.

        Args:
            topics: the entities asked about, such as `graph.topics(question)`.
            most: entities returned at most.
        """
        if not topics or not graph.relations:
            return []
        states = self.texts.questions([graph.index.masked(question, topics)])
        # Both rankings whole, also for one answer: the best of the two may be first in neither.
        beside = max(most, _BLENDED)
        walked = self._ranked(graph, states, topics, beside)
        if self.paths is None:
            return walked[:most]
        return blended(self.paths.ranked(graph, states, topics, beside), walked, most)

    def answer_by_paths(
        self, graph: TripleGraph, question: str, topics: Sequence[int], most: int = 200
    ) -> list[RankedEntity]:
        """As `answer`, by the relation paths alone; without a path scorer, none."""
        if self.paths is None or not topics or not graph.relations:
            return []
        states = self.texts.questions([graph.index.masked(question, topics)])
        return self.paths.ranked(graph, states, topics, most)

    def relation_text(self, graph: TripleGraph) -> Tensor:
        """The embeddings of a graph's relations [n_relations, text_width]; kept."""
        return self._relations.of(graph)

    def _ranked(
        self, graph: TripleGraph, states: QuestionStates, topics: Sequence[int], most: int
    ) -> list[RankedEntity]:
        relation_text = self.relation_text(graph)
        read = self.model.reader(states)
        gates = self.model.open(read, relation_text).numpy()
        grown = grow(graph, topics, gates, self.limits)
        walk = self.model.walk(read, batch_graphs([grown_data(grown, relation_text)]))
        scores = walk.scores.numpy()
        paths = _Paths(grown, walk)
        best = sorted(range(len(scores)), key=lambda i: (-scores[i], int(grown.nodes[i])))
        return [
            RankedEntity(int(grown.nodes[i]), float(scores[i]), paths.to(i))
            for i in best[:most]
            if scores[i] > 0
        ]


class _Paths:
    """Back from a node along the edges that brought its score, step by step."""

    def __init__(self, grown: Grown, walk: Walk) -> None:
        self._grown = grown
        edges, steps = grown.edges, walk.steps.numpy()
        self._brought = [
            _strongest(edges.targets, before[edges.sources] * gate, len(grown.nodes))
            for before, gate in zip(steps[:-1], walk.gates.numpy(), strict=True)
        ]
        self._ends = (steps[1:] * walk.mixture.numpy()[0][:, None]).argmax(0) + 1

    def to(self, node: int) -> tuple[tuple[int, int, int], ...]:
        path = []
        for step in range(int(self._ends[node]), 0, -1):
            edge = int(self._brought[step - 1][node])
            if edge < 0:
                break
            path.append(self._triple(edge))
            node = int(self._grown.edges.sources[edge])
        return tuple(reversed(path))

    def _triple(self, edge: int) -> tuple[int, int, int]:
        edges, nodes = self._grown.edges, self._grown.nodes
        source, target = int(nodes[edges.sources[edge]]), int(nodes[edges.targets[edge]])
        relation = int(edges.relations[edge])
        if edges.directions[edge] == BACKWARD:
            return target, relation, source
        return source, relation, target


def _strongest(
    targets: NDArray[np.int64], brought: NDArray[np.float32], n_nodes: int
) -> NDArray[np.int64]:
    """For each node the incoming edge that brings most; -1 without any."""
    order = np.argsort(brought, kind="stable")
    best = np.full(n_nodes, -1, dtype=np.int64)
    best[targets[order]] = order  # of repeated places numpy keeps the last written
    return best
