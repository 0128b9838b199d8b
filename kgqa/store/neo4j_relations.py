"""Triples as relationships: what there is between two entities, and changes of it.

A relationship is known by its ends and its relation (`p_id`); its type is only what a
person reads (`kgqa.store.neo4j_types`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kgqa.errors import StoreError
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.neo4j_types import relationship_types

# Without the hints the planner, whose counts lag behind a graph that grows, may go through all
# relationships of a hub for each row.
_BY_ENDS = "USING INDEX h:Entity(uid) USING INDEX t:Entity(uid)"
_BETWEEN = f"""
UNWIND $pairs AS pair
MATCH (h:Entity {{uid: pair[0]}})-[r]->(t:Entity {{uid: pair[1]}}) {_BY_ENDS}
RETURN pair[0], r.p_id, pair[1], elementId(r), r.given,
  coalesce(r.passages, []), coalesce(r.starts, []), coalesce(r.ends, []),
  coalesce(r.scores, []), coalesce(r.extractors, [])
"""
_CREATE = """
UNWIND $rows AS row
MATCH (h:Entity {uid: row[0]}) MATCH (t:Entity {uid: row[1]})
CREATE (h)-[r:$(row[2])]->(t) SET r = row[3]
"""
_GIVEN = f"""
UNWIND $rows AS row
MATCH (h:Entity {{uid: row[0]}})-[r]->(t:Entity {{uid: row[2]}}) {_BY_ENDS} WHERE r.p_id = row[1]
RETURN collect([row[3], r.given])
"""
_MARK_GIVEN = f"""
UNWIND $rows AS row
MATCH (h:Entity {{uid: row[0]}})-[r]->(t:Entity {{uid: row[2]}}) {_BY_ENDS} WHERE r.p_id = row[1]
SET r.given = true
"""
# What `Stated(given=True).properties` holds; written out, Neo4j sets them as it creates.
CREATE_GIVEN = """
UNWIND $rows AS row
MATCH (h:Entity {uid: row[0]}) MATCH (t:Entity {uid: row[1]})
CREATE (h)-[:$(row[2]) {p_id: row[3], given: true, support: 0, score: 1.0}]->(t)
RETURN count(*)
"""
_SET = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row[0] SET r = row[1]"
_DELETE = "UNWIND $ids AS id MATCH ()-[r]->() WHERE elementId(r) = id DELETE r"


class Place(NamedTuple):
    """One relation mention: where a triple is stated. `passage` is a node key."""

    passage: int
    start: int
    end: int
    score: float
    extractor: str


Ends = tuple[int, str, int]
"""Head, relation, tail; the ends by their node keys."""


@dataclass(slots=True)
class Stated:
    """A triple's relationship: its element id (empty: not there yet) and its content."""

    element: str = ""
    given: bool = False
    places: list[Place] = field(default_factory=list)

    def properties(self, relation: str) -> dict[str, Any]:
        """What the relationship holds; `places` in parallel lists, `score` the best one's.
        One without places has no lists: most of an imported graph."""
        places = sorted(self.places)
        held: dict[str, Any] = {
            "p_id": relation,
            "given": self.given,
            "support": len(places),
            "score": max((place.score for place in places), default=1.0),
        }
        if places:
            lists = zip(*places, strict=True)
            names = ("passages", "starts", "ends", "scores", "extractors")
            held |= {name: list(values) for name, values in zip(names, lists, strict=True)}
        return held


def stated_between(
    transaction: Transaction, pairs: Iterable[tuple[int, int]]
) -> dict[Ends, Stated]:
    """All triples between the pairs (head, tail)."""
    distinct = [list(pair) for pair in sorted(set(pairs))]
    if not distinct:
        return {}
    return {
        (head, relation, tail): Stated(
            element, given, [Place(*place) for place in zip(*lists, strict=True)]
        )
        for head, relation, tail, element, given, *lists in transaction.rows(
            _BETWEEN, pairs=distinct
        )
    }


def change_places(
    transaction: Transaction,
    keys: Keys,
    removed: Mapping[Ends, Sequence[Place]],
    added: Mapping[Ends, Sequence[Place]],
) -> None:
    """Take places away from triples and add others; a triple left with none goes, unless it
    was given."""
    touched = removed.keys() | added.keys()
    there = stated_between(transaction, ((head, tail) for head, _, tail in touched))
    created: list[tuple[Ends, dict[str, Any]]] = []
    changed: list[list[Any]] = []
    dropped: list[str] = []
    for ends in sorted(touched):
        stated = there.get(ends) or Stated()
        before = sorted(stated.places)
        for place in removed.get(ends, ()):
            stated.places.remove(place)
        stated.places += added.get(ends, ())
        if not stated.places and not stated.given:
            if stated.element:
                dropped.append(stated.element)
        elif not stated.element:
            created.append((ends, stated.properties(ends[1])))
        elif sorted(stated.places) != before:
            changed.append([stated.element, stated.properties(ends[1])])
    if dropped:
        transaction.write(_DELETE, ids=dropped)
    if changed:
        transaction.write(_SET, rows=changed)
    create(transaction, keys, created)


def create(
    transaction: Transaction, keys: Keys, rows: Sequence[tuple[Ends, Mapping[str, Any]]]
) -> None:
    """Create relationships that are not there; those of one end stand together."""
    if not rows:
        return
    types = relationship_types(transaction, keys, {ends[1] for ends, _ in rows})
    transaction.write(
        _CREATE,
        rows=[
            [head, tail, types[relation], properties] for (head, relation, tail), properties in rows
        ],
    )


def given_between(transaction: Transaction, triples: Sequence[Ends]) -> dict[Ends, bool]:
    """Those of the triples that are stored -> whether they are given."""
    if not triples:
        return {}
    rows = [[*ends, number] for number, ends in enumerate(triples)]
    found = transaction.rows(_GIVEN, rows=rows)[0][0]
    return {triples[number]: given for number, given in found}


def mark_given(transaction: Transaction, triples: Sequence[Ends]) -> None:
    """Say of triples that are stored that they were given."""
    if triples:
        transaction.write(_MARK_GIVEN, rows=[list(ends) for ends in triples])


def create_given(
    transaction: Transaction, types: Mapping[str, str], triples: Sequence[Ends]
) -> None:
    """Create given triples that are not stored, between entities that are.

    Args:
        types: relation -> relationship type.

    Raises:
        StoreError: an end is gone, which only a program that is not kgqa can have done.
    """
    if not triples:
        return
    rows = [[head, tail, types[relation], relation] for head, relation, tail in triples]
    created = transaction.write(CREATE_GIVEN, rows=rows)[0][0]
    if created != len(rows):
        raise StoreError(
            f"expected {len(rows)} triples to be created, the server created {created}: "
            "entities were deleted meanwhile by another program; run it again"
        )


def by_ends(rows: Iterable[tuple[Ends, Place]]) -> dict[Ends, list[Place]]:
    """The places of each triple."""
    found: dict[Ends, list[Place]] = defaultdict(list)
    for ends, place in rows:
        found[ends].append(place)
    return found
