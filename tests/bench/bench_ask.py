"""How long a question takes in a running process, and where the time goes.

    python tests/bench/bench_ask.py --store sqlite:///2wiki.db [--questions 100]

Without --store the sample corpus is ingested first. Prints medians in milliseconds of the clock
and of the processor, the backbone's passes, and the whole as a ratio to one bare encoding of a
160-token text in the same process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sample_documents import corpus, sample_questions, shared_data
from torch import Tensor, nn

from kgqa.config import load_settings
from kgqa.lm.int8 import Int8Linear
from kgqa.lm.reading_bert import ReadingBert
from kgqa.models import Models
from kgqa.pipeline import ask, ingest
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Question

FIRST = "Where was the director of Inception born?"


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
        questions = _questions("2wiki/questions.json") or sample_questions()
        _measure(models, store, questions[: arguments.questions])


def _questions(name: str) -> list[str]:
    path: Path = shared_data() / name
    return [q["question"] for q in json.loads(path.read_text())] if path.is_file() else []


def _measure(models: Models, store: GraphStore, questions: list[str]) -> None:
    retriever = models.retriever(store)
    first = _once(lambda: ask(Question("first", FIRST), store, models, retriever))
    for text in questions[:5]:
        ask(Question("warm", text), store, models, retriever)
    times: dict[str, list[Cost]] = {"ask": [], "retrieve": [], "encode 160 tokens": []}
    passes = [0, 0]
    filler = "word " * 158
    for text in questions:
        with _counted(models, passes):
            cost = _once(lambda t=text: ask(Question("q", t), store, models, retriever))
        times["ask"].append(cost)
        # A blank keeps the retriever's memory of the last question out of the figure.
        times["retrieve"].append(_once(lambda t=text: retriever.passages(t + " ", 5)))
        times["encode 160 tokens"].append(_once(lambda: models.encoder.encode([filler])))
    count, dtype = len(questions), models.encoder.backbone.dtype
    eight = any(isinstance(one, Int8Linear) for one in models.reader.model.modules())
    print(f"{count} questions, {store.stats().passages} passages, {dtype}, reader", end=" ")
    print("in 8 bits;" if eight else "the same;")
    print(f"the first chain question of the process: {first.wall:.0f} ms; medians:")
    medians = {name: _median(costs) for name, costs in times.items()}
    for name, median in medians.items():
        print(f"  {name}: {median.wall:.1f} ms, {median.processor:.1f} ms of the processor")
    print(f"  backbone: {passes[0] / count:.1f} passes, {passes[1] / count:.0f} tokens a question")
    ratio = medians["ask"].processor / medians["encode 160 tokens"].processor
    print(f"ask / one encoding: {ratio:.1f}; target: ask under 80 ms on 2 idle cores")


@contextmanager
def _counted(models: Models, passes: list[int]) -> Iterator[None]:
    """Adds the passes of the backbone, adapted or not, and their tokens, with padding where that
    is computed."""

    def count(one: nn.Module, given: object, keywords: dict[str, Tensor], states: object) -> None:
        ids = keywords.get("input_ids")
        shape = keywords["inputs_embeds"].shape if ids is None else ids.shape
        packs = isinstance(one, ReadingBert)
        passes[0] += 1
        passes[1] += int(keywords["attention_mask"].sum()) if packs else shape[0] * shape[1]

    networks = [models.encoder.backbone.model, models.reader.model.backbone]
    hooks = [one.register_forward_hook(count, with_kwargs=True) for one in networks]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds; `processor` over all threads, which a busy machine changes less."""

    wall: float
    processor: float


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.processor for cost in costs),
    )


def _once(call: Callable[[], object]) -> Cost:
    started, spent = time.perf_counter(), time.process_time()
    call()
    return Cost(1000 * (time.perf_counter() - started), 1000 * (time.process_time() - spent))


if __name__ == "__main__":
    main()
