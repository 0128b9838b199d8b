"""Opening a store by its URL: the one place that knows every backend.

A backend is imported when it is asked for, so that SQLite needs no Neo4j driver.
"""

from __future__ import annotations

from pathlib import Path

from kgqa.errors import StoreError
from kgqa.store.base import GraphStore


def open_store(url: str, ontology: Path | None = None) -> GraphStore:
    """Open the store at `url`, making it where it does not exist.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db`, or `neo4j://host:7687/database`
            (also `bolt`, and `+s` for TLS) with user and password in `KGQA_NEO4J_USER` and
            `KGQA_NEO4J_PASSWORD`; `?graph=NAME` tells several graphs of a database apart.
        ontology: the YAML file whose identifiers name the relationship types that a Neo4j
            graph gets for new relations; None takes the packaged one.

    Raises:
        StoreError: the scheme is unknown, the file is not a kgqa store, or it was written
            by a newer kgqa (the file is left untouched); the server cannot be reached,
            refuses the password, lacks the database or the schema, or is too old.
    """
    scheme, separator, _ = url.partition("://")
    if scheme == "sqlite" and separator:
        from kgqa.store.sqlite import SqliteStore

        return SqliteStore.open(url)
    if scheme.partition("+")[0] in ("neo4j", "bolt") and separator:
        from kgqa.store.neo4j import Neo4jStore

        return Neo4jStore.open(url, ontology)
    raise StoreError(
        f"store {url!r}: expected sqlite:///PATH or neo4j://HOST:PORT/DATABASE, got "
        f"{f'scheme {scheme!r}' if separator else 'no scheme'}; pass --store sqlite:///kgqa.db "
        "or set KGQA_STORE"
    )
