"""Claims with their answer: what a verifier learns from.

A relation that annotators found in a sentence is stated there. Not stated are relations that the
ontology allows between two names of a sentence and that its annotators, who mark all, did not
mark; the same relation with its ends exchanged; and of one pair another relation.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgqa.datasets.annotated import AnnotatedDocument, GoldRelation
from kgqa.datasets.fewrel import RelatedPair
from kgqa.extract.second_look import CONTEXT_CHARACTERS
from kgqa.extract.verify import Claim
from kgqa.ontology import Ontology

_PAIRS = 6
"""Pairs of a sentence without a relation that become claims, at most."""
_IMPLIED: Mapping[str, frozenset[str]] = {
    "P131": frozenset({"P17", "P276", "P361", "P159"}),
    "P17": frozenset({"P131", "P276", "P495", "P27", "P361"}),
    "P276": frozenset({"P131", "P17", "P159", "P937"}),
    "P159": frozenset({"P131", "P276", "P17", "P740"}),
    "P50": frozenset({"P170", "P58", "P676"}),
    "P170": frozenset({"P50", "P57", "P86", "P178", "P176", "P112"}),
    "P178": frozenset({"P170", "P176", "P123", "P162"}),
    "P108": frozenset({"P463", "P69", "P54", "P39"}),
    "P463": frozenset({"P108", "P54", "P102", "P361"}),
    "P749": frozenset({"P127", "P361"}),
    "P127": frozenset({"P749", "P137"}),
    "P361": frozenset({"P463", "P131", "P179", "P279", "P749"}),
    "P527": frozenset({"P150", "P355"}),
    "P569": frozenset({"P571"}),
    "P577": frozenset({"P571", "P580"}),
    "P571": frozenset({"P577", "P580"}),
}
"""Relations that may well hold where this one does: no evidence that they are not stated."""


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim, and whether its text states it."""

    claim: Claim
    stated: bool


def document_claims(
    document: AnnotatedDocument, ontology: Ontology, draw: random.Random
) -> Iterator[JudgedClaim]:
    """Claims on each sentence of an annotated document whose two ends it names."""
    labels = {relation.id: relation.label for relation in ontology.relations}
    gold = {(r.head, r.relation, r.tail): r for r in document.relations}
    usual = _usual(document)
    for number in range(len(document.sentences)):
        named = _named(document, number)
        pairs = [(a, b) for a in named for b in named if a != b]
        draw.shuffle(pairs)
        stated = [
            r
            for r in document.relations
            if r.head in named and r.tail in named and (number in r.evidence or not r.evidence)
        ]
        text = _text(document, number)
        for relation in stated:
            if relation.relation in labels:
                claim = _claim(relation, named, labels, text)
                yield JudgedClaim(claim, True)
                yield from _others(relation, gold, named, labels, text, document, ontology, draw)
        kept = 0
        for head, tail in pairs:
            if kept == _PAIRS or any({r.head, r.tail} == {head, tail} for r in document.relations):
                continue
            allowed = _allowed(document, ontology, head, tail, usual)
            if allowed:
                kept += 1
                chosen = GoldRelation(head, draw.choice(allowed), tail)
                yield JudgedClaim(_claim(chosen, named, labels, text), False)


def pair_claims(
    pairs: Sequence[RelatedPair], labels: Mapping[str, str], draw: random.Random
) -> Iterator[JudgedClaim]:
    """Claims on sentences with one related pair: its relation, another, and its ends exchanged."""
    names = sorted({pair.relation for pair in pairs})
    for pair in pairs:
        label = labels.get(pair.relation, pair.relation)
        yield JudgedClaim(Claim(pair.head, label, pair.tail, pair.text), True)
        other = draw.choice(names)
        if draw.random() < 0.5:
            yield JudgedClaim(Claim(pair.tail, label, pair.head, pair.text), False)
        elif other != pair.relation and other not in _IMPLIED.get(pair.relation, ()):
            claim = Claim(pair.head, labels.get(other, other), pair.tail, pair.text)
            yield JudgedClaim(claim, False)


def _others(
    relation: GoldRelation,
    gold: Mapping[tuple[int, str, int], GoldRelation],
    named: Mapping[int, str],
    labels: Mapping[str, str],
    text: str,
    document: AnnotatedDocument,
    ontology: Ontology,
    draw: random.Random,
) -> Iterator[JudgedClaim]:
    """Of a stated relation: with its ends exchanged, and another one of the same pair."""
    head, tail = relation.head, relation.tail
    own = ontology.relation(relation.relation)
    exchanged = GoldRelation(tail, relation.relation, head)
    if own is not None and not own.symmetric and (tail, relation.relation, head) not in gold:
        types = document.clusters[tail].type, document.clusters[head].type
        if ontology.allows(types[0], relation.relation, types[1]) or draw.random() < 0.2:
            yield JudgedClaim(_claim(exchanged, named, labels, text), False)
    held = {r for h, r, t in gold if (h, t) == (head, tail)}
    implied = {other for r in held for other in _IMPLIED.get(r, ())}
    usual = Counter(dict.fromkeys(labels, 1))
    allowed = [
        r
        for r in _allowed(document, ontology, head, tail, usual)
        if r not in held and r not in implied
    ]
    if allowed:
        chosen = GoldRelation(head, draw.choice(allowed), tail)
        yield JudgedClaim(_claim(chosen, named, labels, text), False)


def _usual(document: AnnotatedDocument) -> Counter[str]:
    """How often a relation is drawn for a pair without one: what a document is about misleads."""
    counts = Counter({r.relation: 8 for r in document.relations})
    for relation in ("P17", "P131", "P27", "P26", "P3373", "P40", "P22", "P108", "P361", "P150"):
        counts[relation] += 2
    return counts


def _allowed(
    document: AnnotatedDocument, ontology: Ontology, head: int, tail: int, usual: Counter[str]
) -> list[str]:
    """Relations that may stand between two clusters and that annotators would have marked, each
    as often as `usual` says."""
    types = document.clusters[head].type, document.clusters[tail].type
    judged = document.annotated_relations
    return [
        relation.id
        for relation in ontology.relations
        if ontology.allows(types[0], relation.id, types[1])
        and (judged is None or relation.id in judged)
        for _ in range(1 + usual[relation.id])
    ]


def _named(document: AnnotatedDocument, number: int) -> dict[int, str]:
    """Clusters that a sentence mentions -> how it does; a pronoun counts under its own name."""
    sentence = document.sentences[number]
    named: dict[int, str] = {}
    for n, cluster in enumerate(document.clusters):
        inside = [m for m in cluster.mentions if sentence.start <= m.start < sentence.end]
        names = [document.surface(m) for m in inside if not m.pronoun]
        others = [document.surface(m) for m in cluster.mentions if not m.pronoun]
        if inside and (names or others):
            named[n] = max(names, key=len) if names else max(others, key=len)
    return named


def _text(document: AnnotatedDocument, number: int) -> str:
    """The sentence with what stands right before it."""
    sentence = document.sentences[number]
    start = sentence.start
    for former in reversed(document.sentences[:number]):
        if sentence.start - former.start > CONTEXT_CHARACTERS:
            break
        start = former.start
    return document.text[start : sentence.end]


def _claim(
    relation: GoldRelation, named: Mapping[int, str], labels: Mapping[str, str], text: str
) -> Claim:
    return Claim(named[relation.head], labels[relation.relation], named[relation.tail], text)
