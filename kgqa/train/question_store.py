"""Reads what questions are made from out of a store, in a few large batches.

All facts, names and passages are held in memory at once: 184 MiB for 6,008 passages with 54,000
triples.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from kgqa.names import name_key, without_qualifier
from kgqa.store.base import GraphStore
from kgqa.train.question_graph import Fact, GraphContent
from kgqa.train.question_names import Naming
from kgqa.train.reading_tasks import TaskPassage
from kgqa.types import Entity, ScoredPassage, Triple

_BATCH = 5_000
Key = TypeVar("Key")
Found = TypeVar("Found")


def read_content(store: GraphStore, min_score: float) -> GraphContent:
    """
    Args:
        min_score: the least score of a fact's evidence, in [0, 1].
    """
    triples = sorted(store.all_triples())
    facts = _facts(store, triples, min_score)
    entities = {entity.id: entity for entity in store.all_entities()}
    wanted = sorted({fact.passage_id for fact in facts})
    found = {p.passage.id: p for p in _batched(store.passages, wanted)}
    mentioned: dict[str, frozenset[str]] = {}
    for first in range(0, len(wanted), _BATCH):
        batch = store.entities_of(wanted[first : first + _BATCH])
        mentioned.update((passage, frozenset(ids)) for passage, ids in batch.items())
    topics = _topics(entities.values(), found, mentioned)
    return GraphContent(
        triples,
        facts,
        entities,
        {i: TaskPassage(i, p.title, p.passage.text) for i, p in found.items()},
        {i: p.passage.document_id for i, p in found.items()},
        mentioned,
        topics,
        _naming(entities.values(), topics, found),
    )


def _facts(store: GraphStore, triples: Sequence[Triple], min_score: float) -> list[Fact]:
    best: dict[Triple, Fact] = {}
    for evidence in _batched(store.evidence_of, triples):
        if evidence.score >= min_score:
            fact = Fact(evidence.triple, evidence.passage_id, evidence.score)
            best.setdefault(evidence.triple, fact)
    return list(best.values())


def _topics(
    entities: Iterable[Entity],
    passages: Mapping[str, ScoredPassage],
    mentioned: Mapping[str, frozenset[str]],
) -> frozenset[tuple[str, str]]:
    """(entity id, document id) where only that entity, of those that the document names if
    there are several, bears the title as a name.

    The store itself knows the topics, but tells them only with all clusters and their vectors.
    """
    bearers: dict[str, set[str]] = defaultdict(set)
    for entity in entities:
        for name in (entity.name, *entity.aliases):
            bearers[name_key(name)].add(entity.id)
    found: set[tuple[str, str]] = set()
    for passage in passages.values():
        named = bearers.get(name_key(without_qualifier(passage.title)), set())
        if len(named) > 1:
            named = named & mentioned.get(passage.passage.id, frozenset())
        if len(named) == 1:
            found.add((next(iter(named)), passage.passage.document_id))
    return frozenset(found)


def _naming(
    entities: Iterable[Entity],
    topics: Iterable[tuple[str, str]],
    passages: Mapping[str, ScoredPassage],
) -> Naming:
    first: dict[str, ScoredPassage] = {}
    for passage in passages.values():
        held = first.setdefault(passage.passage.document_id, passage)
        if passage.passage.start < held.passage.start:
            first[passage.passage.document_id] = passage
    shared = Counter(passage.title for passage in first.values())
    documents = {e: first[d] for e, d in sorted(topics, reverse=True) if d in first}
    return Naming(
        ((name, entity.id) for entity in entities for name in (entity.name, *entity.aliases)),
        {e: p.title for e, p in documents.items() if shared[p.title] == 1},
        {e: p.passage.text for e, p in documents.items()},
    )


def _batched(
    read: Callable[[Sequence[Key]], Sequence[Found]], keys: Sequence[Key]
) -> Iterator[Found]:
    for first in range(0, len(keys), _BATCH):
        yield from read(keys[first : first + _BATCH])
