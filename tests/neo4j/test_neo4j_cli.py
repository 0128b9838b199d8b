"""`kgqa schema apply`, `kgqa copy` and the store's verbs over a Neo4j URL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kgqa.cli.main import main


def test_import_copy_and_back(
    new_neo4j_url: Callable[[], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    triples = tmp_path / "t.txt"
    triples.write_text("Ada|born in|London\nAda|knows|Charles\n")
    server, plain = new_neo4j_url(), f"sqlite:///{tmp_path / 'g.db'}"

    def run(*words: str) -> dict[str, object]:
        assert main([*words, "--json"]) == 0
        return dict(json.loads(capsys.readouterr().out))

    assert run("schema", "apply", "--store", server) == {"store": server, "made": []}
    run("import", str(triples), "--store", server)
    stats = run("stats", "--store", server)
    assert (stats["entities"], stats["triples"]) == (3, 2)
    copied = run("copy", "--from", server, "--to", plain)
    assert copied["digest"] == stats["digest"] == run("stats", "--store", plain)["digest"]


def test_a_server_that_is_not_there_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KGQA_NEO4J_PASSWORD", raising=False)
    assert main(["stats", "--store", "neo4j://127.0.0.1:1/neo4j"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "KGQA_NEO4J_PASSWORD" in said
