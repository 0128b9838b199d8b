"""Questions over graphs as training examples: a subgraph and its gold nodes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from kgqa.context.graph import GrowthLimits, TripleGraph, grow
from kgqa.context.tensors import GraphData, grown_data
from kgqa.datasets.graph_questions import GraphQuestion, load_graph_questions
from kgqa.documents.triples import load_triples
from kgqa.errors import QuestionError

_Example = TypeVar("_Example")
_Asked = TypeVar("_Asked", bound="GraphExample")
_TRAINING_LIMITS = GrowthLimits(threshold=0.0, edges=250, fan_out=4)


@dataclass(frozen=True, slots=True)
class GoldGraph:
    """A subgraph and which of its nodes answer: [n_nodes], True for an answer."""

    graph: GraphData
    gold: Tensor


class GraphExample(Protocol):
    """`text` is the question, its topics written as MASK."""

    @property
    def text(self) -> str: ...

    def drawn(self, steps: int, draw: np.random.Generator) -> GoldGraph | None:
        """A subgraph to train on, another one each time; None if no answer is in it."""


@dataclass(frozen=True, slots=True)
class TrainingGraph:
    """A graph and its relations' embeddings [n_relations, text_width]."""

    graph: TripleGraph
    relation_text: Tensor


@dataclass(frozen=True, slots=True)
class GivenExample:
    """A question over a given graph, with its topics and answers among the entities.

    Attributes:
        path: 2 * relation + direction of each step, where the question was made from them or its
            file gives them; empty where they are not known.
    """

    text: str
    question: str
    over: TrainingGraph
    topics: tuple[int, ...]
    answers: frozenset[int]
    path: tuple[int, ...] = ()

    def drawn(self, steps: int, draw: np.random.Generator) -> GoldGraph | None:
        """Grown along relations in a random order of preference and up to a few edges of each,
        so that wrong relations are seen beside the right ones, and hubs cost nothing."""
        graph = self.over.graph
        gates = draw.uniform(0.2, 1.0, (steps, len(graph.relations), 2))
        grown = grow(graph, self.topics, gates, _TRAINING_LIMITS, draw)
        gold = torch.tensor([int(node) in self.answers for node in grown.nodes])
        if not gold.any():
            return None
        return GoldGraph(grown_data(grown, self.over.relation_text), gold)


def graph_of(path: Path) -> TripleGraph:
    """The graph of a triple file. Raises DocumentError as `load_triples`."""
    return TripleGraph.from_triples(
        (t.head, t.relation, t.tail) for t in load_triples(path).triples
    )


def given_examples(path: Path, over: TrainingGraph) -> list[GivenExample]:
    """The questions of a file whose topic and an answer are in the graph.

    Raises:
        QuestionError: the file is malformed, or no question of it fits the graph.
    """
    questions = load_graph_questions(path)
    examples = [e for q in questions if (e := _example(q, over)) is not None]
    if not examples:
        raise QuestionError(
            f"{path}: expected questions about entities of the graph, got {len(questions)} "
            "without a topic or an answer in it; give the triple file they belong to"
        )
    return examples


def _example(question: GraphQuestion, over: TrainingGraph) -> GivenExample | None:
    index = over.graph.index
    named = [index.entity(name) for name in question.topics]
    topics = [e for e in named if e is not None] or over.graph.topics(question.text)
    answers = frozenset(e for name in question.answers if (e := index.entity(name)) is not None)
    if not topics or not answers:
        return None
    text = index.masked(question.text, topics)
    path = _gold_kinds(question.path, over.graph)
    return GivenExample(text, question.text, over, tuple(topics), answers, path)


def _gold_kinds(path: Sequence[str], graph: TripleGraph) -> tuple[int, ...]:
    """2 * relation + direction of each step of a gold path; none where the graph lacks a step."""
    kinds = []
    for start, relation, end in zip(path[::2], path[1::2], path[2::2], strict=False):
        source, target = graph.index.entity(start), graph.index.entity(end)
        if source is None or target is None or relation not in graph.relations:
            return ()
        row, edges = graph.relations.index(relation), graph.neighbours(source)
        there = (edges.targets == target) & (edges.relations == row)
        if not there.any():
            return ()
        kinds.append(2 * row + int(edges.directions[there].min()))
    return tuple(kinds)


def held_aside(examples: Sequence[GivenExample], every: int) -> tuple[list[int], list[int]]:
    """Places of the examples to train on, and of one in `every` to measure on."""
    train = [i for i in range(len(examples)) if i % every]
    return train, [i for i in range(len(examples)) if i % every == 0]


def sampled(examples: Sequence[_Example], count: int, seed: int) -> list[_Example]:
    """So many of the examples, drawn with the seed; all of them if there are no more."""
    if len(examples) <= count:
        return list(examples)
    return random.Random(seed).sample(list(examples), count)


def sampled_wordings(examples: Sequence[_Asked], count: int, seed: int) -> list[_Asked]:
    """So many of the examples, where each wording is taken once before one is taken twice, so
    that a rare one ("how popular is [MASK]") is learned as well as a common one."""
    if len(examples) <= count:
        return list(examples)
    drawn = random.Random(seed).sample(list(examples), len(examples))
    times: Counter[str] = Counter()
    turns = []
    for example in drawn:
        turns.append(times[example.text])
        times[example.text] += 1
    order = sorted(range(len(drawn)), key=turns.__getitem__)
    return [drawn[place] for place in order[:count]]
