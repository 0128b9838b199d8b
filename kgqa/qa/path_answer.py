"""Answers over a given graph by the relation paths that a question asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

from kgqa.context.graph import TripleGraph
from kgqa.context.path_scorer import PathScorer
from kgqa.context.path_search import search_paths
from kgqa.context.relation_paths import RelationPath, triples_along
from kgqa.context.relation_text import RelationReader, RelationWords
from kgqa.context.text import QuestionStates, TextEmbedder
from kgqa.qa.ranked import RankedEntity

PATHS = "paths"
"""What the scorer is called among the weights of a context encoder, and in their card."""
COUNTS_HOPS = "counts_hops"
"""What the card says under PATHS besides the sizes."""
_MOST_READ = 40
_LEAST_SHARE = 0.01
"""Of the best entity's score: what has less is no answer, and to trace its path costs time."""
_SHARE, _SHARE_OF_ONE_STEP = 0.97, 0.5
"""How much the paths count beside the walk, and where the best of either has one step. For one
relation both know about as many wordings; over several of a new graph the walk goes wrong."""


class PathRanker:
    """
    Args:
        scorer: trained.
        texts: embeds relations.
        labels: relation name -> words, where the name alone says nothing (`P57`).
    """

    def __init__(
        self, scorer: PathScorer, texts: TextEmbedder, labels: Mapping[str, str] | None = None
    ) -> None:
        self.scorer = scorer.eval()
        self._relations = RelationReader(texts, labels)
        self._known: WeakKeyDictionary[TripleGraph, RelationWords] = WeakKeyDictionary()

    def ranked(
        self, graph: TripleGraph, question: QuestionStates, topics: Sequence[int], most: int = 200
    ) -> list[RankedEntity]:
        """The likely entities, best first; the score is the probability that the path that is
        asked for ends there, in [0, 1]."""
        words = self._known.get(graph)
        if words is None:
            words = self._relations.read(graph.relations)
            self._known[graph] = words
        scores: dict[int, float] = {}
        by: dict[int, RelationPath] = {}
        for one in search_paths(self.scorer, question, graph, words, topics)[:_MOST_READ]:
            for end in one.path.ends.tolist():
                scores[end] = scores.get(end, 0.0) + one.probability
                by.setdefault(end, one.path)
        least = _LEAST_SHARE * max(scores.values(), default=0.0)
        likely = [end for end in scores if scores[end] >= least]
        best = sorted(likely, key=lambda end: (-scores[end], end))[:most]
        return [
            RankedEntity(end, min(1.0, scores[end]), triples_along(graph, by[end], end))
            for end in best
        ]


def blended(
    paths: Sequence[RankedEntity], walk: Sequence[RankedEntity], most: int
) -> list[RankedEntity]:
    """Both rankings as one: share x the score by paths + (1 - share) x the walk's; the path of
    triples is that of the ranking which counts more."""
    one_step = any(ranking and len(ranking[0].path) == 1 for ranking in (paths, walk))
    share = _SHARE_OF_ONE_STEP if one_step else _SHARE
    scores: dict[int, float] = {}
    by: dict[int, tuple[float, tuple[tuple[int, int, int], ...]]] = {}
    for ranking, weight in ((paths, share), (walk, 1 - share)):
        for one in ranking:
            part = weight * one.score
            scores[one.entity] = scores.get(one.entity, 0.0) + part
            if one.entity not in by or part > by[one.entity][0]:
                by[one.entity] = (part, one.path)
    best = sorted(scores, key=lambda entity: (-scores[entity], entity))[:most]
    return [RankedEntity(entity, min(1.0, scores[entity]), by[entity][1]) for entity in best]
