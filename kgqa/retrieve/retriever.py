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
from dataclasses import dataclass

import numpy as np

from kgqa.link.candidates import Seed
from kgqa.retrieve.entity_scores import QuestionReader
from kgqa.retrieve.lookup import Lookup, RetrievalSettings
from kgqa.retrieve.node_cache import NodeCache
from kgqa.retrieve.passages import Encoder, PassageIndex, RankedPassage
from kgqa.store.base import GraphStore
from kgqa.types import ScoredPassage, Subgraph

__all__ = ["RetrievalSettings", "Retrieved", "Retriever"]
_RANKED = 200  # passages of the walk that are ranked
_FIRST = 5  # passages whose nearest to the question is what others are compared with


class Retriever:
    """Retrieval over one store, for one thread.

    It keeps the edges and ids of often visited nodes in memory, and what it worked out for the last
    question, until the store changes.

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
        self._cache = NodeCache(store)
        self._last: tuple[str, int, Lookup] | None = None

    @property
    def reads_graph(self) -> bool:
        """Whether the graph network has a say in `passages`."""
        return self._reader is not None and self._settings.graph_weight > 0

    def retrieve(self, question: str) -> Retrieved:
        """What the store, as it is now, has on a question."""
        version = self._store.version()
        self._cache.refresh(version)
        if self._last is None or self._last[:2] != (question, version):
            lookup = Lookup(
                question,
                self._store,
                self._encoder,
                self._index,
                self._cache,
                self._settings,
                self._reader if self.reads_graph else None,
            )
            self._last = (question, version, lookup)
        return Retrieved(self._last[2])

    def passages(
        self, question: str, limit: int = 10, *, graph: bool = True
    ) -> list[ScoredPassage]:
        """See `Retrieved.passages`."""
        return self.retrieve(question).passages(limit, graph=graph)

    def bm25(self, question: str, limit: int = 10) -> list[ScoredPassage]:
        """The passages nearest by words alone, best first; scores are BM25."""
        return _read(self._store, self._index.bm25(question, limit), limit)

    def dense(self, question: str, limit: int = 10) -> list[ScoredPassage]:
        """The passages nearest by meaning alone, best first; scores are cosines."""
        vector = self.retrieve(question).lookup.vector
        return _read(self._store, self._index.dense(vector, limit), limit)

    def subgraph(self, question: str, limit: int = 50) -> Subgraph:
        """See `Retrieved.subgraph`."""
        return self.retrieve(question).subgraph(limit)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one state of the store has on a question; each part is read when it is asked for.

    Attributes:
        lookup: keeps what was read.
    """

    lookup: Lookup

    @property
    def seeds(self) -> list[Seed]:
        """The entities that the question names, with the characters that name them."""
        return self.lookup.seeds

    def subgraph(self, limit: int = 50) -> Subgraph:
        """The entities around the question, and the triples among them.

        It comes of the walk that ranks `passages`, which is taken once for both.

        Args:
            limit: at most so many entities.

        Returns:
            Entities best first with their PageRank; the question's own are among them.
        """
        return self.lookup.subgraph(limit)

    def passages(self, limit: int = 10, *, graph: bool = True) -> list[ScoredPassage]:
        """The passages that bear on the question, directly or over a hop, best first.

        base = PageRank * exp(similarity_weight * cosine), scaled so that the best has 1;
        score = base + graph_weight * entity score * exp(similarity_weight * (cosine - c)),
        scaled again, with c the highest cosine among the first passages by base, and the best
        score of the entities that the passage's document is about.

        Args:
            graph: let the graph network have its say, where there is one.
        """
        ranked = _passage_scores(self.lookup)
        if graph and self.lookup.reader is not None:
            ranked = _with_entities(ranked, self.lookup)
        return _read(self.lookup.store, ranked, limit)

    def rows(self) -> list[ScoredPassage]:
        """The rows of tables among the passages nearest by words, best first."""
        ranked = self.lookup.by_words
        found = _read(self.lookup.store, ranked, len(ranked))
        return [passage for passage in found if passage.passage.row is not None]


def _passage_scores(lookup: Lookup) -> list[RankedPassage]:
    walk = lookup.walk
    is_passage = walk.nodes % 2 == 0
    nodes = walk.nodes[is_passage][:_RANKED].tolist()
    ids = lookup.cache.node_ids(nodes)
    known = [n for n, node in enumerate(nodes) if node in ids]
    names = [ids[nodes[n]] for n in known]
    if not names:
        return []
    gain = np.exp(lookup.settings.similarity_weight * lookup.cosines(names))
    scores = walk.scores[is_passage][known] * gain
    scaled = (scores / scores.max()).tolist()
    ranked = sorted(zip(scaled, names, strict=True), key=lambda entry: (-entry[0], entry[1]))
    return [RankedPassage(name, score) for score, name in ranked]


def _with_entities(ranked: Sequence[RankedPassage], lookup: Lookup) -> list[RankedPassage]:
    """The passages by base score and by what their documents are about, best first."""
    about, settings = lookup.about, lookup.settings
    if not ranked or not about:
        return list(ranked)
    scores = {entry.passage_id: entry.score for entry in ranked}
    first = [entry.passage_id for entry in ranked[:_FIRST]]
    nearest = float(lookup.cosines(first).max())
    cosines = lookup.cosines(list(about))
    gain = np.exp(settings.similarity_weight * (cosines - nearest)).tolist()
    for (name, score), near in zip(about.items(), gain, strict=True):
        added = settings.graph_weight * score * near
        scores[name] = scores.get(name, 0.0) + added
    best = max(scores.values())
    order = sorted(scores, key=lambda name: (-scores[name], name))
    return [RankedPassage(name, scores[name] / best) for name in order]


def _read(store: GraphStore, ranked: Sequence[RankedPassage], limit: int) -> list[ScoredPassage]:
    scores = {entry.passage_id: entry.score for entry in ranked[:limit]}
    return [
        ScoredPassage(found.passage, found.title, found.source, scores[found.passage.id])
        for found in store.passages(list(scores))
    ]
