"""What `kgqa evaluate graph --context` names: trained readers of a graph, and text alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kgqa.context.graph import BACKWARD, TripleGraph
from kgqa.documents.relation_words import relation_words
from kgqa.errors import WeightsError

if TYPE_CHECKING:
    from kgqa.evaluate.graph import AnswersQuestions
    from kgqa.lm.encoder import Encoder
    from kgqa.models import Models
    from kgqa.qa.ranked import RankedEntity

_SHARPNESS = 20.0
"""Of the softmax over cosines; what sentence-transformers trains with (`scale`)."""


class TripleTextReader:
    """The baseline without a graph network: the frozen backbone compares the question with
    the words of the topics' own triples, and what the nearest words lead to is the answer.

    Args:
        encoder: texts as unit vectors.
    """

    threshold = 0.5

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def answer(
        self, graph: TripleGraph, question: str, topics: Sequence[int]
    ) -> list[RankedEntity]:
        """The topics' neighbours; score = softmax over their distinct (topic, relation,
        direction) of the cosine with the question."""
        from kgqa.qa.ranked import RankedEntity

        steps = [
            (topic, relation, direction, target)
            for topic in topics
            for relation, direction, target in _edges_of(graph, topic)
        ]
        kinds = list(dict.fromkeys(step[:3] for step in steps))
        if not kinds:
            return []
        texts = [_text(graph, *kind) for kind in kinds]
        vectors = self._encoder.encode([question, *texts])
        exponents = np.exp(_SHARPNESS * (vectors[1:] @ vectors[0] - 1.0))
        scores = dict(zip(kinds, (exponents / exponents.sum()).tolist(), strict=True))
        best: dict[int, RankedEntity] = {}
        for topic, relation, direction, target in steps:
            score = scores[topic, relation, direction]
            if target not in best or score > best[target].score:
                ends = (target, topic) if direction == BACKWARD else (topic, target)
                path = ((ends[0], relation, ends[1]),)
                best[target] = RankedEntity(entity=target, score=score, path=path)
        return sorted(best.values(), key=lambda ranked: -ranked.score)


def _edges_of(graph: TripleGraph, topic: int) -> list[tuple[int, int, int]]:
    edges = graph.neighbours(topic)
    columns = (edges.relations.tolist(), edges.directions.tolist(), edges.targets.tolist())
    return list(zip(*columns, strict=True))


def _text(graph: TripleGraph, topic: int, relation: int, direction: int) -> str:
    name, words = graph.entities[topic], relation_words(graph.relations[relation])
    return f"{words} {name}" if direction == BACKWARD else f"{name} {words}"


def graph_reader(context: str | None, models: Models) -> tuple[str, AnswersQuestions]:
    """The reader that `--context` names, with the name of what reads the graph.

    Args:
        context: `none` for text alone; None takes what the weights were trained as.

    Raises:
        WeightsError: the weights are missing, do not fit, or hold another context encoder.
    """
    if context == "none":
        return context, TripleTextReader(models.encoder)
    from kgqa.lm.adapter import read_card
    from kgqa.qa.graph_answer import KIND, trained_context
    from kgqa.qa.graph_scores import ScoringReader

    folder = models.weights(KIND)
    own = trained_context(read_card(folder, KIND))
    if context not in (None, own):
        raise WeightsError(
            f"context {context!r}: expected weights that were trained with it, got {own!r} in "
            f"{folder}; train them with `kgqa train context --context {context} --out DIR` and "
            "give --weights DIR, or --context none for text alone"
        )
    if own == "gnn":
        return own, models.graph_reader
    return own, ScoringReader.load(folder, models.encoder.backbone, models.labels)
