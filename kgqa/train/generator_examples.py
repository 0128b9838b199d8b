"""What `kgqa train generator` trains on: questions with their passage and their subgraph."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kgqa.errors import QuestionError
from kgqa.qa.graph_context import SubgraphReader
from kgqa.qa.prompting import titled
from kgqa.train.generator_graph import GraphInputs, StoreGraphs, unread
from kgqa.train.questions import ReadingExample, answerable_and_dev
from kgqa.train.settings import GeneratorTraining
from kgqa.train.unanswerable import beside_another_text

_DEV_QUESTIONS, _DEV_UNANSWERABLE = 100, 0.25
_UNREAD = 0.25
"""How often the passage is another where the subgraph has the answer; the reader's is the same."""


@dataclass(frozen=True, slots=True)
class WritingExample:
    """A question, its passages as the prompt shows them, what to write (None abstains), and
    its subgraph where one is read."""

    question: str
    texts: tuple[str, ...]
    answer: str | None
    graph: GraphInputs | None = None


def writing_examples(
    config: GeneratorTraining, subgraphs: SubgraphReader | None
) -> tuple[list[WritingExample], list[WritingExample]]:
    """Training and dev examples.

    Args:
        subgraphs: makes the context encoder's inputs; None reads text only.

    Raises:
        QuestionError: there is no question to train on, or none to hold aside.
    """
    draw = random.Random(config.seed)
    answerable, aside = answerable_and_dev(config.train, config.dev, config.limit, draw)
    if not answerable or not aside:
        raise QuestionError(
            f"{', '.join(map(str, config.train))}: expected answerable questions of more than one "
            f"titled article, got {len(answerable)} to train on and {len(aside)} held aside; "
            "give other files, or --dev"
        )
    train = [*answerable, *beside_another_text(answerable, config.unanswerable, config.seed)]
    dev = draw.sample(aside, min(_DEV_QUESTIONS, len(aside)))
    dev += beside_another_text([e for e in dev if e.end > e.start], _DEV_UNANSWERABLE, config.seed)
    if subgraphs is None:
        return [_writing(example) for example in train], [_writing(example) for example in dev]
    answers = {e.question: _answer(e) for e in (*dev, *train) if e.end > e.start}
    with StoreGraphs.open(config.stores, subgraphs) as graphs:
        parts = [
            [_with_graph(_writing(example), graphs, answers) for example in part]
            for part in (train, dev)
        ]
    return _some_unread(parts[0], config.seed), parts[1]


def _answer(example: ReadingExample) -> str | None:
    return example.text[example.start : example.end] if example.end > example.start else None


def _writing(example: ReadingExample) -> WritingExample:
    texts = (titled(example.title, example.text),)
    return WritingExample(example.question, texts, _answer(example))


def _with_graph(
    example: WritingExample, graphs: StoreGraphs, answers: Mapping[str, str | None]
) -> WritingExample:
    """A question that is to be abstained from has no subgraph with its answer."""
    unknown = answers.get(example.question) if example.answer is None else None
    return replace(example, graph=graphs.inputs(example.question, example.answer, unknown))


def _some_unread(examples: Sequence[WritingExample], seed: int) -> list[WritingExample]:
    graphs = [example.graph for example in examples if example.graph is not None]
    other = unread([example.texts for example in examples], graphs, _UNREAD, seed)
    return [
        replace(example, texts=other.get(place, example.texts))
        for place, example in enumerate(examples)
    ]
