"""The reader's training and dev readings from files, and from questions made of a graph."""

from __future__ import annotations

import dataclasses
import logging
import random
from collections.abc import Collection, Iterator, Sequence

from kgqa.errors import ConfigError
from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder
from kgqa.names import name_key
from kgqa.ontology import Ontology
from kgqa.pipeline import READ_PASSAGES, SUBGRAPH_ENTITIES
from kgqa.qa.graph_context import SubgraphReader
from kgqa.retrieve.retriever import Retriever
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.train.alterations import altered
from kgqa.train.excerpts import with_excerpts
from kgqa.train.make_questions import make_questions
from kgqa.train.question_joins import FORM as JOINED
from kgqa.train.questions import ReadingExample, answerable_and_dev, titles_aside
from kgqa.train.reading_targets import ReadingContext, TrainingReading, of_example, of_task
from kgqa.train.reading_tasks import ReadingTask
from kgqa.train.renamings import ArticleWords, renamed
from kgqa.train.rewordings import reworded
from kgqa.train.settings import ReaderTraining
from kgqa.train.task_files import load_multihop_tasks, load_squad_tasks
from kgqa.train.unanswerable import (
    beside_another_text,
    threshold_part_of,
    unanswerable_of,
    without_answer,
)
from kgqa.types import Subgraph, Triple

logger = logging.getLogger(__name__)
_DEV_QUESTIONS = 400
_DEV_UNANSWERABLE = 0.25
"""Each of the two ways of making questions without an answer, as a share of the dev part."""
_DEV_TASKS = 8
"""Each eighth multi-hop question is held aside for the dev part."""
_TITLED = 0.5
"""Half of the single texts are read with their title, as `ask` does."""
_UNKNOWN = 0.5
"""A graph lacks about half of what its texts say, but all that a made question is made from
is in it: so often the triples about its answer are left out of its subgraph."""
_UNREAD = 0.25
"""How often the passages that bear the answer are left out where the subgraph has it, as
retrieval misses some."""
_RENAMED_OTHERS = 0.5
"""Share of the other questions that are renamed, against `--abstain`'s: enough for the words of
its articles to stand where there is an answer."""


def single_readings(
    config: ReaderTraining,
) -> tuple[list[TrainingReading], list[TrainingReading]]:
    """Training and dev readings of one text each.

    Raises:
        ConfigError: `renamed` without unanswerable questions of `abstain`.
        DocumentError: a file cannot be read.
    """
    asked = unanswerable_of(config.abstain) * config.abstain_times
    if config.renamed and not asked:
        raise ConfigError("renamed: expected abstain files with unanswerable questions, got none")
    draw = random.Random(config.seed)
    answerable, dev = answerable_and_dev(config.train, config.dev, config.limit, draw)
    made = [
        *answerable,
        *beside_another_text(answerable, config.unanswerable, config.seed),
        *altered(answerable, config.altered, config.seed),
        *without_answer(answerable, config.cut, config.seed + 1),
    ]
    read = with_excerpts([*made, *asked], config.excerpts, config.seed)
    if config.renamed:
        made, asked, words = read[: len(made)], read[len(made) :], ArticleWords(read)
        read = [
            *renamed(made, asked, words, config.renamed * _RENAMED_OTHERS, config.seed),
            *renamed(asked, made, words, config.renamed, config.seed),
        ]
    train = reworded(read, config.reworded, config.seed)
    dev = draw.sample(dev, min(_DEV_QUESTIONS, len(dev)))
    dev += threshold_part_of(config.abstain) or _made_unanswerable(dev, config.seed)
    return _titled(train, draw), _titled(dev, draw)


def _made_unanswerable(dev: Sequence[ReadingExample], seed: int) -> list[ReadingExample]:
    """Easier to tell than those that people wrote: for want of these."""
    asked = [example for example in dev if example.end > example.start]
    share = _DEV_UNANSWERABLE
    return [*beside_another_text(asked, share, seed), *altered(asked, share, seed)]


def _titled(examples: Sequence[ReadingExample], draw: random.Random) -> list[TrainingReading]:
    return [of_example(example, draw.random() < _TITLED) for example in examples]


class TaskReadings:
    """Questions over several passages, with the subgraph that a store gives for each.

    Args:
        subgraphs: makes the context encoder's inputs; None reads text only.
    """

    def __init__(
        self,
        config: ReaderTraining,
        backbone: Backbone,
        ontology: Ontology,
        subgraphs: SubgraphReader | None,
    ) -> None:
        self.config = config
        self.encoder = Encoder(backbone)
        self.ontology = ontology
        self.subgraphs = subgraphs
        self.draw = random.Random(config.seed)

    def load(self) -> tuple[list[TrainingReading], list[TrainingReading]]:
        """Training and dev readings."""
        train, dev = [], []
        for tasks, store in self._sets():
            held = [task for i, task in enumerate(tasks) if i % _DEV_TASKS == 0]
            kept = [task for i, task in enumerate(tasks) if i % _DEV_TASKS]
            train += list(self.readings(kept, store))
            dev += list(self.readings(held, store))
            logger.info("%d training tasks", len(train))
        train += list(self.readings(self._together(), None))
        return train, dev

    def _sets(self) -> Iterator[tuple[list[ReadingTask], GraphStore | None]]:
        for path, url in zip(self.config.multihop, self._stores(), strict=True):
            corpus = path.with_name("corpus.json")
            tasks = load_multihop_tasks(path, corpus if corpus.is_file() else None)
            if url is None:
                yield tasks, None
                continue
            with open_store(url) as store:
                yield tasks, store
        for url in self.config.make_from:
            with open_store(url) as store:
                count, seed = self.config.make_questions, self.config.seed
                yield list(make_questions(store, self.ontology, count, seed)), store

    def _stores(self) -> Sequence[str | None]:
        """The store of each multi-hop file."""
        files, stores = len(self.config.multihop), self.config.stores
        if len(stores) == files:
            return stores
        if len(stores) > 1:
            raise ConfigError(
                f"stores: expected one for each of {files} multi-hop files, or one for all, got "
                f"{len(stores)}"
            )
        return [stores[0] if stores else None] * files

    def _together(self) -> list[ReadingTask]:
        """SQuAD questions whose passage stands among others of its article, none of the dev
        part's articles."""
        if not self.config.together:
            return []
        aside = titles_aside(self.config.train, self.config.dev)
        found: list[ReadingTask] = []
        for path in self.config.train:
            if path.suffix == ".json":
                found += load_squad_tasks(
                    path, distractors=READ_PASSAGES - 1, seed=self.config.seed, aside=aside
                )
        return self.draw.sample(found, min(self.config.together, len(found)))

    def readings(
        self, tasks: Sequence[ReadingTask], store: GraphStore | None
    ) -> Iterator[TrainingReading]:
        """The tasks' passages, in an order drawn anew, each with its subgraph of the store."""
        retriever = None if store is None else Retriever(store, self.encoder)
        for task in tasks:
            context = None
            # The graph does not know what was altered to join two passages.
            if retriever is not None and self.subgraphs is not None and task.form != JOINED:
                subgraph = retriever.subgraph(task.question, SUBGRAPH_ENTITIES)
                if task.relations and self.draw.random() < _UNKNOWN:
                    subgraph = _without_triples_of(subgraph, task.answer_entity)
                subgraph = _without_triples(subgraph, task.lost)
                context = _context(self.subgraphs, task, subgraph)
            texts = self.draw.randint(max(2, len(task.supporting)), READ_PASSAGES)
            unread = context is not None and context.gold and self.draw.random() < _UNREAD
            left_out = frozenset(span.passage_id for span in task.spans) if unread else frozenset()
            yield of_task(task, texts, self.draw, context, left_out)


def _without_triples_of(subgraph: Subgraph, entity: str | None) -> Subgraph:
    return _without_triples(subgraph, [t for t in subgraph.triples if entity in (t.head, t.tail)])


def _without_triples(subgraph: Subgraph, lost: Collection[Triple]) -> Subgraph:
    kept = tuple(triple for triple in subgraph.triples if triple not in lost)
    return dataclasses.replace(subgraph, triples=kept)


def _context(
    subgraphs: SubgraphReader, task: ReadingTask, subgraph: Subgraph
) -> ReadingContext | None:
    if not subgraph.entities:
        return None
    question, graph = subgraphs.tensors(task.question, subgraph)
    answers = {name_key(answer) for answer in task.answers}
    known = {end for triple in subgraph.triples for end in (triple.head, triple.tail)}
    gold = tuple(
        row
        for row, entity in enumerate(subgraph.entities)
        if task.kind == "span"
        and entity.id in known
        and answers & {name_key(name) for name in (entity.name, *entity.aliases)}
    )
    return ReadingContext(question, graph, gold)
