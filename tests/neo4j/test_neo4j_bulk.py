"""`kgqa export --format neo4j-csv`, loaded by Neo4j's own import tool."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from server import LTS, OPENED, PASSWORD, NoServerError, Server, jars, java_for
from store_samples import CITY, CURIE, MARIE, REPORT, extraction, put, resolve_by_name, snapshot

from kgqa.errors import KgqaError
from kgqa.store.base import GraphStore
from kgqa.store.export import export
from kgqa.store.neo4j import Neo4jStore, prepare
from kgqa.store.neo4j_bulk_files import ARGUMENTS, ARRAY_DELIMITER, NODES, RELATIONSHIPS
from kgqa.store.neo4j_ddl import DEFAULT_WIDTH
from kgqa.store.open import open_store
from kgqa.store.records import Vectors
from kgqa.types import Entity, Extraction, Triple

ENTITIES = [
    Entity("a", "person", "Ada", ("Countess", 'of "Lovelace"', "Ada;Byron"), "a, b; c"),
    Entity("b", "location", "London\nTown"),
    Entity("c", "work of art", "`) DETACH DELETE n //"),
    Entity("g", "person", "Marie Curie", ("Maria",)),
]
TRIPLES = [
    Triple("a", "P19", "b"),
    Triple("a", "born in", "b"),
    Triple("b", "born_in", "c"),
    Triple("c", "\u4e2d\u6587", "a"),
    Triple(MARIE, "P19", "b"),
]
ODD = extraction(
    "odd.txt",
    'A "quoted; name" and a\x1fcontrol\x1bone, a\\slash.\nEmpty of names.',
    [['"quoted; name"'], ["a\x1fcontrol\x1bone", "a\\slash"]],
    [('"quoted; name"', "P1", "a\x1fcontrol\x1bone")],
)
WAITING = extraction("new.txt", "Ada Byron met Marie Curie.", [["Ada Byron"], ["Marie Curie"]])


def directed(made: Extraction) -> Vectors:
    """Unit vectors of the width that the vector index takes: [n_passages, 384]."""
    seed = sum(made.document.text.encode())
    drawn = np.random.default_rng(seed).normal(size=(len(made.passages), DEFAULT_WIDTH))
    unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return np.asarray(unit, dtype=np.float32)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[GraphStore]:
    with open_store(f"sqlite:///{tmp_path / 'plain.db'}") as store:
        for made in (CURIE, CITY, ODD, REPORT):
            store.replace_document(made, directed(made))
        resolve_by_name(store)
        store.upsert(ENTITIES, TRIPLES)
        store.replace_document(WAITING, directed(WAITING))  # its names are still in the queue
        yield store


def test_headers_and_rows_fit(plain: GraphStore, tmp_path: Path) -> None:
    written = export(plain, tmp_path / "bulk", "neo4j-csv")
    assert {path.name for path in written} == {*NODES, *RELATIONSHIPS, ARGUMENTS}
    ids: dict[str, set[str]] = {}
    for name in NODES:
        with open(tmp_path / "bulk" / name, newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
        (space,) = re.findall(r":ID\((\w+)\)", header[0])
        assert header[1] == ":LABEL"
        assert rows
        assert all(len(row) == len(header) for row in rows)
        assert all(re.fullmatch(rf"\w+({ARRAY_DELIMITER}\w+)*", row[1]) for row in rows)
        ids[space] = {row[0] for row in rows}
        assert len(ids[space]) == len(rows)
    for name in RELATIONSHIPS:
        with open(tmp_path / "bulk" / name, newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
        spaces = [re.findall(r"ID\((\w+)\)", header[at])[0] for at in (0, 2)]
        assert header[1] == ":TYPE"
        assert rows
        for row in rows:
            assert row[0] in ids[spaces[0]]
            assert row[2] in ids[spaces[1]]
            assert re.fullmatch("[A-Z][A-Z0-9_]*", row[1])


def test_a_mention_that_the_files_cannot_hold_is_named(plain: GraphStore, tmp_path: Path) -> None:
    name = f"A{ARRAY_DELIMITER}B"
    bad = extraction("bad.txt", f"This is {name}.", [[name]])
    plain.replace_document(bad, directed(bad))
    with pytest.raises(KgqaError, match="U\\+FDD0"):
        export(plain, tmp_path / "bulk", "neo4j-csv")
    assert list((tmp_path / "bulk").iterdir()) == []


@pytest.mark.parametrize("content", ["text", "nothing"])
def test_neo4js_import_tool_loads_it(
    plain: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("KGQA_NEO4J_USER", "neo4j")
    monkeypatch.setenv("KGQA_NEO4J_PASSWORD", PASSWORD)
    if content == "nothing":
        for document in list(plain.documents()):
            plain.delete_document(document.id)
        resolve_by_name(plain)
    else:
        # A value that does not fit into the tool's buffer of 4 MB.
        long = extraction("long.txt", "Long." + "\n" * 4_200_000, [["Long"]])
        long = replace(long, clusters=(replace(long.clusters[0], mentions=()),))
        plain.replace_document(long, directed(long))
    server = imported(plain, tmp_path)
    try:
        prepare(server.url)
        with Neo4jStore.open(server.url) as store:
            assert replace(snapshot(store), searched=[]) == replace(snapshot(plain), searched=[])
            assert store.pending_keys() == plain.pending_keys()
            if content == "text":
                asks_and_lives_on(store, plain)
            store.upsert(ENTITIES, TRIPLES)
            assert store.stats() == plain.stats()
    finally:
        server.stop()


def asks_and_lives_on(store: Neo4jStore, plain: GraphStore) -> None:
    """Both searches find what they should, and later writes keep the two equal."""
    assert store.search_text("Sorbonne", 3)[0][0] == plain.search_text("Sorbonne", 3)[0][0]
    question = directed(CURIE)[1]
    assert [n for n, _ in store.search_vectors(question, 3)] == [
        n for n, _ in plain.search_vectors(question, 3)
    ]
    assert store._matrix is None, "the vector index did not answer"
    passages = [passage.id for passage in CURIE.passages]
    assert store.entities_of(passages) == plain.entities_of(passages)
    for target in (store, plain):
        resolve_by_name(target)
        target.delete_document(CITY.document.id)
        resolve_by_name(target)
    assert replace(snapshot(store), searched=[]) == replace(snapshot(plain), searched=[])
    with pytest.raises(KgqaError, match="width 384"):
        put(store, extraction("narrow.txt", "Of another backbone."))


def imported(source: GraphStore, tmp_path: Path) -> Server:
    """A running server whose database is what was exported."""
    version = os.environ.get("KGQA_TEST_NEO4J_VERSION") or LTS
    folder = tmp_path / "bulk load"
    export(source, folder, "neo4j-csv")
    server = Server(version, tmp_path / "home")
    try:
        library, java = jars(version), java_for(version)
    except NoServerError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs Neo4j: {error}")
        pytest.skip(str(error))
    server.configure()
    command = [str(java), "-Xmx512m", *OPENED, "-cp", str(library / "*"), "org.neo4j.cli.AdminTool"]
    command += ["database", "import", "full", "neo4j", f"@{folder / ARGUMENTS}"]
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
    server.start()
    return server
