"""Training questions made from a graph whose facts are stated in passages.

Text for training on several passages is scarce; a graph has all of its structure. A question
is worded from one to four facts, and comes with the passages that state them, others that
name the same things, and all places of its answer.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kgqa.errors import StoreError
from kgqa.ontology import Ontology
from kgqa.store.base import GraphStore
from kgqa.train.question_chains import Chains, Intersections
from kgqa.train.question_comparisons import Comparisons
from kgqa.train.question_draft import Draft
from kgqa.train.question_graph import Fact, QuestionGraph
from kgqa.train.question_joins import JoinedChains
from kgqa.train.question_passages import PassageChoice
from kgqa.train.question_store import read_content
from kgqa.train.question_templates import QuestionTemplates
from kgqa.train.reading_tasks import ReadingTask

Maker = Callable[[random.Random], Draft | None]

logger = logging.getLogger(__name__)
_TRIES = 25
"""Draws of one form before another form has its turn."""
_WORDINGS = 2
"""How often the same facts are asked about, in different words."""
_MORE_NO = 5
"""So many more answers "no" than "yes" at most: a graph has far more pairs that differ."""
_FAILURES = 60
"""So many turns in a row without a new question: the graph has no more."""


@dataclass(frozen=True, slots=True)
class QuestionMix:
    """How often each form is drawn, relative to the others; 0 leaves it out.

    A form that the graph seldom allows comes out rarer than it is drawn. `unanswerable` is
    the share of all tasks, in [0, 1], that no passage answers.
    """

    one_hop: float = 0.2
    two_hops: float = 0.3
    three_hops: float = 0.1
    joined: float = 0.4
    comparison: float = 0.1
    same: float = 0.07
    role_comparison: float = 0.1
    role_same: float = 0.05
    intersection: float = 0.08
    unanswerable: float = 0.12


def make_questions(
    store: GraphStore,
    ontology: Ontology,
    count: int,
    seed: int = 0,
    *,
    min_score: float = 0.75,
    distractors: int = 8,
    mix: QuestionMix | None = None,
) -> Iterator[ReadingTask]:
    """Up to `count` different questions, made one by one; the same for the same graph and seed.

    There are fewer if the graph has no more; the log says so. The graph is read at the first
    one, and held until the last.

    Args:
        store: with documents, linked; given triples without evidence only tell what has more
            than one answer.
        min_score: the least score of the evidence of a fact, in [0, 1].
        distractors: passages beside the supporting ones, fewer if the store has fewer.

    Raises:
        StoreError: no fact of the store can be asked about.
    """
    graph = QuestionGraph(read_content(store, min_score), QuestionTemplates(ontology), ontology)
    if not graph.facts:
        raise StoreError(
            f"{store.url}: expected facts with evidence of score {min_score} or more in passages "
            f"about one of their ends, got none among {len(graph.content.triples)} triples; "
            "ingest documents first, or lower the score"
        )
    yield from _drawn(graph, count, seed, PassageChoice(graph, distractors), mix or QuestionMix())


def _drawn(
    graph: QuestionGraph, count: int, seed: int, passages: PassageChoice, mix: QuestionMix
) -> Iterator[ReadingTask]:
    draw = random.Random(seed)
    makers = _makers(graph, mix)
    asked, made = _Asked(), Counter[str]()
    failures = 0
    while made.total() < count and failures < _FAILURES:
        # By quota, so that what often fails is not squeezed out.
        none = made["none"] < mix.unanswerable * (made.total() + 1)
        complete = passages.unanswerable if none else passages.answerable
        make = draw.choices([m for m, _ in makers], [weight for _, weight in makers])[0]
        task = _drafted(make, complete, asked, draw)
        failures = failures + 1 if task is None else 0
        if task is not None:
            made["none" if none else task.form] += 1
            yield task
    if made.total() < count:
        logger.warning("%d of %d questions made: the graph has no more", made.total(), count)
    logger.info("made questions: %s", dict(sorted(made.items())))


@dataclass(slots=True)
class _Asked:
    """What has been asked, so that nothing is asked too often."""

    questions: set[str] = field(default_factory=set)
    facts: Counter[tuple[Fact, ...]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def has(self, draft: Draft) -> bool:
        return draft.question in self.questions or self.facts[draft.facts] >= _WORDINGS

    def has_enough(self, task: ReadingTask) -> bool:
        return task.kind == "no" and self.kinds["no"] >= self.kinds["yes"] + _MORE_NO

    def add(self, draft: Draft, task: ReadingTask) -> None:
        self.questions.add(task.question)
        self.facts[draft.facts] += 1
        self.kinds[task.kind] += 1


def _drafted(
    make: Maker,
    complete: Callable[[Draft, random.Random], ReadingTask | None],
    asked: _Asked,
    draw: random.Random,
) -> ReadingTask | None:
    """A task whose question is new, after several draws at most; it is noted as asked."""
    for _ in range(_TRIES):
        draft = make(draw)
        if draft is None or asked.has(draft):
            continue
        task = complete(draft, draw)
        if task is None or asked.has_enough(task):
            continue
        if task.question not in asked.questions:
            asked.add(draft, task)
            return task
    return None


def _makers(graph: QuestionGraph, mix: QuestionMix) -> list[tuple[Maker, float]]:
    chains, comparisons = Chains(graph), Comparisons(graph)
    return [
        (lambda draw: chains.draft(1, draw), mix.one_hop),
        (lambda draw: chains.draft(2, draw), mix.two_hops),
        (lambda draw: chains.draft(3, draw), mix.three_hops),
        (JoinedChains(graph, chains).draft, mix.joined),
        (comparisons.comparison, mix.comparison),
        (comparisons.same, mix.same),
        (comparisons.role_comparison, mix.role_comparison),
        (comparisons.role_same, mix.role_same),
        (Intersections(graph).draft, mix.intersection),
    ]
