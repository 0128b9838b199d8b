"""The trainings that `kgqa evaluate compare` puts side by side, each under one budget."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from kgqa.errors import QuestionError
from kgqa.train.settings import ContextTraining, GraphEncoder, ReaderTraining
from kgqa.types import AdapterKind, ContextName

SIZES: dict[AdapterKind, int] = {"lora": 32, "bottleneck": 144, "prompt": 32}
"""LoRA and the bottleneck train as many parameters; a prompt cannot, as its tokens take places."""
RATES: dict[AdapterKind, float] = {"lora": 1e-3, "bottleneck": 1e-3, "prompt": 1e-2}
"""Peak learning rates; a prompt needs a higher one (Lester et al. 2021, arXiv 2104.08691)."""
_GRAPH_RATE = 2e-3
_GRAPH_BATCH = 32


@dataclass(frozen=True, slots=True)
class TrainingBudget:
    """What every training of a kind may take.

    Attributes:
        squad_questions: read once.
        multihop_questions: readings of several passages, in whole epochs; at least one.
        graph_questions: over a given graph, read once.
        seed: of initial weights, order and every draw.
    """

    squad_questions: int = 3000
    multihop_questions: int = 450
    graph_questions: int = 4000
    seed: int = 0


def squad_training(path: Path, adapter: str, budget: TrainingBudget, out: Path) -> ReaderTraining:
    """A reader from the frozen backbone on; its answers are in the passages."""
    kind = cast(AdapterKind, adapter)
    return ReaderTraining(
        train=(path,),
        out=out,
        limit=budget.squad_questions,
        adapter=kind,
        size=SIZES[kind],
        learning_rate=RATES[kind],
        seed=budget.seed,
    )


def multihop_training(
    path: Path,
    store: str,
    context: str,
    adapter: str,
    start: Path | None,
    budget: TrainingBudget,
    out: Path,
) -> ReaderTraining:
    """A reader that goes on from what its adapter learned of single passages.

    Args:
        path: multi-hop questions, a `corpus.json` beside them where they need one.
        store: URL of the ingested corpus.
        start: reader weights with the same adapter; None starts from the frozen backbone.
    """
    from kgqa.train.task_files import load_multihop_tasks

    kind = cast(AdapterKind, adapter)
    corpus = corpus_beside(path)
    tasks = len(load_multihop_tasks(path, corpus))
    return ReaderTraining(
        train=(),
        out=out,
        multihop=(path,),
        stores=(store,),
        start=start,
        context=cast(ContextName, context),
        epochs=max(1, round(budget.multihop_questions / max(1, tasks))),
        adapter=kind,
        size=SIZES[kind],
        learning_rate=RATES[kind] / 2,
        seed=budget.seed,
    )


def corpus_beside(path: Path) -> Path | None:
    """The `corpus.json` beside a question file, if there is one."""
    corpus = path.with_name("corpus.json")
    return corpus if corpus.is_file() else None


def graph_training(
    questions: Path, triples: Path, context: str, budget: TrainingBudget, out: Path
) -> ContextTraining:
    """A context encoder over one given graph."""
    return ContextTraining(
        train=(questions,),
        triples=(triples,),
        out=out,
        epochs=1,
        batch_size=_GRAPH_BATCH,
        learning_rate=_GRAPH_RATE,
        context=cast(GraphEncoder, context),
        seed=budget.seed,
    )


def split_questions(
    paths: Sequence[Path], held: int, budget: TrainingBudget, folder: Path
) -> tuple[Path, Path]:
    """Question lines, drawn without replacement: training and held-out files in `folder`.

    Raises:
        QuestionError: a file cannot be read, or there are too few questions.
    """
    try:
        lines = [line for path in paths for line in path.read_text("utf-8").splitlines() if line]
    except OSError as error:
        raise QuestionError(f"{error.filename}: {error.strerror}; give a question file") from error
    if len(lines) <= held:
        raise QuestionError(
            f"{', '.join(map(str, paths))}: expected more than the {held} questions that are "
            f"held out, got {len(lines)}; give a lower --held-out"
        )
    random.Random(budget.seed).shuffle(lines)
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"train": lines[held:][: budget.graph_questions], "held": lines[:held]}
    files = {name: folder / f"{name}.txt" for name in parts}
    for name, part in parts.items():
        files[name].write_text("".join(f"{line}\n" for line in part), encoding="utf-8")
    return files["train"], files["held"]
