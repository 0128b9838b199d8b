"""`neo4j://host:7687/database?graph=NAME`: where a graph is, and who asks."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from kgqa.errors import StoreError

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_PORT = 7687
_DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,62}")


@dataclass(frozen=True, slots=True)
class Address:
    """`server` is the driver's URI; `graph` names one of the graphs of the database, empty
    the only one."""

    server: str
    database: str
    graph: str


def address_of(url: str) -> Address:
    """Raises StoreError when `url` is not `neo4j://host:port/database`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORT
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError as error:
        raise _unusable(url, str(error)) from error
    database = unquote(parts.path.removeprefix("/")) or "neo4j"
    if parts.scheme not in SCHEMES or not host:
        raise _unusable(url, "no host")
    if parts.username or parts.password:
        raise StoreError(
            f"store at {host!r}: expected no user or password in the URL, which ends in logs; "
            "set KGQA_NEO4J_USER and KGQA_NEO4J_PASSWORD"
        )
    if not _DATABASE.fullmatch(database):
        raise _unusable(url, f"the database name {database!r}")
    if set(options) - {"graph"} or len(options.get("graph", [""])) != 1:
        raise _unusable(url, f"the options {parts.query!r}")
    shown = f"[{host}]" if ":" in host else host
    return Address(f"{parts.scheme}://{shown}:{port}", database, options.get("graph", [""])[0])


def _unusable(url: str, came: str) -> StoreError:
    return StoreError(
        f"store {url!r}: expected neo4j://HOST:PORT/DATABASE, optionally ?graph=NAME, got {came}"
    )


def credentials() -> tuple[str, str]:
    """User and password, from KGQA_NEO4J_USER (default `neo4j`) and KGQA_NEO4J_PASSWORD.

    Raises:
        StoreError: there is no password.
    """
    user = os.environ.get("KGQA_NEO4J_USER") or "neo4j"
    password = os.environ.get("KGQA_NEO4J_PASSWORD")
    if not password:
        raise StoreError(
            f"Neo4j: expected the password of user {user!r} in the environment variable "
            "KGQA_NEO4J_PASSWORD, got none; set it"
        )
    return user, password
