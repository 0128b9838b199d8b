"""What a row of a comparison measures: answers to held-out questions, with and without the graph.

Only answering is timed: reading files and scoring are not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from kgqa.context.graph import TripleGraph
from kgqa.evaluate.bootstrap import Metric
from kgqa.evaluate.report import EvaluationReport

if TYPE_CHECKING:
    from kgqa.evaluate.graph import AnswersQuestions
    from kgqa.models import Models
    from kgqa.qa.ranked import RankedEntity

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Measured:
    """`value` and `text_only` in percent; `text_only` is None where no graph is read."""

    metric: str
    n: int
    value: Metric
    text_only: Metric | None
    questions_a_second: float


class Stopwatch:
    """Adds up the wall-clock seconds of calls."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, call: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
        """The same call, its seconds counted."""

        def counted(*given: _Given.args, **named: _Given.kwargs) -> _Found:
            started = time.perf_counter()
            try:
                return call(*given, **named)
            finally:
                self.seconds += time.perf_counter() - started

        return counted

    def rate(self, n: int) -> float:
        """Calls a second, had there been `n`."""
        return n / max(self.seconds, 1e-9)


def measure_squad(path: Path, models: Models, limit: int | None, seed: int) -> Measured:
    """F1 in given passages, which come without a graph."""
    from kgqa.evaluate.predictions import read_given_passages
    from kgqa.evaluate.squad import evaluate_squad

    watch = Stopwatch()
    read = watch.timed(partial(read_given_passages, models))
    models.context()  # what is loaded at first use is not timed
    report = evaluate_squad(path, read, limit=limit, seed=seed, settings={}, out=None)
    return _measured(report, "f1", None, watch)


def measure_multihop(
    path: Path, corpus: Path | None, store_url: str, models: Models, limit: int | None, seed: int
) -> Measured:
    """F1 over an ingested corpus; where the weights read a graph, without it as well."""
    from kgqa.evaluate.retrieval import evaluate_multihop
    from kgqa.pipeline import ask
    from kgqa.qa.question import question_of
    from kgqa.retrieve.retriever import Retriever
    from kgqa.store.open import open_store

    watch = Stopwatch()
    graph = models.context() != "none"
    with open_store(store_url) as store:
        retriever = Retriever(store, models.encoder)

        def answer(text: str, context: bool) -> str | None:
            return ask(question_of(text), store, models, retriever, context=context).text

        answer("What is read first?", graph)  # what is loaded at first use is not timed
        report = evaluate_multihop(
            path,
            corpus,
            retriever,
            ask=watch.timed(partial(answer, context=graph)),
            ask_text_only=partial(answer, context=False) if graph else None,
            limit=limit,
            seed=seed,
            settings={},
        )
    return _measured(report, "f1", report.metrics["text_only_f1"] if graph else None, watch)


def measure_graph(
    path: Path, triples: Path, models: Models, limit: int | None, seed: int
) -> Measured:
    """Hits@1 over a given graph, and what the frozen backbone gets from triples as text."""
    from kgqa.evaluate.graph import evaluate_graph
    from kgqa.evaluate.graph_readers import graph_reader

    watch = Stopwatch()
    report = evaluate_graph(
        path,
        triples,
        _TimedReader(graph_reader(None, models)[1], watch),
        limit=limit,
        seed=seed,
        settings={},
        out=None,
        text_only=graph_reader("none", models)[1],
    )
    return _measured(report, "hits@1", report.metrics["text_only_hits@1"], watch)


class _TimedReader:
    """A graph reader whose answers are timed."""

    def __init__(self, reader: AnswersQuestions, watch: Stopwatch) -> None:
        self.threshold = reader.threshold
        self._answer = watch.timed(reader.answer)

    def answer(
        self, graph: TripleGraph, question: str, topics: Sequence[int]
    ) -> list[RankedEntity]:
        return self._answer(graph, question, topics)


def _measured(
    report: EvaluationReport, metric: str, text_only: Metric | None, watch: Stopwatch
) -> Measured:
    rate = watch.rate(report.n)
    return Measured(metric, report.n, report.metrics[metric], text_only, rate)


def trained_parameters(folder: Path) -> int:
    """How many numbers a folder of weights holds."""
    from math import prod

    from safetensors import safe_open

    from kgqa.lm.adapter import WEIGHTS_FILE

    with safe_open(folder / WEIGHTS_FILE, framework="pt") as stream:
        return sum(prod(stream.get_slice(name).get_shape()) for name in stream.keys())  # noqa: SIM118
