"""`kgqa export --format neo4j-csv`, loaded by Neo4j's own import tool."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from pathlib import Path

import pytest
from server import LTS, OPENED, PASSWORD, NoServerError, Server, jars, java_for

from kgqa.store.base import GraphStore, open_store
from kgqa.store.export import export
from kgqa.store.export_neo4j import NODES, RELATIONSHIPS, import_arguments
from kgqa.store.neo4j import prepare
from kgqa.types import Entity, Triple

ENTITIES = [
    Entity("a", "person", "Ada", ("Countess", 'of "Lovelace"'), "a, b; c"),
    Entity("b", "location", "London\nTown"),
    Entity("c", "work of art", "`) DETACH DELETE n //"),
]
TRIPLES = [
    Triple("a", "P19", "b"),
    Triple("a", "born in", "b"),
    Triple("b", "born_in", "c"),
    Triple("c", "\u4e2d\u6587", "a"),
]


@pytest.fixture
def plain(tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_store(f"sqlite:///{tmp_path / 'plain.db'}") as store:
        store.upsert(ENTITIES, TRIPLES)
        yield store


def test_headers_and_rows_fit(plain: GraphStore, tmp_path: Path) -> None:
    written = export(plain, tmp_path / "bulk", "neo4j-csv")
    assert {path.name for path in written} == {*NODES, *RELATIONSHIPS}
    ids: dict[str, set[str]] = {}
    for name in NODES:
        with open(tmp_path / "bulk" / name, newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
        (space,) = re.findall(r":ID\((\w+)\)", header[0])
        assert header[1] == ":LABEL"
        assert all(len(row) == len(header) for row in rows)
        assert all(re.fullmatch(r"\w+(;\w+)*", row[1]) for row in rows)
        ids[space] = {row[0] for row in rows}
        assert len(ids[space]) == len(rows)
    for name in RELATIONSHIPS:
        with open(tmp_path / "bulk" / name, newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
        spaces = [re.findall(r"ID\((\w+)\)", header[at])[0] for at in (0, 2)]
        assert header[1] == ":TYPE"
        for row in rows:
            assert row[0] in ids[spaces[0]]
            assert row[2] in ids[spaces[1]]
            assert re.fullmatch("[A-Z][A-Z0-9_]*", row[1])


def test_neo4js_import_tool_loads_it(
    plain: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = os.environ.get("KGQA_TEST_NEO4J_VERSION") or LTS
    export(plain, tmp_path / "bulk", "neo4j-csv")
    server = Server(version, tmp_path / "home")
    try:
        library, java = jars(version), java_for(version)
    except NoServerError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs Neo4j: {error}")
        pytest.skip(str(error))
    server.configure()
    command = [str(java), "-Xmx512m", *OPENED, "-cp", str(library / "*")]
    command += [
        "org.neo4j.cli.AdminTool",
        "database",
        "import",
        "full",
        "neo4j",
        *import_arguments(tmp_path / "bulk"),
    ]
    home = {"NEO4J_HOME": str(server.home), "NEO4J_CONF": str(server.home / "conf")}
    done = subprocess.run(
        command,
        env={**os.environ, **home},
        cwd=tmp_path,  # where the tool leaves its report
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.setenv("KGQA_NEO4J_USER", "neo4j")
    monkeypatch.setenv("KGQA_NEO4J_PASSWORD", PASSWORD)
    server.start()
    try:
        prepare(server.url)
        with open_store(server.url) as store:
            assert store.stats() == plain.stats()
            assert list(store.all_entities()) == list(plain.all_entities())
            store.upsert(ENTITIES, TRIPLES)
            assert store.stats() == plain.stats()
    finally:
        server.stop()
