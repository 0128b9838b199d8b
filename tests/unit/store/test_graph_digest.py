"""The digest of a graph: what it sees and what it does not."""

from __future__ import annotations

from itertools import permutations

import pytest

from kgqa.store.graph_digest import (
    DigestedEntity,
    DigestedEvidence,
    DigestedTriple,
    Place,
    graph_digest,
)

A = DigestedEntity(1, "person", "A", False, ["A", "Aa"], [Place("d1", 0, 1), Place("d2", 5, 6)])
B = DigestedEntity(2, "person", "B", False, [], [Place("d1", 8, 9)])
TRIPLE = DigestedTriple(1, "P1", 2, False)
EVIDENCE = DigestedEvidence(1, "P1", 2, Place("d1", 0, 9))
PASSAGES = [Place("d1", 0, 9), Place("d2", 0, 9)]


def digest(
    documents: tuple[str, ...] = ("d1", "d2"),
    entities: tuple[DigestedEntity, ...] = (A, B),
    triples: tuple[DigestedTriple, ...] = (TRIPLE,),
    evidence: tuple[DigestedEvidence, ...] = (EVIDENCE,),
) -> str:
    return graph_digest(iter(documents), iter(PASSAGES), entities, triples, evidence)


def test_any_order_and_any_nodes() -> None:
    for documents, entities in zip(permutations(("d1", "d2")), permutations((A, B)), strict=True):
        assert digest(documents, entities) == digest()
    moved = (A._replace(node="x", names=["Aa"], places=A.places[::-1]), B._replace(node="y"))
    triple, evidence = TRIPLE._replace(head="x", tail="y"), EVIDENCE._replace(head="x", tail="y")
    assert digest(entities=moved, triples=(triple,), evidence=(evidence,)) == digest()


@pytest.mark.parametrize(
    "change",
    [
        {"documents": ("d1",)},
        {"documents": ("d1", "d2", "d2")},
        {"entities": (A._replace(type="place"), B)},
        {"entities": (A._replace(given=True), B)},
        {"entities": (A._replace(names=[]), B)},
        {"entities": (A._replace(places=A.places[:1]), B)},
        {"entities": (A, B._replace(places=[*B.places, *B.places]))},
        {"triples": (TRIPLE._replace(head=2, tail=1),)},
        {"triples": (TRIPLE._replace(given=True),)},
        {"triples": (), "evidence": ()},
        {"evidence": ()},
        {"evidence": (EVIDENCE, EVIDENCE)},
        {"evidence": (EVIDENCE._replace(place=Place("d1", 1, 9)),)},
    ],
)
def test_each_part_counts(change: dict[str, tuple[object, ...]]) -> None:
    assert digest(**change) != digest()  # type: ignore[arg-type]


def test_parts_do_not_run_into_each_other() -> None:
    one = A._replace(name="A", names=["B\x1fC"], places=[])
    other = A._replace(name="A", names=["B", "C"], places=[])
    assert digest(entities=(one, B)) != digest(entities=(other, B))
