"""Relationship types: what a relation is called in the graph that a person reads.

Made once a relation and kept in the graph's `Relation` nodes. All that Neo4j gets as a type
is checked to be a plain identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from kgqa.store.neo4j_keys import Keys, relationship_type
from kgqa.store.neo4j_transaction import Transaction

_IDENTIFIER = re.compile(r"[A-Z][A-Z0-9_]*")


def relationship_types(
    transaction: Transaction, keys: Keys, relations: Iterable[str]
) -> dict[str, str]:
    """Relation -> relationship type; what has none yet gets one."""
    wanted = set(relations)
    types = stored_types(transaction, keys, wanted)
    return types | name_relations(transaction, keys, wanted - types.keys())


def stored_types(transaction: Transaction, keys: Keys, relations: Iterable[str]) -> dict[str, str]:
    """Relation -> its relationship type; a relation without one has no triples."""
    wanted = {keys.relation(relation): relation for relation in relations}
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (r:Relation {uid: uid}) RETURN uid, r.type", uids=list(wanted)
    )
    return {wanted[uid]: kind for uid, kind in rows}


def name_relations(
    transaction: Transaction, keys: Keys, relations: Iterable[str]
) -> dict[str, str]:
    """Give relationship types to relations that have none."""
    unnamed = {keys.relation(relation): relation for relation in sorted(relations)}
    if not unnamed:
        return {}
    used = transaction.rows("MATCH (r:Relation {graph: $graph}) RETURN r.id, r.type")
    named = types_of(unnamed.values(), {row[0]: row[1] for row in used}, keys.ontology)
    rows = [[uid, relation, *named[relation]] for uid, relation in unnamed.items()]
    transaction.write(
        "UNWIND $rows AS row CREATE (:Relation "
        "{uid: row[0], graph: $graph, id: row[1], type: row[2], label: row[3]})",
        rows=rows,
    )
    return {relation: kind for relation, (kind, _) in named.items()}


def types_of(
    relations: Iterable[str], used: Mapping[str, str], ontology: Path | None
) -> dict[str, tuple[str, str]]:
    """Relation -> relationship type and label: the ontology's, else by the fixed rule.

    Args:
        used: relation -> type of those that have one already; it is not given twice.
        ontology: a YAML file; None takes the packaged one.
    """
    names = {
        relation: named
        for relation, named in _named_by_ontology(ontology).items()
        if named[0] not in used.values()
    }
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
def _named_by_ontology(path: Path | None) -> dict[str, tuple[str, str]]:
    """Relation -> its identifier and label."""
    from kgqa.ontology import load_ontology

    return {
        relation.id: (relation.identifier, relation.label)
        for relation in load_ontology(path).relations
        if relation.identifier
    }
