"""Triples as relationships: what there is between two entities, and changes of it.

A relationship is known by its ends and its relation (`p_id`); its type is only what a
person reads, made once a relation and kept in the graph's `Relation` nodes. All that Neo4j
gets as a type is checked to be a plain identifier.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from kgqa.store.neo4j_keys import Keys, relationship_type
from kgqa.store.neo4j_session import Transaction

_IDENTIFIER = re.compile(r"[A-Z][A-Z0-9_]*")

_BETWEEN = """
UNWIND $pairs AS pair
MATCH (:Entity {uid: pair[0]})-[r]->(t:Entity {uid: pair[1]})
RETURN pair[0], r.p_id, pair[1], elementId(r), r.given,
  coalesce(r.passages, []), coalesce(r.starts, []), coalesce(r.ends, []),
  coalesce(r.scores, []), coalesce(r.extractors, [])
"""
_CREATE = """
UNWIND $rows AS row
MATCH (h:Entity {uid: row[0]}) MATCH (t:Entity {uid: row[1]})
CREATE (h)-[r:$(row[2])]->(t) SET r = row[3]
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


def given_properties(relation: str) -> dict[str, Any]:
    return Stated(given=True).properties(relation)


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


def mark_given(transaction: Transaction, triples: Mapping[Ends, Stated]) -> None:
    rows = []
    for ends, stated in triples.items():
        stated.given = True
        rows.append([stated.element, stated.properties(ends[1])])
    if rows:
        transaction.write(_SET, rows=rows)


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


def relationship_types(
    transaction: Transaction, keys: Keys, relations: Iterable[str]
) -> dict[str, str]:
    """Relation -> relationship type; what has none yet gets one."""
    wanted = {keys.relation(relation): relation for relation in sorted(set(relations))}
    types: dict[str, str] = {
        wanted[uid]: kind
        for uid, kind in transaction.rows(
            "UNWIND $uids AS uid MATCH (r:Relation {uid: uid}) RETURN uid, r.type",
            uids=list(wanted),
        )
    }
    unnamed = {uid: relation for uid, relation in wanted.items() if relation not in types}
    if unnamed:
        used = transaction.rows("MATCH (r:Relation {graph: $graph}) RETURN r.id, r.type")
        named = types_of(unnamed.values(), {row[0]: row[1] for row in used})
        types |= {relation: kind for relation, (kind, _) in named.items()}
        rows = [[uid, relation, *named[relation]] for uid, relation in unnamed.items()]
        transaction.write(
            "UNWIND $rows AS row CREATE (:Relation "
            "{uid: row[0], graph: $graph, id: row[1], type: row[2], label: row[3]})",
            rows=rows,
        )
    return types


def types_of(relations: Iterable[str], used: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Relation -> relationship type and label: the ontology's, else by the fixed rule.

    Args:
        used: relation -> type of those that have one already.
    """
    names = _named_by_ontology()
    taken = set(used.values()) | {name for name, _ in names.values()}
    types: dict[str, tuple[str, str]] = {}
    for relation in sorted(set(relations)):
        kind, label = names.get(relation) or (relationship_type(relation, taken), relation)
        if not _IDENTIFIER.fullmatch(kind):
            raise ValueError(f"relationship type {kind!r}: expected a plain identifier")
        taken.add(kind)
        types[relation] = kind, label
    return types


@cache
def _named_by_ontology() -> dict[str, tuple[str, str]]:
    """Relation -> its identifier and label in the packaged ontology."""
    from kgqa.ontology import load_ontology

    return {
        relation.id: (relation.identifier, relation.label)
        for relation in load_ontology().relations
        if relation.identifier
    }


def by_ends(rows: Iterable[tuple[Ends, Place]]) -> dict[Ends, list[Place]]:
    found: dict[Ends, list[Place]] = defaultdict(list)
    for ends, place in rows:
        found[ends].append(place)
    return found
