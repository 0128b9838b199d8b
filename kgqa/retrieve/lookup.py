"""What one question finds in a store: its embedding, its entities, and the walk from both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kgqa.link.candidates import Seed, seed_entities
from kgqa.retrieve.entity_scores import (
    EntitySettings,
    QuestionReader,
    ReadQuestion,
    entity_scores,
    passages_about,
)
from kgqa.retrieve.node_cache import NodeCache
from kgqa.retrieve.passages import Encoder, PassageIndex, RankedPassage, reciprocal_rank_fusion
from kgqa.retrieve.ppr import PageRank, PushSettings, personalized_pagerank
from kgqa.retrieve.subgraph import build_subgraph
from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors
from kgqa.types import Subgraph

_NEAREST = 50  # passages of each ranking that are fused


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """The weights of retrieval.

    The defaults were chosen on questions of 2wiki, HotpotQA and MuSiQue together, over
    graphs of capitalised names (no trained extractor): the optimum is flat. More of
    `passage_weight` helps where questions are wordy and hurts where they name entities.

    Attributes:
        restarts: how many of the nearest passages the walk may start from.
        passage_weight: their part of the restart, where a question's entity that one
            passage mentions has 1.
        similarity_weight: how much a passage gains by its cosine with the question.
        graph_weight: how much a passage gains whose document is about an entity that the
            graph network is sure of; 0 leaves the network out. Chosen on 260 questions of
            2wiki and the training questions of HotpotQA and MuSiQue: more helps 2wiki and
            hurts MuSiQue.
        entities: how the network's scores reach entities.
        push: how far the walk goes.
    """

    restarts: int = 10
    passage_weight: float = 0.04
    similarity_weight: float = 5.0
    graph_weight: float = 0.5
    entities: EntitySettings = field(default_factory=EntitySettings)
    push: PushSettings = field(default_factory=PushSettings)


@dataclass(frozen=True, eq=False)
class Lookup:
    """What one question finds in the store; each part is worked out when it is first asked."""

    question: str
    store: GraphStore
    encoder: Encoder
    index: PassageIndex
    cache: NodeCache
    settings: RetrievalSettings
    reader: QuestionReader | None
    _subgraphs: dict[int, Subgraph] = field(default_factory=dict, init=False)
    _cosines: dict[str, float] = field(default_factory=dict, init=False)

    @cached_property
    def read(self) -> ReadQuestion | None:
        """The question as the graph network reads it."""
        return None if self.reader is None else self.reader.read(self.question)

    @cached_property
    def vector(self) -> Vectors:
        """The question's embedding, unit length, shape [width]."""
        if self.read is not None:
            return self.read.vector
        vector: Vectors = self.encoder.encode([self.question])[0]
        return vector

    def cosines(self, passage_ids: Sequence[str]) -> Vectors:
        """The question's cosine with each passage, [len(passage_ids)], 0 where unknown; kept."""
        new = [name for name in passage_ids if name not in self._cosines]
        if new:
            found = self.index.cosines(self.vector, new)
            self._cosines.update(zip(new, found.tolist(), strict=True))
        return np.array([self._cosines[name] for name in passage_ids], np.float32)

    @cached_property
    def about(self) -> dict[str, float]:
        """Passage -> the best score of the entities that its document is about."""
        if self.read is None:
            return {}
        settings = self.settings.entities
        scores = entity_scores(self.store, self.cache, self.seeds, self.read, settings)
        found = passages_about(self.cache, scores)
        ids = self.cache.node_ids(list(found))
        return {ids[node]: score for node, score in found.items() if node in ids}

    @cached_property
    def seeds(self) -> list[Seed]:
        """The entities that the question names."""
        return seed_entities(self.store, self.question)

    @cached_property
    def walk(self) -> PageRank:
        """From the seeds, and with little weight from the nearest passages."""
        nearest = self._nearest()
        nodes = self.cache.node_keys(
            [start.passage_id for start in nearest], [seed.entity.id for seed in self.seeds]
        )
        restarts = self._entity_restarts(nodes)
        total = sum(start.score for start in nearest)
        for start in nearest:
            node = nodes.get(start.passage_id)
            if node is not None and total > 0:
                restarts[node] = self.settings.passage_weight * start.score / total
        return personalized_pagerank(self.cache, restarts, self.settings.push)

    def subgraph(self, limit: int) -> Subgraph:
        """The best `limit` entities of the walk, the seeds among them, and their triples; kept."""
        if limit not in self._subgraphs:
            named = [seed.entity.id for seed in self.seeds]
            self._subgraphs[limit] = build_subgraph(self.store, self.cache, named, self.walk, limit)
        return self._subgraphs[limit]

    @cached_property
    def by_words(self) -> list[RankedPassage]:
        """The passages nearest by words alone, best first."""
        return self.index.bm25(self.question, _NEAREST)

    def _nearest(self) -> list[RankedPassage]:
        rankings = [
            self.by_words,
            self.index.dense(self.vector, _NEAREST),
        ]
        return reciprocal_rank_fusion(rankings)[: self.settings.restarts]

    def _entity_restarts(self, nodes: dict[str, int]) -> dict[int, float]:
        """Node -> score of the seed / number of passages that mention it (specificity)."""
        keys = np.unique([nodes[s.entity.id] for s in self.seeds if s.entity.id in nodes])
        keys = keys.astype(np.int64)
        edges = self.cache.edges(keys)
        sources = edges.sources[edges.targets % 2 == 0]
        mentioning = dict(
            zip(*(part.tolist() for part in np.unique(sources, return_counts=True)), strict=True)
        )
        restarts: dict[int, float] = {}
        for seed in self.seeds:
            node = nodes.get(seed.entity.id)
            if node is not None:
                weight = seed.score / max(1, mentioning.get(node, 0))
                restarts[node] = max(weight, restarts.get(node, 0.0))
        return restarts
