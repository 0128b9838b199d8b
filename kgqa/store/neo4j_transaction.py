"""Statements on a Neo4j server, in a transaction or each in one of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

Taken = tuple[list[list[Any]], neo4j.ResultSummary]
"""All rows of a result, and what the server says of it."""
Run = Callable[[str, dict[str, Any]], Taken]


class Transaction:
    """Statements over one graph, whose key they know as `$graph`.

    `version` is the graph's at the start of a writer's turn, which it keeps until it commits.

    Args:
        run: runs a statement with its parameters.
    """

    def __init__(self, run: Run, graph: int) -> None:
        self._run = run
        self._graph = graph
        self.changed = False
        self.version = 0

    def take_turn(self) -> None:
        """Wait until no other writer of the graph is at work."""
        rows = self.rows("MATCH (g:Graph {uid: $graph}) SET g.lock = true RETURN g.version")
        self.version = int(rows[0][0]) if rows else 0

    def raise_version(self) -> None:
        """The graph's version rises by one if anything was written."""
        if self.changed:
            self.rows("MATCH (g:Graph {uid: $graph}) SET g.version = g.version + 1")

    def rows(self, cypher: str, **parameters: Any) -> list[list[Any]]:
        """All rows of a statement that only reads."""
        return self._run(cypher, {"graph": self._graph, **parameters})[0]

    def write(self, cypher: str, **parameters: Any) -> list[list[Any]]:
        """All rows of a statement; remembers whether it changed anything."""
        rows, summary = self._run(cypher, {"graph": self._graph, **parameters})
        self.changed |= summary.counters.contains_updates
        return rows


def runner(transaction: neo4j.ManagedTransaction) -> Run:
    """Runs statements in one transaction.

    A statement that fails ends it here. The driver (6.4) hands the connection back to its pool
    at once, but would still roll back over it when the error reaches the session: by then
    another thread may be at work on that connection, and would lose its transaction or hang.
    """

    def run(cypher: str, parameters: dict[str, Any]) -> Taken:
        try:
            return taken(transaction.run(cypher, parameters))
        except (Neo4jError, DriverError):
            transaction._closed_flag = True
            raise

    return run


def taken(result: neo4j.Result) -> Taken:
    """Fetch a result to its end."""
    rows = [record.values() for record in result]
    return rows, result.consume()


def version_of(transaction: Transaction) -> int:
    """The graph's version; 0 where the graph is not there."""
    rows = transaction.rows("MATCH (g:Graph {uid: $graph}) RETURN g.version")
    return int(rows[0][0]) if rows else 0
