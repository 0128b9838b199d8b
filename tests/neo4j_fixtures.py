"""One Neo4j server a test session, and a fresh graph in it wherever a test asks for one.

`KGQA_TEST_NEO4J` names a running server (`neo4j://host:7687/neo4j`, with KGQA_NEO4J_USER and
KGQA_NEO4J_PASSWORD); else one is started from Maven Central's jars, of the version in
KGQA_TEST_NEO4J_VERSION. Where neither can be had the tests skip; in CI (CI=true) they fail.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "neo4j"))


@pytest.fixture(scope="session")
def neo4j_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that has kgqa's schema, and the credentials in the environment."""
    from server import LTS, PASSWORD, NoServerError, Server

    from kgqa.store.neo4j import prepare

    named = os.environ.get("KGQA_TEST_NEO4J")
    if named:
        prepare(named)
        yield named
        return
    version = os.environ.get("KGQA_TEST_NEO4J_VERSION") or LTS
    started = Server(version, tmp_path_factory.mktemp("neo4j"))
    try:
        started.start()
    except NoServerError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs Neo4j: {error}")
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGQA_NEO4J_USER", "neo4j")
        patch.setenv("KGQA_NEO4J_PASSWORD", PASSWORD)
        try:
            prepare(started.url)
            yield started.url
        finally:
            started.stop()


@pytest.fixture
def new_neo4j_url(neo4j_url: str) -> Callable[[], str]:
    """Names one more graph of the server at each call."""
    return lambda: f"{neo4j_url}?graph={uuid.uuid4().hex}"
