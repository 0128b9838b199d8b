"""Given knowledge (an imported graph), batch by batch, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from kgqa.errors import StoreError
from kgqa.names import name_key
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_links import create_aliases, put_entities
from kgqa.store.neo4j_relations import (
    Ends,
    create,
    given_properties,
    mark_given,
    stated_between,
)
from kgqa.store.neo4j_session import Transaction
from kgqa.store.neo4j_write import touch_keys
from kgqa.types import Entity, Triple


def put_given_entities(transaction: Transaction, keys: Keys, entities: Sequence[Entity]) -> None:
    """Add entities. The first given name, type and description of an id stay; a later
    name becomes an alias. Names that clusters bear are queued: they may now link here.
    """
    first: dict[str, Entity] = {}
    for entity in entities:
        first.setdefault(entity.id, entity)
    stored = put_entities(transaction, keys, first.values(), given=True)
    wanted: dict[int, tuple[int, str]] = {}
    for entity in entities:
        uid = keys.entity(entity.id)
        before = stored.get(uid)
        own = before.name if before and before.given else first[entity.id].name
        for name in (entity.name, *entity.aliases):
            if name != own:
                wanted[keys.alias(uid, name)] = (uid, name)
    if wanted:
        _put_aliases(transaction, keys, wanted)
    if transaction.rows("MATCH (s:Surface) RETURN 1 LIMIT 1"):
        texts = {name_key(name) for e in entities for name in (e.name, *e.aliases)}
        named = {keys.name(text): text for text in texts}
        borne = transaction.rows(
            "UNWIND $keys AS key MATCH (:Surface {key: key}) RETURN DISTINCT key",
            keys=list(named),
        )
        touch_keys(transaction, keys, (named[row[0]] for row in borne))


def _put_aliases(transaction: Transaction, keys: Keys, wanted: dict[int, tuple[int, str]]) -> None:
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (a:Alias {uid: uid}) RETURN uid, a.given", uids=list(wanted)
    )
    stored: dict[int, bool] = dict(rows)
    newly = [uid for uid, given in stored.items() if not given]
    if newly:
        transaction.write(
            "UNWIND $uids AS uid MATCH (a:Alias {uid: uid}) SET a.given = true", uids=newly
        )
    create_aliases(
        transaction,
        [
            [entity, uid, name, keys.named(name), 0, 0, True]
            for uid, (entity, name) in wanted.items()
            if uid not in stored
        ],
    )


def put_given_triples(transaction: Transaction, keys: Keys, triples: Sequence[Triple]) -> None:
    """Add triples between stored entities, whose ends count as given from now on.

    Raises:
        StoreError: an end is not an entity.
    """
    if not triples:
        return
    ends = {end: keys.entity(end) for t in triples for end in (t.head, t.tail)}
    _mark_ends(transaction, ends)
    wanted: list[Ends] = sorted({(ends[t.head], t.relation, ends[t.tail]) for t in triples})
    there = stated_between(transaction, ((head, tail) for head, _, tail in wanted))
    mark_given(transaction, {e: there[e] for e in wanted if e in there and not there[e].given})
    properties = {relation: given_properties(relation) for relation in {e[1] for e in wanted}}
    create(transaction, keys, [(e, properties[e[1]]) for e in wanted if e not in there])


def _mark_ends(transaction: Transaction, ends: dict[str, int]) -> None:
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (e:Entity {uid: uid}) RETURN uid, e.given",
        uids=list(ends.values()),
    )
    stored: dict[int, bool] = dict(rows)
    for end, uid in ends.items():
        if uid not in stored:
            raise StoreError(
                f"a triple's ends: expected ids of entities, got {end!r}; "
                "add the entity with the triple"
            )
    newly = [uid for uid, given in stored.items() if not given]
    if newly:
        transaction.write(
            "UNWIND $uids AS uid MATCH (e:Entity {uid: uid}) SET e.given = true", uids=newly
        )
