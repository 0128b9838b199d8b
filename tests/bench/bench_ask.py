"""How long a question takes in a running process, and where the time goes.

    python tests/bench/bench_ask.py --store sqlite:///2wiki.db [--questions 100]

Without --store the sample corpus is ingested first. Prints medians in milliseconds, and the
whole as a ratio to one bare encoding of a 160-token text in the same process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sample_documents import ROOT, corpus, shared_data

from kgqa.config import load_settings
from kgqa.pipeline import Models, ask, ingest
from kgqa.retrieve.retriever import Retriever
from kgqa.store.base import GraphStore, open_store
from kgqa.types import Question


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", help="an ingested 2wiki corpus")
    parser.add_argument("--questions", type=int, default=100)
    arguments = parser.parse_args()
    models = Models(load_settings())
    if arguments.store:
        with open_store(arguments.store) as store:
            _measure(models, store, _questions("2wiki/questions.json")[: arguments.questions])
        return
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/g.db") as store:
        ingest(corpus(), store, models)
        questions = _questions("2wiki/questions.json") or _sample_questions()
        _measure(models, store, questions[: arguments.questions])


def _questions(name: str) -> list[str]:
    path: Path = shared_data() / name
    return [q["question"] for q in json.loads(path.read_text())] if path.is_file() else []


def _sample_questions() -> list[str]:
    content = json.loads((ROOT / "data" / "questions.json").read_text())
    return [
        qa["question"]
        for article in content["data"]
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]


def _measure(models: Models, store: GraphStore, questions: list[str]) -> None:
    retriever = Retriever(store, models.encoder)
    for text in questions[:5]:
        ask(Question("warm", text), store, models, retriever)
    times: dict[str, list[float]] = {"ask": [], "retrieve": [], "encode 160 tokens": []}
    filler = "word " * 158
    for text in questions:
        times["ask"].append(_ms(lambda t=text: ask(Question("q", t), store, models, retriever)))
        # A blank keeps the retriever's memory of the last question out of the figure.
        times["retrieve"].append(_ms(lambda t=text: retriever.passages(t + " ", 5)))
        times["encode 160 tokens"].append(_ms(lambda: models.encoder.encode([filler])))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"{len(questions)} questions, {store.stats().passages} passages; medians:")
    for name, median in medians.items():
        print(f"  {name}: {median:.1f} ms")
    ratio = medians["ask"] / medians["encode 160 tokens"]
    print(f"ask / one encoding: {ratio:.1f}; target: ask under 150 ms")


def _ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
