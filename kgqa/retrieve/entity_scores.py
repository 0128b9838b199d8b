"""Entities that a question does not name but leads to, by the relations that it opens.

One step of message passing from the entities that the question names, with the gates of the
trained graph network, as GFM-RAG (Luo et al., NeurIPS 2025, arXiv 2502.01113) scores entities
for retrieval with a query-dependent network; here nothing is made with a language model:

    s(v) = max over triples (u, r, d, v) of s(u) g(r, d)

with s(u) the cube of u's score as a seed over the best one's, in [0, 1], for an entity u that
the question names, and g the gate of relation r in direction d. Two kinds of edges that are no
triples carry a fixed share: to what the passages about u mention, since extraction misses
relations, and on to namesakes of v, since linking keeps apart what it is not sure of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kgqa.link.candidates import Seed
from kgqa.names import name_key
from kgqa.retrieve.node_cache import NodeCache
from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors
from kgqa.types import Triple

_ABOUT = 2.0
"""The least weight of an edge between a passage and the entity its document is about."""
_SHARPNESS = 3
"""The power of a seed's score: single common words are seeds too, with about half the score."""
_TRIPLES = 400
"""So many triples of the named entities are followed at most, the best supported ones."""
_PASSED_ON = 100
"""So many entities pass their score on, to namesakes and to passages, at most."""


class ReadQuestion(Protocol):
    """A question as the graph network reads it; `vector` is its embedding [width]."""

    @property
    def vector(self) -> Vectors: ...

    def gates(
        self, topics: Sequence[tuple[int, int]], relations: Sequence[str]
    ) -> NDArray[np.float32]:
        """How far it opens each relation, [n_relations, 2] in [0, 1], from head to tail and
        from tail to head; `topics` are the characters that name entities."""
        ...


class QuestionReader(Protocol):
    """Reads a question once, for its embedding and for its gates."""

    def read(self, question: str) -> ReadQuestion: ...


@dataclass(frozen=True, slots=True)
class EntitySettings:
    """
    Attributes:
        named: what a named entity itself counts, as a share of its score as a seed.
        mentioned: the gate to what the passages about a named entity mention.
        namesake: what an entity passes on to one of the same name.
    """

    named: float = 0.3
    mentioned: float = 0.25
    namesake: float = 0.4


def entity_scores(
    store: GraphStore,
    cache: NodeCache,
    seeds: Sequence[Seed],
    question: ReadQuestion,
    settings: EntitySettings,
) -> dict[str, float]:
    """Entity id -> score in (0, 1], for the entities named and those one step from them."""
    best = max((seed.score for seed in seeds), default=0.0)
    if best <= 0:
        return {}
    named = {seed.entity.id: (seed.score / best) ** _SHARPNESS for seed in seeds}
    triples = store.triples_of(list(named), _TRIPLES)
    relations = sorted({triple.relation for triple in triples})
    topics = sorted({(seed.start, seed.end) for seed in seeds})
    gates = dict(zip(relations, question.gates(topics, relations).tolist(), strict=True))
    reached = _over_triples(named, triples, gates)
    for entity, score in _mentioned(cache, named).items():
        reached[entity] = max(settings.mentioned * score, reached.get(entity, 0.0))
    reached = _with_namesakes(store, reached, settings.namesake)
    for entity, score in named.items():
        reached[entity] = max(settings.named * score, reached.get(entity, 0.0))
    return reached


def passages_about(cache: NodeCache, scores: Mapping[str, float]) -> dict[int, float]:
    """Node key of a passage -> the best score of the entities that its document is about."""
    keys = cache.node_keys([], _strongest(scores))
    entity_of = {node: entity for entity, node in keys.items()}
    found: dict[int, float] = {}
    for node, passage in _about(cache, list(entity_of)):
        found[passage] = max(scores[entity_of[node]], found.get(passage, 0.0))
    return found


def _over_triples(
    named: Mapping[str, float],
    triples: Sequence[Triple],
    gates: Mapping[str, Sequence[float]],
) -> dict[str, float]:
    reached: dict[str, float] = {}
    for triple in triples:
        forward, backward = gates[triple.relation]
        for source, target, gate in (
            (triple.head, triple.tail, forward),
            (triple.tail, triple.head, backward),
        ):
            score = named.get(source, 0.0) * gate
            if score > reached.get(target, 0.0):
                reached[target] = score
    return reached


def _mentioned(cache: NodeCache, named: Mapping[str, float]) -> dict[str, float]:
    """What the passages about the named entities mention, with those entities' scores."""
    keys = cache.node_keys([], list(named))
    entity_of = {node: entity for entity, node in keys.items()}
    passages: dict[int, float] = {}
    for node, passage in _about(cache, list(entity_of)):
        passages[passage] = max(named[entity_of[node]], passages.get(passage, 0.0))
    inside = cache.edges(np.array(sorted(passages), dtype=np.int64))
    found: dict[int, float] = {}
    for passage, node in zip(inside.sources.tolist(), inside.targets.tolist(), strict=True):
        found[node] = max(passages[passage], found.get(node, 0.0))
    ids = cache.node_ids(list(found))
    return {ids[node]: score for node, score in found.items() if node in ids}


def _with_namesakes(store: GraphStore, reached: dict[str, float], share: float) -> dict[str, float]:
    """The same with `share` of each score passed on to entities of the same name."""
    key_scores: dict[str, float] = {}
    for entity in store.entities(_strongest(reached)):
        key = name_key(entity.name)
        key_scores[key] = max(reached[entity.id], key_scores.get(key, 0.0))
    found = dict(reached)
    for namesake in store.find_entities(sorted(key_scores)):
        score = share * key_scores[namesake.key]
        found[namesake.entity.id] = max(score, found.get(namesake.entity.id, 0.0))
    return found


def _about(cache: NodeCache, nodes: Sequence[int]) -> list[tuple[int, int]]:
    """(entity, passage) for the passages of documents about the entities; node keys."""
    around = cache.edges(np.array(sorted(nodes), dtype=np.int64))
    kept = (around.targets % 2 == 0) & (around.weights >= _ABOUT)
    return list(zip(around.sources[kept].tolist(), around.targets[kept].tolist(), strict=True))


def _strongest(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda entity: (-scores[entity], entity))[:_PASSED_ON]
