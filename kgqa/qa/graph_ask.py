"""A question answered from the store's graph alone, where no passage bears the answer.

The part of the graph that the question opens is read from the store step by step, as
`context.graph.grow` does in memory: only triples whose relation is open are followed, so
that a hub costs one reading and not its neighbourhood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from kgqa.context.graph import BACKWARD, FORWARD, GrowthLimits, TripleGraph
from kgqa.context.topics import TopicIndex
from kgqa.documents.relation_words import relation_words
from kgqa.link.candidates import Seed
from kgqa.qa.graph_answer import GraphReader
from kgqa.store.base import GraphStore
from kgqa.types import Answer, Entity, Evidence, Question, Triple

_MOST_READ = 200_000
"""Triples read in one step at most, those with the most evidence first."""


def answer_from_graph(
    question: Question,
    store: GraphStore,
    reader: GraphReader,
    seeds: Sequence[Seed],
    least_score: float = 0.1,
) -> Answer:
    """Answer with an entity of the store's graph and the path of triples that leads to it.

    Args:
        seeds: the entities that the question may be about (`Retriever.seeds`).
        least_score: below it the answer is an abstention, in [0, 1].

    Returns:
        `text` is the entity's name, `triples` the path from a topic, in the order it is
        followed, `evidence` the best of each triple that documents state; no passages.
    """
    topics = topics_of(question.text, seeds)
    if not topics:
        return Answer(question.id, None, 0.0)
    opening = _Opening(reader, question.text, topics)
    part = _named(store, list(_opened(store, topics, opening, reader.limits)), topics)
    places = part.places(topics)
    ranked = reader.answer(part.graph, question.text, places) if places else []
    if not ranked or ranked[0].score < least_score:
        return Answer(question.id, None, ranked[0].score if ranked else 0.0)
    best = ranked[0]
    path = tuple(dict.fromkeys(part.triple(*step) for step in best.path))
    evidence: dict[Triple, Evidence] = {}
    for one in store.evidence_of(path):
        evidence.setdefault(one.triple, one)
    name = part.entities[best.entity].name
    return Answer(
        question.id, name, min(best.score, 1.0), triples=path, evidence=tuple(evidence.values())
    )


def topics_of(question: str, seeds: Sequence[Seed]) -> list[Entity]:
    """The seeds that the question is about, by the rule that evaluation finds topics with;
    else the seeds that look most like a name."""
    entities = [seed.entity for seed in seeds]
    found = TopicIndex.of(entities).find(question)
    if found:
        return [entities[place] for place in found]
    best = max((seed.score for seed in seeds), default=0.0)
    return [seed.entity for seed in seeds if seed.score == best]


class _Opening:
    """How far a question opens relations; each relation is worked out once."""

    def __init__(self, reader: GraphReader, question: str, topics: Sequence[Entity]) -> None:
        self._reader = reader
        masked = TopicIndex.of(topics).masked(question, range(len(topics)))
        with torch.inference_mode():
            self._read = reader.model.reader(reader.texts.questions([masked]))
        self._gates: dict[str, NDArray[np.float32]] = {}

    @property
    def steps(self) -> int:
        return self._reader.model.shape.steps

    def gates(self, relations: Sequence[str], step: int) -> dict[str, tuple[float, float]]:
        """relation -> its gates from head to tail and back, in [0, 1]."""
        new = [name for name in dict.fromkeys(relations) if name not in self._gates]
        if new:
            words = [relation_words(name, self._reader.labels) for name in new]
            with torch.inference_mode():
                opened = self._reader.model.open(self._read, self._reader.texts.names(words))
            for place, name in enumerate(new):
                self._gates[name] = opened[:, place].float().numpy()
        found = {name: self._gates[name][step] for name in dict.fromkeys(relations)}
        return {name: (float(g[FORWARD]), float(g[BACKWARD])) for name, g in found.items()}


def _opened(
    store: GraphStore, topics: Sequence[Entity], opening: _Opening, limits: GrowthLimits
) -> Iterator[Triple]:
    """The triples that the question opens from the topics, step by step."""
    frontier = {entity.id: 1.0 for entity in topics}
    for step in range(opening.steps):
        triples = store.triples_of(list(frontier), limit=_MOST_READ)
        gates = opening.gates([triple.relation for triple in triples], step)
        followed = [
            (frontier[source] * gates[triple.relation][direction], triple, target)
            for triple in triples
            for source, direction, target in (
                (triple.head, FORWARD, triple.tail),
                (triple.tail, BACKWARD, triple.head),
            )
            if source in frontier
        ]
        if not followed:
            return
        least = min(limits.threshold, max(edge[0] for edge in followed))
        opened = [edge for edge in followed if edge[0] >= least]
        opened.sort(key=lambda edge: -edge[0])  # of equal ones, the store's order stays
        frontier = {}
        for carried, triple, target in opened[: limits.edges]:
            yield triple
            frontier[target] = max(carried, frontier.get(target, 0.0))


@dataclass(frozen=True, slots=True)
class _Part:
    """Triples of the store as a graph in memory; entity i of it is `entities[i]`."""

    graph: TripleGraph
    entities: tuple[Entity, ...]

    def places(self, topics: Sequence[Entity]) -> list[int]:
        place = {entity.id: i for i, entity in enumerate(self.entities)}
        return [place[topic.id] for topic in topics if topic.id in place]

    def triple(self, head: int, relation: int, tail: int) -> Triple:
        return Triple(
            self.entities[head].id, self.graph.relations[relation], self.entities[tail].id
        )


def _named(store: GraphStore, triples: Sequence[Triple], topics: Sequence[Entity]) -> _Part:
    """The graph by names, which tell entities apart there: a namesake gets its id as well."""
    ids = dict.fromkeys(end for triple in triples for end in (triple.head, triple.tail))
    known = {entity.id: entity for entity in [*topics, *store.entities(list(ids))]}
    names: dict[str, str] = {}
    entities: dict[str, Entity] = {}
    for entity in known.values():
        taken = entity.name in entities
        names[entity.id] = f"{entity.name} ({entity.id})" if taken else entity.name
        entities[names[entity.id]] = entity
    graph = TripleGraph.from_triples(
        (
            (names[triple.head], triple.relation, names[triple.tail])
            for triple in dict.fromkeys(triples)
            if triple.head in names and triple.tail in names
        ),
        {name: (entity.name, *entity.aliases) for name, entity in entities.items()},
    )
    return _Part(graph, tuple(entities[name] for name in graph.entities))
