"""The triples and the evidence that stand behind an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgqa.names import name_key
from kgqa.store.base import GraphStore
from kgqa.types import Answer, AnswerSpan, Evidence, Subgraph, Triple

_MOST = 5
# A triple of the question's entity and the answer comes before one that merely stands in
# the answer's sentence; the smaller weights only order those of one kind.
_JOINS, _STATES, _NAMES, _READ = 2.0, 1.0, 0.5, 0.25


def with_support(answer: Answer, subgraph: Subgraph, store: GraphStore) -> Answer:
    """The answer with up to five supporting triples and the best evidence of each.

    A triple supports an answer if it joins a seed of the question to an entity that is named
    like the answer, or if its evidence overlaps one of the answer's spans.
    """
    if answer.text is None or not subgraph.triples:
        return answer
    evidence: dict[Triple, list[Evidence]] = {}
    for one in store.evidence_of(subgraph.triples):
        evidence.setdefault(one.triple, []).append(one)
    named, seeds = _named(answer.text, subgraph), set(subgraph.seeds)
    read = {passage.passage.id for passage in answer.passages}
    weights: dict[Triple, float] = {}
    for triple in subgraph.triples:
        ends, found = {triple.head, triple.tail}, evidence.get(triple, ())
        joins = bool(ends & named and ends & seeds - named)
        states = _overlaps(found, answer.spans)
        if joins or states:
            weights[triple] = _JOINS * joins + _STATES * states + _NAMES * bool(ends & named)
            weights[triple] += _READ * any(one.passage_id in read for one in found)
    chosen = sorted(weights, key=lambda triple: (-weights[triple], triple))[:_MOST]
    return replace(
        answer,
        triples=tuple(chosen),
        evidence=tuple(_best(evidence[t], read) for t in chosen if t in evidence),
    )


def _named(text: str, subgraph: Subgraph) -> set[str]:
    """Ids of entities whose name or alias is the answer, or contains it as whole words."""
    wanted = f" {name_key(text)} "
    return {
        entity.id
        for entity in subgraph.entities
        if any(wanted in f" {name_key(name)} " for name in (entity.name, *entity.aliases))
    }


def _overlaps(evidence: Sequence[Evidence], spans: Sequence[AnswerSpan]) -> bool:
    return any(
        one.passage_id == span.passage_id and one.start < span.end and span.start < one.end
        for one in evidence
        for span in spans
    )


def _best(evidence: Sequence[Evidence], read: set[str]) -> Evidence:
    return max(evidence, key=lambda one: (one.passage_id in read, one.score, one.passage_id))
