"""`kgqa evaluate compare`: context encoders and adapters trained alike and measured alike."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from kgqa import __version__
from kgqa.cli.options import Commands, add_verb, positive, settings_of
from kgqa.cli.output import print_json
from kgqa.errors import ConfigError
from kgqa.types import AdapterKind, ContextName

if TYPE_CHECKING:
    from collections.abc import Callable

    from kgqa.config import Settings
    from kgqa.evaluate.compare_measures import Measured
    from kgqa.evaluate.compared_row import Cell, ComparedRow
    from kgqa.pipeline import Models
    from kgqa.train.compared import TrainingBudget

_LEAST = 3
"""NAME TRIPLES and a question file."""


def add(verbs: Commands) -> None:
    parser = add_verb(
        verbs, "compare", "train each context encoder and adapter alike, and measure them", run
    )
    names = ("NAME", "TRAIN", "HELD")
    parser.add_argument("--squad", nargs=3, metavar=names, help="SQuAD files: adapters, text alone")
    parser.add_argument(
        "--multihop",
        nargs=3,
        metavar=names,
        help="multi-hop questions over the corpus that --store holds, also in TRAIN's "
        "folder as corpus.json: contexts and adapters",
    )
    parser.add_argument(
        "--graph",
        nargs="+",
        action="append",
        default=[],
        metavar="WORD",
        help="NAME TRIPLES QUESTIONS...: contexts over a given graph; may be repeated",
    )
    parser.add_argument(
        "--contexts", nargs="+", choices=get_args(ContextName), default=list(get_args(ContextName))
    )
    parser.add_argument(
        "--adapters", nargs="+", choices=get_args(AdapterKind), default=list(get_args(AdapterKind))
    )
    for kind, count in (("squad", 3000), ("multihop", 450), ("graph", 4000)):
        parser.add_argument(
            f"--{kind}-questions",
            metavar="N",
            type=positive,
            default=count,
            help=f"that each training may read ({count})",
        )
    parser.add_argument(
        "--held-out", metavar="N", type=positive, default=200, help="questions measured (200)"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of every draw (0)")
    parser.add_argument("--again", action="store_true", help="measure the rows that are there too")
    parser.add_argument(
        "--work", metavar="FOLDER", type=Path, default=Path("runs/compare"), help="for weights"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", type=Path, required=True, help="JSON, table and plot"
    )


def run(arguments: argparse.Namespace) -> int:
    from kgqa.evaluate.compare import TABLE_FILE, compare

    rows_of = _Rows(arguments)
    cells = rows_of.cells()
    if not cells:
        raise ConfigError(
            "compare: expected questions, got none; give --squad, --multihop, --graph"
        )
    rows = compare(
        cells,
        rows_of.measure,
        arguments.out,
        rows_of.shared(),
        arguments.again,
    )
    if arguments.json:
        print_json({"out": str(arguments.out), "rows": [row.to_json() for row in rows]})
    else:
        print((arguments.out / TABLE_FILE).read_text(encoding="utf-8"), end="")
    return 0


@dataclass(frozen=True, slots=True)
class _Graph:
    """A given graph, with the files that its questions were split into."""

    triples: Path
    train: Path
    held: Path


class _Rows:
    """The rows that the options ask for."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        from kgqa.train.compared import TrainingBudget, split_questions

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
        for words in arguments.graph:
            if len(words) < _LEAST:
                raise ConfigError(
                    f"--graph: expected NAME TRIPLES QUESTIONS..., got {' '.join(words)}"
                )
            questions = [Path(word) for word in words[2:]]
            folder = arguments.work / self._named(words[0])
            files = split_questions(questions, arguments.held_out, self._budget, folder)
            self._graphs[words[0]] = _Graph(Path(words[1]), *files)

    def cells(self) -> list[Cell]:
        """One for each row, those that others start from first."""
        from kgqa.evaluate.compared_row import Cell

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
        from kgqa.evaluate.compare_measures import trained_parameters
        from kgqa.evaluate.compared_row import ComparedRow
        from kgqa.lm.adapter import read_card

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
        from kgqa.evaluate.compare_measures import measure_graph, measure_multihop, measure_squad
        from kgqa.train.compared import corpus_beside

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
        from kgqa.lm.adapter import CARD_FILE

        folder: Path = self._asked.work / self._named(cell.name)
        old = self._asked.again and folder not in self._made
        if old or not (folder / CARD_FILE).is_file():
            self._training(cell, folder)()
        self._made.add(folder)
        return folder

    def _training(self, cell: Cell, out: Path) -> Callable[[], object]:
        from kgqa.train.compared import graph_training, multihop_training, squad_training
        from kgqa.train.context import train_context
        from kgqa.train.reader import train_reader

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
        from kgqa.evaluate.compared_row import Cell

        if self._asked.squad is None:
            return None
        return self._trained(Cell(self._asked.squad[0], "none", cell.adapter))

    def _is_squad(self, cell: Cell) -> bool:
        return self._asked.squad is not None and cell.benchmark == self._asked.squad[0]

    def _models(self, weights: Path | None) -> Models:
        from kgqa.pipeline import Models

        return Models(self._settings.model_copy(update={"weights": weights, "lm": None}))

    def _named(self, name: str) -> str:
        """A folder's name that tells budgets apart."""
        given = self._budget
        questions = f"{given.squad_questions}-{given.multihop_questions}-{given.graph_questions}"
        return f"{name}-{questions}-{self._asked.held_out}-seed{given.seed}"
