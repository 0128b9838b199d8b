"""What follows from a graph for its steps: which ask for the same, and what cannot be true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kgqa.ontology import Ontology
from kgqa.types import Triple

_SAME_STEP: tuple[frozenset[tuple[str, bool]], ...] = (
    frozenset({("P22", True), ("P25", True), ("P40", False)}),
    frozenset({("P22", False), ("P25", False), ("P40", True)}),
)
"""Steps (relation, inverse) that ask for the same: a child, a parent."""
_FATHER_OR_MOTHER = (("P22", False), ("P25", False))
"""They are of the second group, but narrower than it: a person has one of each."""
_KNOWN_FOR = ("P800", True)
_BEHIND_A_WORK = frozenset((r, False) for r in ("P50", "P57", "P58", "P86", "P161", "P170", "P175"))
"""Whoever made a work or plays in it is known for it as well."""


def targets_by_step(triples: Iterable[Triple]) -> dict[tuple[str, str, bool], frozenset[str]]:
    """(entity, relation, inverse) -> where the step leads."""
    found: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
    for triple in triples:
        found[triple.head, triple.relation, False].add(triple.tail)
        found[triple.tail, triple.relation, True].add(triple.head)
    return {step: frozenset(targets) for step, targets in found.items()}


def synonyms(ontology: Ontology) -> dict[tuple[str, bool], frozenset[tuple[str, bool]]]:
    """(relation, inverse) -> the steps that ask for the same, itself among them."""
    found: dict[tuple[str, bool], frozenset[tuple[str, bool]]] = {}
    for group in _SAME_STEP:
        for step in group:
            found[step] = frozenset({step}) if step in _FATHER_OR_MOTHER else group
    found[_KNOWN_FOR] = _BEHIND_A_WORK | {_KNOWN_FOR}
    for relation in ontology.relations:
        for inverse in (False, True):
            step = (relation.id, inverse)
            if relation.symmetric:
                found[step] = frozenset({step, (relation.id, not inverse)})
            elif relation.inverse is not None:
                found[step] = frozenset({step, (relation.inverse, not inverse)})
    return found


def contradicted(triples: Iterable[Triple]) -> set[Triple]:
    """Triples of two ends that are kin in two ways, or a beginning and an end at one date."""
    kin: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    members: dict[tuple[str, ...], list[Triple]] = defaultdict(list)
    for triple in triples:
        tie = _tie(triple)
        if tie is None:
            continue
        ends = tuple(sorted((triple.head, triple.tail)))
        kin[ends].add(tie)
        members[ends].append(triple)
    return {triple for ends, ties in kin.items() if len(ties) > 1 for triple in members[ends]}


def _tie(triple: Triple) -> tuple[str, ...] | None:
    match triple.relation:
        case "P22" | "P25":
            return ("parent", triple.tail)
        case "P40":
            return ("parent", triple.head)
        case "P26" | "P3373" | "P569" | "P570":
            return (triple.relation,)
        case _:
            return None
