"""Entities and the names they are called by, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kgqa.errors import StoreError
from kgqa.store.neo4j_keys import Keys, type_label
from kgqa.store.neo4j_transaction import Transaction
from kgqa.types import Entity

CREATE_ENTITIES = """
UNWIND $rows AS row CREATE (e:Entity:$(row[0]) {uid: row[1], graph: $graph, id: row[2],
  type: row[3], name: row[4], key: row[5], description: row[6], given: row[7]})
"""
_RENAME_ENTITIES = """
UNWIND $rows AS row MATCH (e:Entity {uid: row[1]}) REMOVE e:$(row[8])
SET e:$(row[0]), e.type = row[3], e.name = row[4], e.key = row[5], e.description = row[6],
  e.given = row[7]
"""
_DROP_EMPTY = """
UNWIND $uids AS uid MATCH (e:Entity {uid: uid})
WHERE NOT e.given AND NOT EXISTS { (:Cluster)-[:NAMES]->(e) }
OPTIONAL MATCH (e)-[:ALSO_CALLED]->(a:Alias)
DETACH DELETE a, e
"""


@dataclass(frozen=True, slots=True)
class StoredEntity:
    """The properties of an Entity node; `given` says that `upsert` brought it."""

    id: str
    type: str
    name: str
    description: str
    given: bool


def stored_entities(transaction: Transaction, uids: Iterable[int]) -> dict[int, StoredEntity]:
    """uid -> the entity; unknown ones left out."""
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (e:Entity {uid: uid}) "
        "RETURN uid, e.id, e.type, e.name, e.description, e.given",
        uids=list(uids),
    )
    return {row[0]: StoredEntity(*row[1:]) for row in rows}


ENTITY_PROPERTIES = ("uid", "id", "type", "name", "key", "description", "given")
"""What an `entity_row` holds after its label."""


def entity_row(keys: Keys, entity: Entity, given: bool, uid: int) -> list[Any]:
    """As the Cypher of this module takes an entity to write."""
    return [
        type_label(entity.type),
        uid,
        entity.id,
        entity.type,
        entity.name,
        keys.named(entity.name),
        entity.description,
        given,
    ]


def create_entities(transaction: Transaction, rows: Sequence[Sequence[Any]]) -> None:
    """Each row as `entity_row` makes it, of an entity that is not there."""
    if rows:
        transaction.write(CREATE_ENTITIES, rows=list(rows))


def put_entities(
    transaction: Transaction, keys: Keys, entities: Iterable[Entity], *, given: bool
) -> dict[int, StoredEntity]:
    """Create or rename entities; one that was given keeps what it has.

    Returns:
        What was stored before, by node key.

    Raises:
        StoreError: two ids have one node key.
    """
    wanted = {keys.entity(entity.id): entity for entity in entities}
    stored = stored_entities(transaction, wanted)
    new, renamed = [], []
    for uid, entity in wanted.items():
        row, before = entity_row(keys, entity, given, uid), stored.get(uid)
        if before is None:
            new.append(row)
            continue
        if before.id != entity.id:
            raise StoreError(
                f"entities {before.id[:40]!r} and {entity.id[:40]!r}: expected two node keys, "
                f"both hash to {uid}; rename one"
            )
        after = (entity.type, entity.name, entity.description, given)
        if not before.given and after != (before.type, before.name, before.description, False):
            renamed.append([*row, type_label(before.type)])
    create_entities(transaction, new)
    if renamed:
        transaction.write(_RENAME_ENTITIES, rows=renamed)
    return stored


def drop_empty(transaction: Transaction, entities: Iterable[int]) -> None:
    """Delete those entities that have no cluster and were not given."""
    uids = sorted(set(entities))
    if uids:
        transaction.write(_DROP_EMPTY, uids=uids)


def create_aliases(transaction: Transaction, rows: Sequence[Sequence[Any]]) -> None:
    """Each row: entity, node key, name, name's key, mentions, clusters, given."""
    if rows:
        transaction.write(
            "UNWIND $rows AS row MATCH (e:Entity {uid: row[0]}) "
            "CREATE (e)-[:ALSO_CALLED]->(:Alias {uid: row[1], name: row[2], key: row[3], "
            "mentions: row[4], clusters: row[5], given: row[6]})",
            rows=[list(row) for row in rows],
        )
