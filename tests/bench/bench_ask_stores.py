"""How long a question takes on Neo4j, as a ratio to the same question on SQLite.

    python tests/bench/bench_ask_stores.py [--version 5.26.30] [--rounds 2]

The sample corpus is ingested into SQLite and copied to a server of its own; each of its 60
questions is asked of both, in turns, by one process whose models are loaded. Each round has
retrievers that hold nothing yet; one round before the first warms the server. Prints medians of
the clock and of the processors (client and server), and whether the answers are the same.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "neo4j"))
from sample_documents import sample_corpus, sample_questions
from server import LTS, PASSWORD, Server

from kgqa.config import load_settings
from kgqa.models import Models
from kgqa.pipeline import ask, ingest
from kgqa.retrieve.retriever import Retriever
from kgqa.store.base import GraphStore
from kgqa.store.copy import copy_graph
from kgqa.store.neo4j import Neo4jStore, prepare
from kgqa.store.neo4j_session import Session
from kgqa.store.open import open_store
from kgqa.types import Answer, Question


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one question: of the clock, and of the processors that it kept busy."""

    wall: float
    client: float
    server: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--version", default=LTS)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    os.environ.update(KGQA_NEO4J_USER="neo4j", KGQA_NEO4J_PASSWORD=PASSWORD)
    models = Models(load_settings())
    with tempfile.TemporaryDirectory() as folder:
        server = Server(options.version, Path(folder) / "home")
        server.start()
        try:
            prepare(server.url)
            with (
                open_store(f"sqlite:///{folder}/sample.db") as plain,
                open_store(server.url) as remote,
            ):
                ingest(sample_corpus(), plain, models)
                copy_graph(plain, remote)
                _measure(models, {"sqlite": plain, "neo4j": remote}, server, options.rounds)
        finally:
            server.stop()


def _measure(models: Models, stores: dict[str, GraphStore], server: Server, rounds: int) -> None:
    questions = [Question(str(n), text) for n, text in enumerate(sample_questions())]
    costs: dict[str, list[Cost]] = {name: [] for name in stores}
    same = 0
    for number in range(rounds + 1):
        retrievers = {name: models.retriever(store) for name, store in stores.items()}
        for place, question in enumerate(questions):
            order = sorted(stores, reverse=(place + number) % 2 == 1)
            answers: dict[str, Answer] = {}
            for name in order:
                answers[name], cost = _asked(
                    question, stores[name], models, retrievers[name], server
                )
                if number:
                    costs[name].append(cost)
            same += number > 0 and answers["sqlite"].text == answers["neo4j"].text
    print(f"{len(questions)} questions, {rounds} rounds, Neo4j {server.version}; medians in ms:")
    for name, spent in costs.items():
        print(
            f"  {name}: clock {_median([c.wall for c in spent]):.1f}, processor of the client "
            f"{_median([c.client for c in spent]):.1f}, of the server "
            f"{statistics.mean(c.server for c in spent):.1f} (mean)"
        )
    ratio = _median([c.wall for c in costs["neo4j"]]) / _median([c.wall for c in costs["sqlite"]])
    pairs = zip(costs["neo4j"], costs["sqlite"], strict=True)
    paired = _median([n.wall / s.wall for n, s in pairs])
    print(f"neo4j / sqlite: medians {ratio:.2f}, question by question {paired:.2f} (at most 2)")
    print(f"the same answer in {same} of {rounds * len(questions)}")
    _print_round_trips(models, stores["neo4j"], questions)


def _asked(
    question: Question, store: GraphStore, models: Models, retriever: Retriever, server: Server
) -> tuple[Answer, Cost]:
    served, spent, started = server.processor_seconds(), time.process_time(), time.perf_counter()
    answer = ask(question, store, models, retriever)
    wall, client = time.perf_counter() - started, time.process_time() - spent
    return answer, Cost(1000 * wall, 1000 * client, 1000 * (server.processor_seconds() - served))


def _print_round_trips(models: Models, store: GraphStore, questions: Sequence[Question]) -> None:
    """Transactions and the time in them, for each method of the store that a question calls."""
    counts: dict[str, list[float]] = {}
    assert isinstance(store, Neo4jStore)
    for name in ("reading", "steady"):
        _count(store._session, name, counts)
    retriever = models.retriever(store)
    for question in questions:
        ask(question, store, models, retriever)
    print("transactions a question, and milliseconds in them:")
    for name, times in sorted(counts.items(), key=lambda entry: -sum(entry[1])):
        each = len(questions)
        print(f"  {name}: {len(times) / each:.1f}, {1000 * sum(times) / each:.1f} ms")


def _count(session: Session, name: str, counts: dict[str, list[float]]) -> None:
    original = getattr(session, name)

    def counted(work: object) -> object:
        caller = sys._getframe(1).f_code.co_name
        started = time.perf_counter()
        try:
            return original(work)
        finally:
            counts.setdefault(caller, []).append(time.perf_counter() - started)

    setattr(session, name, counted)


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
