"""Training of the path scorer beside a walk: the same questions, as right and wrong paths."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from kgqa.context.path_scorer import PathScorer
from kgqa.context.relation_text import RelationReader, RelationWords
from kgqa.context.text import TextEmbedder, TokenRow
from kgqa.train.card import training_digest
from kgqa.train.checkpoint import Fit
from kgqa.train.graph_examples import GivenExample, GraphExample, TrainingGraph
from kgqa.train.loop import Loop, loop_settings, shuffled
from kgqa.train.path_examples import PathExample, PropertyPaths, graph_paths
from kgqa.train.path_loss import PathLoss
from kgqa.train.property_questions import Properties, PropertyExample
from kgqa.train.settings import ContextTraining

logger = logging.getLogger(__name__)
CHECKPOINTS = "paths"
"""The folder in `out` of the scorer's own checkpoint."""
_COMMON = 20
"""Questions from which a property counts as one that people ask for."""


class RelationTable:
    """The relations of all graphs and property lists of a training, one after the other.

    Args:
        texts: embeds them.
    """

    def __init__(self, texts: TextEmbedder) -> None:
        self._texts = texts
        self._parts: list[RelationWords] = []
        self._rows: dict[int, range] = {}

    def rows(self, source: TrainingGraph | Properties) -> range:
        """The rows of a graph's relations or of a list of properties; added when first asked."""
        if id(source) not in self._rows:
            if isinstance(source, TrainingGraph):
                part = RelationReader(self._texts).read(source.graph.relations)
            else:
                part = RelationReader(self._texts, source.labels).read(list(source.labels))
            first = sum(map(len, self._parts))
            self._parts.append(part)
            self._rows[id(source)] = range(first, first + len(part))
        return self._rows[id(source)]

    def words(self) -> RelationWords:
        """All rows that were asked for."""
        return RelationWords.joined(self._parts)


def train_paths(
    config: ContextTraining,
    scorer: PathScorer,
    texts: TextEmbedder,
    train: Sequence[GraphExample],
    rows: Mapping[str, TokenRow],
    evaluate: Callable[[], float],
) -> Fit:
    """Train the scorer.

    Args:
        rows: the tokens of each question's text.
        evaluate: the dev score with the scorer as it is, higher is better.
    """
    table = RelationTable(texts)
    examples = path_examples(train, table, config.steps)
    logger.info("%d of %d questions have relation paths", len(examples), len(train))
    loop = Loop(
        scorer,
        lambda epoch: _batches(examples, config, epoch),
        PathLoss(scorer, table.words(), rows),
        evaluate,
        loop_settings(config, evaluations=config.evaluations),
        config.out / CHECKPOINTS,
        training_digest(config, texts.backbone),
    )
    return loop.run(config.resume)


def path_examples(
    train: Sequence[GraphExample], table: RelationTable, steps: int
) -> list[PathExample]:
    """The questions whose right paths are known or can be told by their answers."""
    asked: dict[int, int] = {}
    for one in train:
        if isinstance(one, PropertyExample):
            for row, _ in one.path:
                asked[row] = asked.get(row, 0) + 1
    common = sorted(row for row, times in asked.items() if times >= _COMMON)
    found: list[PathExample] = []
    for one in train:
        if isinstance(one, PropertyExample):
            first = table.rows(one.properties).start
            found.append(PropertyPaths(one, first, common, steps))
        elif isinstance(one, GivenExample):
            paths = graph_paths(one, table.rows(one.over), steps)
            found += [] if paths is None else [paths]
    return found


def _batches(
    examples: Sequence[PathExample], config: ContextTraining, epoch: int
) -> list[list[PathExample]]:
    order, size = shuffled(range(len(examples)), config.seed, epoch), config.batch_size
    return [[examples[i] for i in order[at : at + size]] for at in range(0, len(order), size)]
