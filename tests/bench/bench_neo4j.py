"""How fast Neo4j takes a new graph from kgqa, from bare CREATE, and from other libraries.

    python tests/bench/bench_neo4j.py [--entities 20000] [--triples 60000] [--rounds 3]
                                      [--peers VENV] [--apoc FOLDER]

One warm server; the writers take turns within each round, each on a database that was
emptied. "bare" is CREATE without any check for what exists: the labels and properties that
kgqa writes, under kgqa's constraints and indexes, its keys made and its rows sorted beforehand;
"bare least" has one label, an index on the id, and only type, name and `p_id`. Prints medians
in seconds and kgqa's ratios. The peers (neo4j-graphrag,
langchain-neo4j) run in a virtual environment of their own, and need APOC in the server:

    python -m venv VENV && VENV/bin/pip install neo4j-graphrag langchain-neo4j
    (org.neo4j.procedure:apoc-core:5.26.19 and apoc-common in FOLDER with what they depend on,
    by Maven's dependency:copy-dependencies)

The median of a graph step (edges of a frontier of 200) is measured on SQLite too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import neo4j
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "neo4j"))
from bench_store import entities, triples
from server import LTS, PASSWORD, ROOT, Server, jars

from kgqa.store.base import GraphStore
from kgqa.store.chunks import chunked
from kgqa.store.neo4j import prepare
from kgqa.store.neo4j_entities import CREATE_ENTITIES, entity_row
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_relations import CREATE_GIVEN
from kgqa.store.open import open_store
from kgqa.types import Entity, Triple

PEERS = Path(__file__).with_name("neo4j_peers.py")


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def empty(server: Server) -> None:
    auth = ("neo4j", PASSWORD)
    with (
        neo4j.GraphDatabase.driver(f"bolt://{server.address}", auth=auth) as driver,
        driver.session(database="neo4j") as session,
    ):
        session.run(
            "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
        ).consume()


def steps(store: GraphStore, uids: list[str]) -> float:
    """Median seconds of `edges` over random frontiers of 200 entities."""
    random = np.random.default_rng(11)
    keys = list(store.node_keys([], uids).values())
    draws = [[keys[n] for n in random.integers(0, len(keys), 200)] for _ in range(20)]
    return statistics.median(timed(lambda d=d: store.edges(d)) for d in draws)  # type: ignore[misc]


def missing_jars(folder: Path) -> tuple[Path, ...]:
    """The folder's jars of libraries that the server lacks. An older copy of one that it has
    (APOC's commons-lang3) would be read first, and the server would not start."""

    def library(jar: Path) -> str:
        return re.sub(r"-\d.*", "", jar.name)

    there = {library(jar) for jar in jars(LTS).glob("*.jar")}
    return tuple(jar for jar in folder.glob("*.jar") if library(jar) not in there)


def bare(server: Server, given: list[Entity], stated: list[Triple]) -> float:
    keys = Keys("")
    nodes = [entity_row(keys, e, True, keys.entity(e.id)) for e in given]
    ends = sorted((keys.entity(t.head), keys.entity(t.tail), t.relation) for t in stated)
    rows = [[*pair, kind, kind] for *pair, kind in ends]
    auth = ("neo4j", PASSWORD)
    with neo4j.GraphDatabase.driver(f"bolt://{server.address}", auth=auth) as driver:

        def create() -> None:
            for statement, made in ((CREATE_ENTITIES, nodes), (CREATE_GIVEN, rows)):
                for batch in chunked(made, 10_000):
                    driver.execute_query(statement, rows=batch, graph=keys.graph, database_="neo4j")

        return timed(create)


def peer(name: str, python: Path, server: Server, graph: Path) -> float:
    command = [str(python), str(PEERS), name, server.address, PASSWORD, str(graph)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name}: {done.stderr[-800:]}")
    return float(done.stdout.split()[-1])


def kgqa(server: Server, given: list[Entity], stated: list[Triple]) -> dict[str, float]:
    with open_store(server.url) as store:
        first = timed(lambda: store.upsert(given, stated))
        before = store.stats()
        again = timed(lambda: store.upsert(given, stated))
        if store.stats() != before:
            raise SystemExit("kgqa: the second run changed something")
        step = steps(store, [entity.id for entity in given[:2_000]])
    return {"kgqa": first, "kgqa again": again, "step neo4j": step}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--entities", type=int, default=20_000)
    parser.add_argument("--triples", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="a virtual environment that has them")
    parser.add_argument("--apoc", type=Path, default=ROOT / ".cache" / "neo4j" / "apoc-5.26.19")
    options = parser.parse_args()
    given = list(entities(options.entities))
    stated = list(dict.fromkeys(triples(options.entities, options.triples)))
    os.environ.update(KGQA_NEO4J_USER="neo4j", KGQA_NEO4J_PASSWORD=PASSWORD)
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "graph.json"
        rows = {
            "entities": [[e.id, e.type, e.name] for e in given],
            "triples": [[t.head, t.relation, t.tail] for t in stated],
        }
        graph.write_text(json.dumps(rows))
        server = Server(
            LTS,
            Path(folder) / "home",
            plugins=missing_jars(options.apoc) if options.peers else (),
            settings=("dbms.security.procedures.unrestricted=apoc.*",),
            heap="1g",
        )
        server.start()
        try:
            for number in range(options.rounds + 1):  # the first round warms the server
                measured: dict[str, float] = {}
                prepare(server.url)
                measured |= kgqa(server, given, stated)
                empty(server)
                measured["bare"] = bare(server, given, stated)
                empty(server)
                measured["bare least"] = peer("bare", Path(sys.executable), server, graph)
                empty(server)
                for name in ("graphrag", "langchain") if options.peers else ():
                    measured[name] = peer(name, options.peers / "bin" / "python", server, graph)
                    empty(server)
                for name, seconds in measured.items():
                    if number:
                        times.setdefault(name, []).append(seconds)
        finally:
            server.stop()
        with open_store(f"sqlite:///{folder}/plain.db") as plain:
            plain.upsert(given, stated)
            times["step sqlite"] = [steps(plain, [entity.id for entity in given[:2_000]])]
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"{len(given)} entities, {len(stated)} triples, Neo4j {LTS}, {options.rounds} rounds")
    for name, median in medians.items():
        print(f"{name:12} {median:8.3f} s")
    print(f"kgqa / bare CREATE {medians['kgqa'] / medians['bare']:.2f} (target at most 1.5)")
    if options.peers:
        fastest = min(medians["graphrag"], medians["langchain"])
        print(f"faster peer / kgqa {fastest / medians['kgqa']:.2f} (target at least 2)")
    print(f"step neo4j / sqlite {medians['step neo4j'] / medians['step sqlite']:.2f}")


if __name__ == "__main__":
    main()
