"""Connections to a Neo4j server, and its transactions, in kgqa's terms.

Writers of one graph take turns: each first takes the lock of the graph's `Graph` node, and
so sees all that those before it wrote. Who only creates nodes that were not there may write
beside the others (`creating`): the uniqueness constraints refuse the second of two equal
nodes, and its writer then looks again. A deadlock, a server that restarts, and a leader that
moves are waited out by the driver's managed transactions, in which all can run again
(https://neo4j.com/docs/python-manual/current/transactions/). A statement that only reads is
first sent without one, which is one round trip.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConstraintError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from kgqa.errors import StoreError
from kgqa.store.neo4j_address import Address
from kgqa.store.neo4j_transaction import Taken, Transaction, runner, taken, version_of

T = TypeVar("T")

RETRY_SECONDS = 90.0
"""For how long a transaction is tried again: a server needs up to a minute to restart."""
_CONNECT_SECONDS = 10.0
_FETCH = 10_000
_OLDEST = (5, 26)
_ATTEMPTS = 3
_UNSTEADY_READS = 3

# The server's remarks on plans and on deprecated syntax are no business of a user's.
logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)


class Session:
    """A driver and the graph it works on; may be shared by threads."""

    def __init__(self, address: Address, auth: tuple[str, str], place: str, graph: int) -> None:
        """Connect.

        Raises:
            StoreError: the host cannot be reached, refuses the password, lacks the database
                or is older than 5.26.
        """
        self._place = place
        self._database = address.database
        self._graph = graph
        self._closed = False
        with self._translated():
            self._driver = neo4j.GraphDatabase.driver(
                address.server,
                auth=auth,
                connection_timeout=_CONNECT_SECONDS,
                max_transaction_retry_time=RETRY_SECONDS,
                connection_acquisition_timeout=RETRY_SECONDS,
                notifications_min_severity="OFF",
                fetch_size=_FETCH,
                user_agent="kgqa",
            )
        try:
            with self._translated():
                self._agent = self._server()
            self._check_version()
        except BaseException:
            self._driver.close()
            raise

    def _server(self) -> str:
        """Name and version, asked in the database itself; no retries, so that what cannot be
        reached at the start is told at once."""
        with self._session("READ") as session:
            return str(session.run("RETURN 1").consume().server.agent)

    def _check_version(self) -> None:
        version = self.server_version()
        if version < _OLDEST:
            raise StoreError(
                f"store {self._place}: expected Neo4j 5.26 or newer, got {self._agent}; "
                "upgrade the server, or use sqlite:///kgqa.db"
            )

    def server_version(self) -> tuple[int, int]:
        """(5, 26) or (2026, 8)."""
        numbers = self._agent.rpartition("/")[2].split(".")
        try:
            return int(numbers[0]), int(numbers[1])
        except (ValueError, IndexError):
            return (0, 0)

    def close(self) -> None:
        """Let go of the server."""
        self._closed = True
        self._driver.close()

    def reading(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, each statement of it on its own: one round trip, and a managed transaction
        where the server asks for another try.

        On one server this shows what one transaction would: Neo4j reads what is committed when
        each statement runs.

        Raises:
            StoreError: the server failed, or the store is closed.
        """
        with self._translated():
            return work(Transaction(self._run_alone, self._graph))

    def _run_alone(self, cypher: str, parameters: dict[str, Any]) -> Taken:
        with self._session("READ") as session:
            try:
                return taken(session.run(cypher, parameters))
            except (Neo4jError, DriverError) as error:
                if not error.is_retryable():
                    raise
            return session.execute_read(lambda tx: runner(tx)(cypher, parameters))

    def steady(self, work: Callable[[Transaction], T]) -> T:
        """As `reading`, of one state: again where another writer came between statements."""

        def once(transaction: Transaction) -> tuple[bool, T]:
            before = version_of(transaction)
            result = work(transaction)
            return version_of(transaction) == before, result

        for _ in range(_UNSTEADY_READS):
            with self._translated(), self._session("READ") as session:
                settled, result = session.execute_read(
                    lambda tx: once(Transaction(runner(tx), self._graph))
                )
            if settled:
                return result
        return self.writing(work)  # the writers wait meanwhile; `work` changes nothing

    def writing(self, work: Callable[[Transaction], T]) -> T:
        """All or nothing, one writer of the graph at a time; raises the graph's version if
        anything was written. `work` may run several times, and then finds its own commit.

        Raises:
            StoreError: as `reading`, or the text to write is not Unicode.
        """

        def in_turn(transaction: Transaction) -> T:
            transaction.take_turn()
            return work(transaction)

        return self._written(in_turn)

    def creating(self, work: Callable[[Transaction], T]) -> T:
        """As `writing`, but beside other writers: for work that creates nodes that are not
        there, each known by its `uid`, and changes nothing else; or that takes its turn
        itself, and raises where another writer was faster than what it took for granted. It
        waits for its turn only to raise the graph's version.
        """
        return self._written(work)

    def _written(self, work: Callable[[Transaction], T]) -> T:
        def once(tx: neo4j.ManagedTransaction) -> T:
            transaction = Transaction(runner(tx), self._graph)
            result = work(transaction)
            transaction.raise_version()
            return result

        with self._translated(), self._session("WRITE") as session:
            for attempt in range(_ATTEMPTS):
                try:
                    return session.execute_write(once)
                except (IncompleteCommit, ConstraintError):
                    # The connection broke while the server committed: done, or not at all.
                    # Or another writer has created the same node: now it can be seen.
                    if attempt == _ATTEMPTS - 1:
                        raise
        raise AssertionError("unreachable")

    def statement(self, cypher: str, **parameters: Any) -> list[list[Any]]:
        """One statement in a transaction of its own, such as a change of the schema."""
        with self._translated(), self._session("WRITE") as session:
            result = session.run(cypher, {"graph": self._graph, **parameters})
            return [record.values() for record in result]

    def _session(self, mode: str) -> neo4j.Session:
        self._check_open()
        return self._driver.session(database=self._database, default_access_mode=mode)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"store {self._place}: expected an open store, it was closed")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (Neo4jError, DriverError, ConfigurationError) as error:
            raise self._store_error(error) from error
        except UnicodeEncodeError as error:
            raise StoreError(
                f"store {self._place}: expected Unicode text, got half of a surrogate pair in "
                f"{str(error.object)[:40]!r}; write the character itself or both halves"
            ) from error

    def _store_error(self, error: Exception) -> StoreError:
        said = " ".join(str(error).split())[:300]
        code = getattr(error, "code", "") or ""
        if isinstance(error, AuthError):
            why = "refused the user or password; correct KGQA_NEO4J_USER and KGQA_NEO4J_PASSWORD"
        elif "DatabaseNotFound" in code or "DatabaseNotFound" in said:
            why = (
                f"has no database {self._database!r}; expected an existing one "
                "(Neo4j Community has `neo4j` only)"
            )
        elif isinstance(error, ServiceUnavailable | SessionExpired):
            why = f"cannot be reached ({said}); expected a running Neo4j, check host and port"
        elif isinstance(error, ClientError) and "CredentialsExpired" in code:
            why = "wants its first password changed; set one with `ALTER CURRENT USER`"
        else:
            why = f"failed: {said}"
        return StoreError(f"store {self._place}: the server {why}")
