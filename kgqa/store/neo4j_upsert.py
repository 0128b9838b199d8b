"""Given knowledge of any size: entities by several sessions at once, triples in order.

A new graph is written about as fast as the server creates it, because what one call of
`upsert` knows of the graph it does not ask again (`Learnt`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count, islice

from kgqa.errors import StoreError
from kgqa.store.chunks import chunked
from kgqa.store.neo4j_given import (
    bears_names,
    create_given_entities,
    has_no_entities,
    put_given_entities,
)
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_relations import (
    Ends,
    create_given,
    given_between,
    mark_given,
)
from kgqa.store.neo4j_session import Session
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.neo4j_types import name_relations, stored_types
from kgqa.types import Entity, Triple

ENTITIES_BATCH = 5_000
TRIPLES_BATCH = 10_000
_SORTED = 100_000
"""Triples that are sorted by their ends together, so that a batch meets few heads."""
WRITERS = 4
"""Sessions that create entities at once."""
_REMEMBERED = 2_000_000

_UNSETTLED = """
UNWIND $uids AS uid OPTIONAL MATCH (e:Entity {uid: uid})
WITH uid, e WHERE e IS NULL OR NOT e.given RETURN uid, e IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a batch of triples tells, once it is committed; see Learnt. `alone`: nobody else
    had written since the batch before."""

    triples: Sequence[Ends]
    ends: set[int]
    new_relations: set[str]
    alone: bool
    version: int


@dataclass(slots=True)
class Learnt:
    """What a call of `upsert` knows of the graph.

    Attributes:
        ends: node keys of entities that are given; a given one stays.
        version: the graph's, once the call's last batch of triples was in.
        relations: that the graph did not have before that call, and that nobody else has
            written since: it has no triples of them but `triples`.
        triples: hashes of those that the call has written; two that meet are asked for.
    """

    ends: set[int] = field(default_factory=set)
    version: int = -1
    relations: set[str] = field(default_factory=set)
    triples: set[int] = field(default_factory=set)

    def may_be_stored(self, ends: Ends, new_relations: set[str], alone: bool) -> bool:
        """False: certainly not. True: the server has to be asked."""
        if ends[1] in new_relations:
            return False
        return not alone or ends[1] not in self.relations or hash(ends) in self.triples

    def take_in(self, batch: _Batch) -> None:
        """Remember what a batch wrote; forget all where another writer came between."""
        if not batch.alone or len(self.triples) > _REMEMBERED:
            self.relations, self.triples = set(), set()
        if len(self.ends) > _REMEMBERED:
            self.ends = set()
        self.version = batch.version
        self.relations |= batch.new_relations
        self.triples.update(hash(e) for e in batch.triples if e[1] in self.relations)
        self.ends |= batch.ends


def upsert(
    session: Session, keys: Keys, entities: Iterable[Entity], triples: Iterable[Triple]
) -> None:
    """See GraphStore; one transaction for each 5,000 entities and 10,000 triples."""
    learnt = Learnt()
    chunks = map(partial(_by_ends, keys), chunked(triples, _SORTED))
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="kgqa-neo4j") as pool:
        running = _start_entities(pool, session, keys, entities, learnt)
        first = list(islice(chunks, 1))  # sorted here while the server takes the last entities
        while running:
            _finish_one(running)
    for names, rows in chain(first, chunks):
        for batch in chunked(rows, TRIPLES_BATCH):
            work = partial(_put_triples, keys=keys, triples=batch, names=names, learnt=learnt)
            learnt.take_in(session.writing(work))


def _by_ends(keys: Keys, stated: Sequence[Triple]) -> tuple[dict[int, str], list[Ends]]:
    """Node key -> id of each end, and the triples by their ends, each once, sorted."""
    names = {keys.entity(end): end for t in stated for end in (t.head, t.tail)}
    uids = {end: uid for uid, end in names.items()}
    return names, sorted({(uids[t.head], t.relation, uids[t.tail]) for t in stated})


def _start_entities(
    pool: ThreadPoolExecutor,
    session: Session,
    keys: Keys,
    entities: Iterable[Entity],
    learnt: Learnt,
) -> dict[Future[None], set[int]]:
    """Several batches at once; one that has an entity of another waits for that one, because
    the first name of an entity stays. Those that still run, with their entities."""
    empty = session.reading(has_no_entities)
    running: dict[Future[None], set[int]] = {}
    for batch in chunked(entities, ENTITIES_BATCH):
        uids = {keys.entity(uid) for uid in {entity.id for entity in batch}}
        while len(running) >= WRITERS or any(uids & others for others in running.values()):
            _finish_one(running)
        unread = empty and not uids & learnt.ends
        running[pool.submit(_put_entities, session, keys, batch, unread)] = uids
        learnt.ends |= uids
        if len(learnt.ends) > _REMEMBERED:
            learnt.ends, empty = set(), False
    return running


def _finish_one(running: dict[Future[None], set[int]]) -> None:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        del running[future]
        future.result()


def _put_entities(session: Session, keys: Keys, batch: Sequence[Entity], unread: bool) -> None:
    """`unread`: none of them is stored, unless another writer was faster; a constraint tells,
    and the second attempt looks."""
    attempts = count()

    def create(transaction: Transaction) -> bool:
        blind = unread and next(attempts) == 0
        return create_given_entities(transaction, keys, batch, blind=blind)

    done = session.creating(create)
    # Asked after the commit: who adds a cluster from now on sees the entities.
    if not done or session.reading(bears_names):
        session.writing(lambda tx: put_given_entities(tx, keys, batch))


def _put_triples(
    transaction: Transaction,
    keys: Keys,
    triples: Sequence[Ends],
    names: Mapping[int, str],
    learnt: Learnt,
) -> _Batch:
    """Add triples between stored entities, whose ends count as given from now on.

    Args:
        triples: each once, sorted by their ends.
        names: node key -> id of each end.

    Raises:
        StoreError: an end is not an entity.
    """
    ends = {end for head, _, tail in triples for end in (head, tail)}
    _settle_ends(transaction, sorted(ends - learnt.ends), names)
    relations = {relation for _, relation, _ in triples}
    types = stored_types(transaction, keys, relations)
    new = relations - types.keys()
    alone = transaction.version == learnt.version
    asked = [e for e in triples if learnt.may_be_stored(e, new, alone)]
    there = given_between(transaction, asked)
    mark_given(transaction, [e for e, given in there.items() if not given])
    types |= name_relations(transaction, keys, new)
    create_given(transaction, types, [e for e in triples if e not in there])
    return _Batch(triples, ends, new, alone, transaction.version + transaction.changed)


def _settle_ends(transaction: Transaction, uids: Sequence[int], names: Mapping[int, str]) -> None:
    if not uids:
        return
    newly = []
    for uid, missing in transaction.rows(_UNSETTLED, uids=uids):
        if missing:
            raise StoreError(
                f"a triple's ends: expected ids of entities, got {names[uid]!r}; "
                "add the entity with the triple"
            )
        newly.append(uid)
    if newly:
        transaction.write(
            "UNWIND $uids AS uid MATCH (e:Entity {uid: uid}) SET e.given = true", uids=newly
        )
