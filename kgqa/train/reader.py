"""`kgqa train reader`: the extractive reader's adapter, pointer and context encoder."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict

import torch
from torch import Tensor

from kgqa.errors import QuestionError
from kgqa.lm.adapter import adapter_card, save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.ontology import Ontology
from kgqa.qa.model import pointer_loss
from kgqa.train.card import training_card, training_digest
from kgqa.train.loop import Loop, loop_settings, shuffled
from kgqa.train.reading_network import (
    ReadingNetwork,
    adapter_of,
    context_shape,
    reading_network,
)
from kgqa.train.reading_scores import calibrations, dev_score
from kgqa.train.reading_sets import TaskReadings, single_readings
from kgqa.train.reading_targets import (
    Target,
    accepted,
    collate_targets,
    same_length_groups,
    targets_of,
)
from kgqa.train.settings import ReaderTraining
from kgqa.train.soft_context import NODE_LOSS, node_loss
from kgqa.train.teachers import Teachers

__all__ = ["ReaderTraining", "epoch_batches", "train_reader"]
logger = logging.getLogger(__name__)
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
        lambda: dev_score(network, dev_targets, pad),
        loop_settings(config, accumulate=parts, beside=parts > 1, evaluations=2),
        config.out,
        training_digest(config, backbone),
    )
    fit = loop.run(config.resume)
    score = fit.best
    if config.blend < 1:
        network.blend(config.blend)
        score = dev_score(network, dev_targets, pad)
    metrics = {"dev_f1": 100 * score}
    card = training_card("reader", config, backbone, metrics, fit.seconds)
    card["adapter"] = adapter_card(adapter_of(config))
    card["context"] = {"name": config.context, "shape": asdict(context_shape(backbone))}
    network.to("cpu")  # where it will read
    card |= calibrations(network, backbone, dev, alone or dev_targets, several)
    save_adapter(config.out, network.tensors(), card)
    return metrics


def epoch_batches(
    targets: Sequence[Target], size: int, seed: int, epoch: int, parts: int
) -> list[list[Target]]:
    """An epoch's batches, `parts` for each step of `size`; other windows meet in each epoch."""
    mixed = [targets[i] for i in shuffled(range(len(targets)), seed, epoch)]
    groups = same_length_groups(mixed, size)
    return [
        [mixed[i] for i in groups[g][part % len(groups[g]) :: parts]]
        for g in shuffled(range(len(groups)), seed, epoch)
        for part in range(parts)
    ]


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
