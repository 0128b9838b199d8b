"""Given triples, batch after batch: while the server commits one, it creates the next.

Writers of a graph take turns, so that no two of them create the same triple. What one call
knows of the graph it does not ask again (`Learnt`), and a batch of which nothing has to be
asked is created ahead of its turn, beside the batch before it. It is committed only if nobody
else has written since that batch; otherwise the server forgets it, and it is written in turn
like any other. Neo4j lets two transactions create relationships of the same entities: the
locks that exclude each other are taken when they commit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from kgqa.errors import StoreError
from kgqa.store.chunks import chunked
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_relations import Ends, create_given, given_between, mark_given
from kgqa.store.neo4j_session import Session
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.neo4j_types import name_relations, stored_types
from kgqa.types import Triple

TRIPLES_BATCH = 10_000
_AT_ONCE = 2
"""Batches that are written at once: one commits, the next is created."""
_PATIENCE = 30.0
"""Seconds that a batch created ahead waits for the one before it. The server does not see that
it waits: what another program locks could otherwise hold all three up for ever."""
REMEMBERED = 2_000_000
"""Entities and triples that a call keeps in mind."""
_UNSETTLED = """
UNWIND $uids AS uid OPTIONAL MATCH (e:Entity {uid: uid})
WITH uid, e WHERE e IS NULL OR NOT e.given RETURN uid, e IS NULL
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of triples tells, once it is committed; see Learnt.

    Attributes:
        types: relationship types of the relations that the graph did not have before.
        alone: nobody else had written since the batch before.
        version: the graph's, once it was in.
    """

    triples: Sequence[Ends]
    ends: set[int]
    types: Mapping[str, str]
    alone: bool
    version: int


@dataclass(slots=True)
class Learnt:
    """What a call of `upsert` knows of the graph.

    Attributes:
        ends: node keys of entities that are given; a given one stays.
        version: the graph's, once the call's last batch of triples was in.
        types: relationship types of the relations that the graph did not have before that
            call, and that nobody else has written since: it has no triples of them but
            `triples`.
        triples: hashes of those that the call has written, or is writing; two that meet are
            asked for.
    """

    ends: set[int] = field(default_factory=set)
    version: int = -1
    types: dict[str, str] = field(default_factory=dict)
    triples: set[int] = field(default_factory=set)

    def may_be_stored(self, ends: Ends, new_relations: set[str], alone: bool) -> bool:
        """False: certainly not. True: the server has to be asked."""
        if ends[1] in new_relations:
            return False
        return not alone or ends[1] not in self.types or hash(ends) in self.triples

    def knows(self, triples: Sequence[Ends]) -> bool:
        """Whether these are certainly not stored, but their ends are, as long as nobody else
        writes."""
        return all(
            head in self.ends and tail in self.ends and relation in self.types
            for head, relation, tail in triples
        ) and self.triples.isdisjoint(map(hash, triples))

    def expect(self, triples: Sequence[Ends]) -> None:
        """Take triples of known relations for written."""
        self.triples.update(map(hash, triples))

    def take_in(self, batch: Batch) -> None:
        """Remember what a batch wrote; forget all where another writer came between."""
        if not batch.alone or len(self.triples) > REMEMBERED:
            self.types, self.triples = {}, set()
        if len(self.ends) > REMEMBERED:
            self.ends = set()
        self.version = batch.version
        self.types |= batch.types
        self.expect([ends for ends in batch.triples if ends[1] in self.types])
        self.ends |= batch.ends


class _OvertakenError(Exception):
    """Another writer was faster than a batch that was created ahead of its turn."""


def sorted_by_ends(keys: Keys, stated: Sequence[Triple]) -> tuple[dict[int, str], list[Ends]]:
    """Node key -> id of each end, and the triples by their ends, each once, sorted."""
    names = {keys.entity(end): end for t in stated for end in (t.head, t.tail)}
    uids = {end: uid for uid, end in names.items()}
    return names, sorted({(uids[t.head], t.relation, uids[t.tail]) for t in stated})


def put_triples(
    session: Session,
    keys: Keys,
    chunks: Iterable[tuple[Mapping[int, str], Sequence[Ends]]],
    learnt: Learnt,
) -> None:
    """Write triples, one transaction for each 10,000.

    Args:
        chunks: see `sorted_by_ends`.

    Raises:
        StoreError: an end is not an entity; the batches before it are written.
    """
    running: deque[Future[Batch]] = deque()

    def finish(left: int) -> None:
        while len(running) > left:
            learnt.take_in(running.popleft().result())

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="kgqa-neo4j") as pool:
        for names, rows in chunks:
            for triples in chunked(rows, TRIPLES_BATCH):
                finish(_AT_ONCE - 1)
                if learnt.knows(triples):
                    before = running[-1] if running else None
                    write = partial(_ahead, session, keys, triples, names)
                    types = dict(learnt.types)
                    running.append(pool.submit(write, types, learnt.version, before))
                    learnt.expect(triples)
                else:
                    finish(0)
                    work = partial(_put, keys=keys, triples=triples, names=names, learnt=learnt)
                    learnt.take_in(session.writing(work))
        finish(0)


def _ahead(
    session: Session,
    keys: Keys,
    triples: Sequence[Ends],
    names: Mapping[int, str],
    types: Mapping[str, str],
    version: int,
    before: Future[Batch] | None,
) -> Batch:
    """Create triples of which nothing has to be asked, beside the batch before them.

    Args:
        version: the graph's, where no batch is before them.
    """

    def create(transaction: Transaction) -> Batch:
        create_given(transaction, types, triples)
        try:
            batch = None if before is None else before.result(_PATIENCE)
        except TimeoutError:
            raise _OvertakenError from None
        transaction.take_turn()
        expected = version if batch is None else batch.version
        if transaction.version != expected or (batch is not None and not batch.alone):
            raise _OvertakenError
        return Batch((), set(), {}, True, expected + 1)  # `expect` has its triples

    try:
        return session.creating(create)
    except _OvertakenError:
        work = partial(_put, keys=keys, triples=triples, names=names, learnt=Learnt())
        return session.writing(work)


def _put(
    transaction: Transaction,
    keys: Keys,
    triples: Sequence[Ends],
    names: Mapping[int, str],
    learnt: Learnt,
) -> Batch:
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
    named = name_relations(transaction, keys, new)
    create_given(transaction, types | named, [e for e in triples if e not in there])
    return Batch(triples, ends, named, alone, transaction.version + transaction.changed)


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
