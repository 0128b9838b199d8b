"""The ingest flow into a real Neo4j: the graph that SQLite has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.ingest import ingest
from kgqa.store.open import open_store


@pytest.mark.usefixtures("tiny_settings")
def test_the_flow_writes_the_same_graph_into_neo4j(
    folder: Path, tmp_path: Path, new_neo4j_url: Callable[[], str]
) -> None:
    neo4j, sqlite = new_neo4j_url(), f"sqlite:///{tmp_path}/flow.db"
    assert ingest([str(folder)], store=neo4j)["added"] == 12
    assert ingest([str(folder)], store=sqlite)["added"] == 12
    assert ingest([str(folder)], store=neo4j)["unchanged"] == 12
    (folder / "note0003.txt").unlink()
    assert [ingest([str(folder)], store=url)["retired"] for url in (neo4j, sqlite)] == [1, 1]
    with open_store(neo4j) as one, open_store(sqlite) as other:
        assert one.stats() == other.stats()
