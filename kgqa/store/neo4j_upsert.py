"""Given knowledge of any size: entities by several sessions at once, triples in order.

A new graph is written about as fast as the server creates it, because what one call of
`upsert` knows of the graph it does not ask again (`Learnt`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from itertools import chain, count, islice

from kgqa.store.chunks import chunked
from kgqa.store.neo4j_given import (
    bears_names,
    create_given_entities,
    has_no_entities,
    put_given_entities,
)
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_session import Session
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.neo4j_triples import REMEMBERED, Learnt, put_triples, sorted_by_ends
from kgqa.types import Entity, Triple

ENTITIES_BATCH = 5_000
_SORTED = 100_000
"""Triples that are sorted by their ends together, so that a batch meets few heads."""
WRITERS = 4
"""Sessions that create entities at once."""


def upsert(
    session: Session, keys: Keys, entities: Iterable[Entity], triples: Iterable[Triple]
) -> None:
    """See GraphStore; one transaction for each 5,000 entities and 10,000 triples."""
    learnt = Learnt()
    chunks = map(partial(sorted_by_ends, keys), chunked(triples, _SORTED))
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="kgqa-neo4j") as pool:
        running = _start_entities(pool, session, keys, entities, learnt)
        first = list(islice(chunks, 1))  # sorted here while the server takes the last entities
        while running:
            _finish_one(running)
    put_triples(session, keys, chain(first, chunks), learnt)


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
        if len(learnt.ends) > REMEMBERED:
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
