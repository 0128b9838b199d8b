"""`kgqa train reader`: the extractive reader's adapter, pointer and context encoder."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from kgqa.errors import QuestionError
from kgqa.lm.adapter import adapter_card, save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import length_buckets
from kgqa.ontology import Ontology
from kgqa.qa.calibration import Calibration, abstention_threshold, fit_calibration
from kgqa.qa.model import best_answers, pointer_loss
from kgqa.train.card import training_card
from kgqa.train.loop import Loop, LoopSettings, shuffled
from kgqa.train.reading_network import (
    ReadingNetwork,
    adapter_of,
    context_shape,
    reading_network,
)
from kgqa.train.reading_sets import TaskReadings, single_readings
from kgqa.train.reading_targets import Target, accepted, collate_targets, targets_of
from kgqa.train.settings import ReaderTraining
from kgqa.train.soft_context import NODE_LOSS, node_loss
from kgqa.train.teachers import Teachers

__all__ = ["ReaderTraining", "epoch_batches", "train_reader"]
logger = logging.getLogger(__name__)
_EVEN, _MOSTLY = 0.5, 0.85
"""Expected answerable questions: half of those on one text, as in SQuAD 2.0, and most of those
that a store is asked."""
_PARTS = 2
"""A step's windows, all about as long, are read in parts side by side on a processor."""


def train_reader(
    config: ReaderTraining, backbone: Backbone, ontology: Ontology
) -> dict[str, float]:
    """Train, calibrate on the dev part, and write adapter and card to `config.out`.

    Returns:
        The dev part's figures, in percent, as the card has them.

    Raises:
        QuestionError, DocumentError: a file is malformed, or there is nothing to train on.
        WeightsError: what to go on from does not fit.
    """
    torch.manual_seed(config.seed)
    network = reading_network(config, backbone, ontology)
    teachers = Teachers.load(config.teachers, backbone, network.device) if config.teachers else None
    train, dev = single_readings(config)
    tasks, dev_tasks = TaskReadings(config, backbone, ontology, network.subgraphs).load()
    targets = targets_of(backbone.tokenizer, [*train, *tasks])
    alone, several = (targets_of(backbone.tokenizer, part) for part in (dev, dev_tasks))
    dev_targets = [*alone, *several]
    if not targets:
        raise QuestionError(
            "expected questions to train a reader on, got none; give --train, --multihop, or "
            "--make-questions with --make-from"
        )
    logger.info("%d training windows, %d dev windows", len(targets), len(dev_targets))
    pad = backbone.pad_id
    parts = 1 if network.device.type == "cuda" else _PARTS
    loop = Loop(
        network,
        lambda epoch: epoch_batches(targets, config.batch_size, config.seed, epoch, parts),
        lambda batch: _loss(network, batch, pad, teachers, config.distill),
        lambda: _dev_score(network, dev_targets, pad),
        LoopSettings(
            epochs=config.epochs,
            learning_rate=config.learning_rate,
            accumulate=parts,
            beside=parts > 1,
            evaluations=2,
            seed=config.seed,
        ),
        config.out,
    )
    fit = loop.run(config.resume)
    score = fit.best
    if config.blend < 1:
        network.blend(config.blend)
        score = _dev_score(network, dev_targets, pad)
    metrics = {"dev_f1": 100 * score}
    card = training_card("reader", config, backbone, metrics, fit.seconds)
    card["adapter"] = adapter_card(adapter_of(config))
    card["context"] = {"name": config.context, "shape": asdict(context_shape(backbone))}
    card |= _calibrations(network, alone or dev_targets, several, pad)
    save_adapter(config.out, network.tensors(), card)
    return metrics


def _calibrations(
    network: ReadingNetwork, alone: Sequence[Target], several: Sequence[Target], pad: int
) -> dict[str, object]:
    """The card's part for one text, and for passages that are read together."""
    single = _calibrate(network, alone, pad, _EVEN)
    together = asdict(_calibrate(network, several, pad, _MOSTLY)) if several else None
    return {
        "calibration": {"slope": single.slope, "offset": single.offset},
        "threshold": single.threshold,
        "together": together,
    }


def epoch_batches(
    targets: Sequence[Target], size: int, seed: int, epoch: int, parts: int
) -> list[list[Target]]:
    """An epoch's batches, `parts` for each step of `size`; other windows meet in each epoch."""
    mixed = [targets[i] for i in shuffled(range(len(targets)), seed, epoch)]
    groups = _groups(mixed, size)
    return [
        [mixed[i] for i in groups[g][part % len(groups[g]) :: parts]]
        for g in shuffled(range(len(groups)), seed, epoch)
        for part in range(parts)
    ]


def _groups(targets: Sequence[Target], size: int) -> list[list[int]]:
    """Batches of one length, with a subgraph for each of their targets or for none."""
    groups = []
    for has in (False, True):
        places = [i for i, t in enumerate(targets) if (t.context is not None) == has]
        lengths = [len(targets[i].window.input_ids) for i in places]
        groups += [[places[i] for i in group] for group in length_buckets(lengths, size)]
    return groups


def _loss(
    network: ReadingNetwork,
    targets: Sequence[Target],
    pad: int,
    teachers: Teachers | None,
    distill: float,
) -> Tensor:
    batch = collate_targets(targets, pad).to(network.device)
    context = network.outputs(targets)
    logits = network.model(batch.batch, context)
    loss = pointer_loss(logits, *accepted(targets, batch, context))
    if context is not None:
        graphs = [target.context for target in targets if target.context is not None]
        sizes, golds = [one.graph.num_nodes for one in graphs], [one.gold for one in graphs]
        nodes = node_loss(context.node_logits, sizes, golds)
        loss = loss if nodes is None else loss + NODE_LOSS * nodes
    elif teachers is not None:
        loss = (1 - distill) * loss + distill * teachers.loss(logits, batch.batch)
    return loss


@dataclass(frozen=True, slots=True)
class _Predicted:
    """`f1` of the tokens that the best answer shares with an accepted one, in [0, 1]."""

    margin: float
    f1: float
    answerable: bool


def _predict(network: ReadingNetwork, targets: Sequence[Target], pad: int) -> list[_Predicted]:
    rows = []
    for group in _groups(targets, 32):
        chosen = [targets[i] for i in group]
        batch = collate_targets(chosen, pad).to(network.device)
        context = network.outputs(chosen)
        logits = network.model(batch.batch, context)
        starts, ends = (of.cpu() for of in accepted(chosen, batch, context))
        best = best_answers(logits, batch.batch.texts)
        places = zip(best.starts.tolist(), best.ends.tolist(), strict=True)
        for row, (place, margin) in enumerate(zip(places, best.margins.tolist(), strict=True)):
            f1 = _overlap(place, starts[row], ends[row])
            rows.append(_Predicted(margin, f1, not bool(starts[row, 0])))
    return rows


def _overlap(place: tuple[int, int], starts: Tensor, ends: Tensor) -> float:
    """F1 of the span's positions with the accepted one that it shares most with."""
    best = 0.0
    for start in starts.nonzero()[:, 0].tolist():
        end = next((e for e in ends.nonzero()[:, 0].tolist() if e >= start), start)
        shared = max(0, min(place[1], end) - max(place[0], start) + 1)
        best = max(best, 2 * shared / ((place[1] - place[0] + 1) + (end - start + 1)))
    return best


@torch.inference_mode()
def _dev_score(network: ReadingNetwork, targets: Sequence[Target], pad: int) -> float:
    """Mean F1, where pointing at nothing is right for a window without an answer."""
    rows = _predict(network, targets, pad)
    right = [
        row.f1
        if row.answerable and row.margin >= 0
        else float(not row.answerable and row.margin < 0)
        for row in rows
    ]
    return sum(right) / max(1, len(right))


@torch.inference_mode()
def _calibrate(
    network: ReadingNetwork, targets: Sequence[Target], pad: int, expected: float
) -> Calibration:
    """On a dev part: how the margin tells a right answer from a wrong one, and below which
    margin to abstain; `expected` as in `abstention_threshold`."""
    rows = _predict(network, targets, pad)
    margins = [row.margin for row in rows]
    right = [row.answerable and row.f1 > 0 for row in rows]
    has = [row.answerable for row in rows]
    threshold = abstention_threshold(margins, [row.f1 for row in rows], has, expected)
    return replace(fit_calibration(margins, right), threshold=threshold)
