"""Opening a graph on a Neo4j server, and preparing a database for graphs."""

from __future__ import annotations

from kgqa.store.neo4j_address import address_of, credentials
from kgqa.store.neo4j_ddl import DEFAULT_WIDTH, apply_schema, check_schema
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_session import Session


def connect(url: str) -> Session:
    """A session with the server and graph that `url` names.

    Raises:
        StoreError: as `open_store`.
    """
    address = address_of(url)
    return Session(address, credentials(), url, Keys(address.graph).graph)


def prepare(url: str, width: int = DEFAULT_WIDTH) -> list[str]:
    """Make the constraints and indexes that are missing; their names.

    Raises:
        StoreError: as `open_store`.
    """
    session = connect(url)
    try:
        return apply_schema(session, width)
    finally:
        session.close()


def open_graph(url: str) -> Session:
    """A session with the graph, which is made where it does not exist.

    Raises:
        StoreError: as `open_store`.
    """
    session = connect(url)
    try:
        check_schema(session, url)
        session.statement(
            "MERGE (g:Graph {uid: $graph}) "
            "ON CREATE SET g.version = 0, g.assigned = 0, g.name = $name",
            name=address_of(url).graph,
        )
    except BaseException:
        session.close()
        raise
    return session
