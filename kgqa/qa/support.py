"""The triples and the evidence that stand behind an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgqa.names import name_key
from kgqa.store.base import GraphStore
from kgqa.types import Answer, AnswerSpan, Evidence, Subgraph, Triple

_MOST = 5


def with_support(answer: Answer, subgraph: Subgraph, store: GraphStore) -> Answer:
    """The answer with up to five supporting triples and their evidence.

    A triple supports an answer if an end of it is named like the answer, or if its evidence
    overlaps the answer's span; it supports it better if its other end is a seed of the
    question, and if its evidence is in a passage that was read.
    """
    if answer.text is None or not subgraph.triples:
        return answer
    evidence: dict[Triple, list[Evidence]] = {}
    for one in store.evidence_of(subgraph.triples):
        evidence.setdefault(one.triple, []).append(one)
    named = _named(answer.text, subgraph)
    read = {passage.passage.id for passage in answer.passages}
    ranked = sorted(
        ((_weight(t, evidence.get(t, ()), answer.spans, named, subgraph, read), t))
        for t in subgraph.triples
    )
    chosen = [t for weight, t in reversed(ranked) if weight >= 2][:_MOST]
    return replace(
        answer,
        triples=tuple(chosen),
        evidence=tuple(_best(evidence[t], read) for t in chosen if t in evidence),
    )


def _named(text: str, subgraph: Subgraph) -> set[str]:
    """Entities whose name or alias is the answer, or contains it as whole words."""
    key = name_key(text)
    padded = f" {key} "
    return {
        entity.id
        for entity in subgraph.entities
        if any(
            name_key(name) == key or padded in f" {name_key(name)} "
            for name in (entity.name, *entity.aliases)
        )
    }


def _weight(
    triple: Triple,
    evidence: Sequence[Evidence],
    spans: Sequence[AnswerSpan],
    named: set[str],
    subgraph: Subgraph,
    read: set[str],
) -> float:
    ends = {triple.head, triple.tail}
    weight = 2.0 * bool(ends & named) + bool(ends & set(subgraph.seeds))
    weight += 0.5 * any(one.passage_id in read for one in evidence)
    overlaps = any(
        one.passage_id == span.passage_id and one.start < span.end and span.start < one.end
        for one in evidence
        for span in spans
    )
    return weight + 1.0 * overlaps


def _best(evidence: Sequence[Evidence], read: set[str]) -> Evidence:
    return max(evidence, key=lambda one: (one.passage_id in read, one.score, one.passage_id))
