"""Given entities (an imported graph), batch by batch, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kgqa.names import name_key
from kgqa.store.neo4j_entities import (
    StoredEntity,
    create_aliases,
    create_entities,
    entity_row,
    put_entities,
    stored_entities,
)
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.neo4j_write import touch_keys
from kgqa.types import Entity


def create_given_entities(
    transaction: Transaction, keys: Keys, entities: Sequence[Entity], *, blind: bool
) -> bool:
    """Create those that are not there, with their aliases; the others stay untouched.

    It may run beside other writers (`Session.creating`).

    Args:
        blind: take all for new without looking.

    Returns:
        Whether the others are, and have been given, as they should; if not,
        `put_given_entities` has to follow.
    """
    first = _first(entities)
    uids = {keys.entity(uid): uid for uid in first}
    stored = {} if blind else stored_entities(transaction, uids)
    new = {uid: first[name] for uid, name in uids.items() if uid not in stored}
    create_entities(transaction, [entity_row(keys, e, True, uid) for uid, e in new.items()])
    wanted = _aliases(keys, entities, first, stored)
    added = {uid: named for uid, named in wanted.items() if named[0] in new}
    create_aliases(transaction, _alias_rows(keys, added))
    as_given = all(entity.given and entity.id == uids[uid] for uid, entity in stored.items())
    return as_given and len(added) == len(wanted)


def has_no_entities(transaction: Transaction) -> bool:
    """Whether the graph is new."""
    return not transaction.rows("MATCH (e:Entity {graph: $graph}) RETURN 1 LIMIT 1")


def bears_names(transaction: Transaction) -> bool:
    """Whether any cluster may bear a given entity's name."""
    return bool(transaction.rows("MATCH (s:Surface) RETURN 1 LIMIT 1"))


def put_given_entities(transaction: Transaction, keys: Keys, entities: Sequence[Entity]) -> None:
    """Add entities. The first given name, type and description of an id stay; a later
    name becomes an alias. Names that clusters bear are queued: they may now link here.
    """
    first = _first(entities)
    stored = put_entities(transaction, keys, first.values(), given=True)
    wanted = _aliases(keys, entities, first, stored)
    if wanted:
        _put_aliases(transaction, keys, wanted)
    if bears_names(transaction):
        texts = {name_key(name) for e in entities for name in (e.name, *e.aliases)}
        named = {keys.name(text): text for text in texts}
        borne = transaction.rows(
            "UNWIND $keys AS key MATCH (:Surface {key: key}) RETURN DISTINCT key",
            keys=list(named),
        )
        touch_keys(transaction, keys, (named[row[0]] for row in borne))


def _first(entities: Iterable[Entity]) -> dict[str, Entity]:
    first: dict[str, Entity] = {}
    for entity in entities:
        first.setdefault(entity.id, entity)
    return first


def _aliases(
    keys: Keys,
    entities: Iterable[Entity],
    first: Mapping[str, Entity],
    stored: Mapping[int, StoredEntity],
) -> dict[int, tuple[int, str]]:
    """Node key of each alias -> its entity's, and the name."""
    wanted: dict[int, tuple[int, str]] = {}
    for entity in entities:
        if not entity.aliases and first[entity.id] is entity and not stored:
            continue
        uid = keys.entity(entity.id)
        before = stored.get(uid)
        own = before.name if before and before.given else first[entity.id].name
        for name in (entity.name, *entity.aliases):
            if name != own:
                wanted[keys.alias(uid, name)] = (uid, name)
    return wanted


def _alias_rows(keys: Keys, wanted: Mapping[int, tuple[int, str]]) -> list[list[Any]]:
    return [
        [entity, uid, name, keys.named(name), 0, 0, True] for uid, (entity, name) in wanted.items()
    ]


def _put_aliases(
    transaction: Transaction, keys: Keys, wanted: Mapping[int, tuple[int, str]]
) -> None:
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (a:Alias {uid: uid}) RETURN uid, a.given", uids=list(wanted)
    )
    stored: dict[int, bool] = dict(rows)
    newly = [uid for uid, given in stored.items() if not given]
    if newly:
        transaction.write(
            "UNWIND $uids AS uid MATCH (a:Alias {uid: uid}) SET a.given = true", uids=newly
        )
    absent = {uid: name for uid, name in wanted.items() if uid not in stored}
    create_aliases(transaction, _alias_rows(keys, absent))
