"""Passages and subgraph for a question: one walk over the graph joins all that is known.

As in HippoRAG (Gutierrez et al., NeurIPS 2024; version 2, 2025) a personalised PageRank
starts at the entities that the question names, each weighted by how specific it is, and
with little weight at the passages that lie nearest to the question. It reaches what the
question does not name: the passage on the director of the film that was asked about.

Where the graph network is at hand, it says which relations the question opens, and the
documents on the entities that these lead to gain (`entity_scores.py`): of all whom the
article on the film mentions, the director.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kgqa.link.candidates import Seed, seed_entities
from kgqa.retrieve.edges import EdgeCache
from kgqa.retrieve.entity_scores import (
    EntitySettings,
    QuestionReader,
    ReadQuestion,
    entity_scores,
    passages_about,
)
from kgqa.retrieve.passages import Encoder, PassageIndex, RankedPassage, reciprocal_rank_fusion
from kgqa.retrieve.ppr import PageRank, PushSettings, personalized_pagerank
from kgqa.retrieve.subgraph import build_subgraph
from kgqa.store.base import GraphStore, Vectors
from kgqa.types import ScoredPassage, Subgraph

_NEAREST = 50  # passages of each ranking that are fused
_RANKED = 200  # passages of the walk that are ranked
_FIRST = 5  # passages whose nearest to the question is what others are compared with


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


class Retriever:
    """Retrieval over one store, for one thread.

    It keeps the passage vectors and the edges of often visited nodes in memory, and what it
    worked out for the last question, until the store changes.

    Args:
        store: the graph with its passages.
        encoder: gave the store's passages their vectors.
        reader: the graph network's reading of a question, with the encoder's embedding of it;
            None ranks passages without it.
    """

    def __init__(
        self,
        store: GraphStore,
        encoder: Encoder,
        settings: RetrievalSettings | None = None,
        reader: QuestionReader | None = None,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._reader = reader
        self._settings = settings or RetrievalSettings()
        self._index = PassageIndex(store)
        self._edges = EdgeCache(store)
        self._last: tuple[str, int, _Lookup] | None = None

    @property
    def reads_graph(self) -> bool:
        """Whether the graph network has a say in `passages`."""
        return self._reader is not None and self._settings.graph_weight > 0

    def passages(
        self, question: str, limit: int = 10, *, graph: bool = True
    ) -> list[ScoredPassage]:
        """The passages that bear on a question, directly or over a hop, best first.

        base = PageRank * exp(similarity_weight * cosine), scaled so that the best has 1;
        score = base + graph_weight * entity score * exp(similarity_weight * (cosine - c)),
        scaled again, with c the highest cosine among the first passages by base, and the best
        score of the entities that the passage's document is about.

        Args:
            graph: let the graph network have its say, where there is one.
        """
        lookup = self._lookup(question)
        ranked = self._passage_scores(lookup.walk, lookup.vector)
        if graph and self.reads_graph:
            ranked = self._with_entities(ranked, lookup)
        return self._read(ranked, limit)

    def bm25(self, question: str, limit: int = 10) -> list[ScoredPassage]:
        """The passages nearest by words alone, best first; scores are BM25."""
        return self._read(self._index.bm25(question, limit), limit)

    def dense(self, question: str, limit: int = 10) -> list[ScoredPassage]:
        """The passages nearest by meaning alone, best first; scores are cosines."""
        return self._read(self._index.dense(self._lookup(question).vector, limit), limit)

    def seeds(self, question: str) -> list[Seed]:
        """The entities that the question names, with the characters that name them."""
        return self._lookup(question).seeds

    def subgraph(self, question: str, limit: int = 50) -> Subgraph:
        """The entities around a question, and the triples among them.

        It comes of the walk that ranks `passages`, which is taken once for both.

        Args:
            limit: at most so many entities.

        Returns:
            Entities best first with their PageRank; the question's own are among them.
        """
        lookup = self._lookup(question)
        named = [seed.entity.id for seed in lookup.seeds]
        return build_subgraph(self._store, named, lookup.walk, limit)

    def _lookup(self, question: str) -> _Lookup:
        version = self._store.version()
        if self._last is None or self._last[:2] != (question, version):
            lookup = _Lookup(
                question,
                self._store,
                self._encoder,
                self._index,
                self._edges,
                self._settings,
                self._reader if self.reads_graph else None,
            )
            self._last = (question, version, lookup)
        return self._last[2]

    def _passage_scores(self, walk: PageRank, vector: Vectors) -> list[RankedPassage]:
        is_passage = walk.nodes % 2 == 0
        nodes = walk.nodes[is_passage][:_RANKED].tolist()
        ids = self._store.node_ids(nodes)
        known = [n for n, node in enumerate(nodes) if node in ids]
        names = [ids[nodes[n]] for n in known]
        if not names:
            return []
        gain = np.exp(self._settings.similarity_weight * self._index.cosines(vector, names))
        scores = walk.scores[is_passage][known] * gain
        scaled = (scores / scores.max()).tolist()
        ranked = sorted(zip(scaled, names, strict=True), key=lambda entry: (-entry[0], entry[1]))
        return [RankedPassage(name, score) for score, name in ranked]

    def _with_entities(
        self, ranked: Sequence[RankedPassage], lookup: _Lookup
    ) -> list[RankedPassage]:
        """The passages by base score and by what their documents are about, best first."""
        about = lookup.about
        if not ranked or not about:
            return list(ranked)
        scores = {entry.passage_id: entry.score for entry in ranked}
        first = [entry.passage_id for entry in ranked[:_FIRST]]
        nearest = float(self._index.cosines(lookup.vector, first).max())
        cosines = self._index.cosines(lookup.vector, list(about))
        gain = np.exp(self._settings.similarity_weight * (cosines - nearest)).tolist()
        for (name, score), near in zip(about.items(), gain, strict=True):
            added = self._settings.graph_weight * score * near
            scores[name] = scores.get(name, 0.0) + added
        best = max(scores.values())
        order = sorted(scores, key=lambda name: (-scores[name], name))
        return [RankedPassage(name, scores[name] / best) for name in order]

    def _read(self, ranked: Sequence[RankedPassage], limit: int) -> list[ScoredPassage]:
        scores = {entry.passage_id: entry.score for entry in ranked[:limit]}
        return [
            ScoredPassage(found.passage, found.title, found.source, scores[found.passage.id])
            for found in self._store.passages(list(scores))
        ]


@dataclass(frozen=True, eq=False)
class _Lookup:
    """What one question finds in the store; each part is worked out when it is first asked."""

    question: str
    store: GraphStore
    encoder: Encoder
    index: PassageIndex
    edges: EdgeCache
    settings: RetrievalSettings
    reader: QuestionReader | None

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

    @cached_property
    def about(self) -> dict[str, float]:
        """Passage -> the best score of the entities that its document is about."""
        if self.read is None:
            return {}
        self.edges.refresh()
        settings = self.settings.entities
        scores = entity_scores(self.store, self.edges, self.seeds, self.read, settings)
        found = passages_about(self.store, self.edges, scores)
        ids = self.store.node_ids(list(found))
        return {ids[node]: score for node, score in found.items() if node in ids}

    @cached_property
    def seeds(self) -> list[Seed]:
        """The entities that the question names."""
        return seed_entities(self.store, self.question)

    @cached_property
    def walk(self) -> PageRank:
        """From the seeds, and with little weight from the nearest passages."""
        nearest = self._nearest()
        nodes = self.store.node_keys(
            [start.passage_id for start in nearest], [seed.entity.id for seed in self.seeds]
        )
        restarts = self._entity_restarts(nodes)
        total = sum(start.score for start in nearest)
        for start in nearest:
            node = nodes.get(start.passage_id)
            if node is not None and total > 0:
                restarts[node] = self.settings.passage_weight * start.score / total
        return personalized_pagerank(self.edges, restarts, self.settings.push)

    def _nearest(self) -> list[RankedPassage]:
        rankings = [
            self.index.bm25(self.question, _NEAREST),
            self.index.dense(self.vector, _NEAREST),
        ]
        return reciprocal_rank_fusion(rankings)[: self.settings.restarts]

    def _entity_restarts(self, nodes: dict[str, int]) -> dict[int, float]:
        """Node -> score of the seed / number of passages that mention it (specificity)."""
        keys = np.unique([nodes[s.entity.id] for s in self.seeds if s.entity.id in nodes])
        keys = keys.astype(np.int64)
        self.edges.refresh()
        edges = self.edges.edges(keys)
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
