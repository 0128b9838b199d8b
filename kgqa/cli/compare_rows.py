"""The rows of `kgqa evaluate compare`: which there are, and how one is trained and measured."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from kgqa import __version__
from kgqa.cli.options import settings_of
from kgqa.cli.stores import check_exists
from kgqa.config import Settings
from kgqa.errors import ConfigError
from kgqa.evaluate.compare_measures import (
    Measured,
    measure_graph,
    measure_multihop,
    measure_squad,
    trained_parameters,
)
from kgqa.evaluate.compared_row import Cell, ComparedRow
from kgqa.lm.adapter import CARD_FILE, read_card
from kgqa.models import Models
from kgqa.train.compared import (
    TrainingBudget,
    corpus_beside,
    graph_training,
    multihop_training,
    split_questions,
    squad_training,
)
from kgqa.train.context import train_context
from kgqa.train.reader import train_reader

_NAME = re.compile(r"\w[\w.-]*")
_LEAST = 3
"""NAME TRIPLES and a question file."""


@dataclass(frozen=True, slots=True)
class _Graph:
    """A given graph, with the files that its questions were split into."""

    triples: Path
    train: Path
    held: Path


class ComparedRows:
    """The rows that the options of `kgqa evaluate compare` ask for, each trained and measured.

    Raises:
        ConfigError: a graph without questions, a file that is not there, or a name that is no
            folder's or stands twice; before anything is trained.
        StoreError: there is no store for the multi-hop questions.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._asked = arguments
        self._settings: Settings = settings_of(arguments)
        self._budget: TrainingBudget = TrainingBudget(
            arguments.squad_questions,
            arguments.multihop_questions,
            arguments.graph_questions,
            arguments.seed,
        )
        self._made: set[Path] = set()
        self._graphs: dict[str, _Graph] = {}
        _check(arguments)
        if arguments.multihop is not None:
            check_exists(self._settings.store)
        for words in arguments.graph:
            questions = [Path(word) for word in words[2:]]
            folder = arguments.work / self._named(words[0])
            files = split_questions(questions, arguments.held_out, self._budget, folder)
            self._graphs[words[0]] = _Graph(Path(words[1]), *files)

    def cells(self) -> list[Cell]:
        """One for each row, those that others start from first."""
        contexts, adapters = self._asked.contexts, self._asked.adapters
        found = []
        if self._asked.squad is not None:
            found += [Cell(self._asked.squad[0], "none", adapter) for adapter in adapters]
        if self._asked.multihop is not None:
            name = self._asked.multihop[0]
            found += [Cell(name, context, adapter) for adapter in adapters for context in contexts]
        for name in self._graphs:
            found += [Cell(name, context, "none") for context in contexts if context != "none"]
        return found

    def shared(self) -> dict[str, str | int]:
        """What all rows share."""
        backbone, precision = self._settings.backbone, self._settings.precision
        return {
            **asdict(self._budget),
            "held_out": self._asked.held_out,
            "backbone": backbone,
            "precision": precision,
        }

    def measure(self, cell: Cell) -> ComparedRow:
        """Train and measure one row."""
        print(f"{cell.name}: training", file=sys.stderr)
        folder = self._trained(cell)
        part = "context" if cell.benchmark in self._graphs else "reader"
        card = read_card(folder, part)
        found = self._measured(cell, self._models(folder))
        print(f"{cell.name}: {found.metric} {found.value.value:.1f}", file=sys.stderr)
        return ComparedRow(
            cell,
            found.metric,
            found.n,
            found.value,
            found.text_only,
            trained_parameters(folder),
            float(card["seconds"]),
            found.questions_a_second,
            str(card["command"]),
            self._budget.seed,
            __version__,
        )

    def _measured(self, cell: Cell, models: Models) -> Measured:
        limit, seed = self._asked.held_out, self._budget.seed
        if cell.benchmark in self._graphs:
            graph = self._graphs[cell.benchmark]
            return measure_graph(graph.held, graph.triples, models, limit, seed)
        if self._is_squad(cell):
            return measure_squad(Path(self._asked.squad[2]), models, limit, seed)
        train, held = map(Path, self._asked.multihop[1:])
        store = self._settings.store
        return measure_multihop(held, corpus_beside(train), store, models, limit, seed)

    def _trained(self, cell: Cell) -> Path:
        """The row's weights: those of an earlier run where they are there, else new ones."""
        folder: Path = self._asked.work / self._named(cell.name)
        old = self._asked.again and folder not in self._made
        if old or not (folder / CARD_FILE).is_file():
            self._training(cell, folder)()
        self._made.add(folder)
        return folder

    def _training(self, cell: Cell, out: Path) -> Callable[[], object]:
        models = self._models(None)
        backbone = models.encoder.backbone
        if cell.benchmark in self._graphs:
            graph = self._graphs[cell.benchmark]
            walk = graph_training(graph.train, graph.triples, cell.context, self._budget, out)
            return partial(train_context, walk, backbone)
        if self._is_squad(cell):
            path = Path(self._asked.squad[1])
            reading = squad_training(path, cell.adapter, self._budget, out)
        else:
            path, store = Path(self._asked.multihop[1]), self._settings.store
            reading = multihop_training(
                path, store, cell.context, cell.adapter, self._start(cell), self._budget, out
            )
        return partial(train_reader, reading, backbone, models.ontology)

    def _start(self, cell: Cell) -> Path | None:
        """What the adapter learned of single passages, where such are given."""
        if self._asked.squad is None:
            return None
        return self._trained(Cell(self._asked.squad[0], "none", cell.adapter))

    def _is_squad(self, cell: Cell) -> bool:
        return self._asked.squad is not None and cell.benchmark == self._asked.squad[0]

    def _models(self, weights: Path | None) -> Models:
        return Models(self._settings.model_copy(update={"weights": weights, "lm": None}))

    def _named(self, name: str) -> str:
        """A folder's name that tells budgets apart."""
        given = self._budget
        questions = f"{given.squad_questions}-{given.multihop_questions}-{given.graph_questions}"
        return f"{name}-{questions}-{self._asked.held_out}-seed{given.seed}"


def _check(arguments: argparse.Namespace) -> None:
    given = [words for words in (arguments.squad, arguments.multihop) if words is not None]
    for words in arguments.graph:
        if len(words) < _LEAST:
            raise ConfigError(f"--graph: expected NAME TRIPLES QUESTIONS..., got {' '.join(words)}")
    names = [words[0] for words in (*given, *arguments.graph)]
    for name in names:
        if names.count(name) > 1 or not _NAME.fullmatch(name):
            raise ConfigError(
                "expected for each set a name of its own, of letters, digits, '.', '_' and '-', "
                f"got {', '.join(map(repr, names))}"
            )
    for path in (path for words in (*given, *arguments.graph) for path in words[1:]):
        if not Path(path).is_file():
            raise ConfigError(f"{path}: expected a file to train or measure on, got none; give one")
