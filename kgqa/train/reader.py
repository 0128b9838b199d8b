"""`kgqa train reader`: the extractive reader's adapter and pointer."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kgqa.lm.adapter import LoraSettings, add_lora, load_adapter, save_adapter, start_from
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import length_buckets
from kgqa.qa.calibration import Calibration, abstention_threshold, fit_calibration
from kgqa.qa.model import ReaderBatch, ReaderModel, best_spans, pointer_loss
from kgqa.qa.windows import ReadingPair, Window, collate, make_windows
from kgqa.train.card import training_card
from kgqa.train.loop import Loop, LoopSettings, shuffled, trained_tensors
from kgqa.train.questions import ReadingExample, load_reading, split_by_title
from kgqa.train.settings import ReaderTraining
from kgqa.train.unanswerable import altered, beside_another_text, unanswerable_of

__all__ = ["ReaderTraining", "train_reader"]
logger = logging.getLogger(__name__)
_DEV_QUESTIONS = 400
_DEV_EVERY = 40
_DEV_UNANSWERABLE = 0.25
"""Each of the two ways of making questions without an answer, as a share of the dev part."""
_TITLED = 0.5
"""Half of the questions are read with the title before the text, as `ask` does."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A window and the tokens to point at; 0, 0 when the answer is not in it."""

    window: Window
    start: int
    end: int


def train_reader(config: ReaderTraining, backbone: Backbone) -> dict[str, float]:
    """Train, calibrate on the dev part, and write adapter and card to `config.out`.

    Returns:
        The dev part's figures, in percent, as the card has them.
    """
    torch.manual_seed(config.seed)
    train, dev = _examples(config)
    targets = _targets(backbone, train, config.seed)
    dev_targets = _targets(backbone, dev, config.seed + 1)
    logger.info("%d training windows, %d dev windows", len(targets), len(dev_targets))
    model = ReaderModel(
        add_lora(backbone.copy_model(), LoraSettings(config.rank, config.rank)).to(backbone.dtype),
        backbone.width,
    )
    if config.start is not None:
        saved = load_adapter(config.start, "reader", backbone)
        start_from(model, saved)
    pad = backbone.pad_id
    lengths = [len(target.window.input_ids) for target in targets]
    groups = list(length_buckets(lengths, config.batch_size))

    def loss(batch: Sequence[_Target]) -> Tensor:
        starts = torch.tensor([target.start for target in batch])
        ends = torch.tensor([target.end for target in batch])
        return pointer_loss(model(collate([t.window for t in batch], pad)), starts, ends)

    loop = Loop(
        model,
        lambda epoch: [
            [targets[i] for i in groups[g]]
            for g in shuffled(range(len(groups)), config.seed, epoch)
        ],
        loss,
        lambda: _dev_score(model, dev_targets, pad),
        LoopSettings(
            epochs=config.epochs,
            learning_rate=config.learning_rate,
            evaluations=3,
            seed=config.seed,
        ),
        config.out,
    )
    fit = loop.run(config.resume)
    calibration, threshold = _calibrate(model, dev_targets, pad)
    metrics = {"dev_span_f1": 100 * fit.best}
    card = training_card("reader", config, backbone, metrics, fit.seconds)
    card["lora"] = {"rank": config.rank, "alpha": config.rank}
    card["calibration"] = {"slope": calibration.slope, "offset": calibration.offset}
    card["threshold"] = threshold
    save_adapter(config.out, trained_tensors(model), card)
    return metrics


def _examples(config: ReaderTraining) -> tuple[list[ReadingExample], list[ReadingExample]]:
    draw = random.Random(config.seed)
    pool = [example for path in config.train for example in load_reading(path)]
    if config.dev is None:
        pool, dev = split_by_title(pool, _DEV_EVERY)
    else:
        dev = load_reading(config.dev)
    answerable = [e for e in pool if e.end > e.start]
    if config.limit is not None and config.limit < len(answerable):
        answerable = draw.sample(answerable, config.limit)
    train = [
        *answerable,
        *beside_another_text(answerable, config.unanswerable, config.seed),
        *altered(answerable, config.altered, config.seed),
        *unanswerable_of(config.abstain),
    ]
    dev = draw.sample(dev, min(_DEV_QUESTIONS, len(dev)))
    asked = [e for e in dev if e.end > e.start]
    dev += beside_another_text(asked, _DEV_UNANSWERABLE, config.seed)
    dev += altered(asked, _DEV_UNANSWERABLE, config.seed)
    return train, dev


def _targets(backbone: Backbone, examples: Sequence[ReadingExample], seed: int) -> list[_Target]:
    draw = random.Random(seed)
    titled = [e if draw.random() < _TITLED else replace(e, title="") for e in examples]
    pairs = [ReadingPair(e.question, e.text, e.title) for e in titled]
    targets = []
    for window in make_windows(backbone.tokenizer, pairs):
        example = titled[window.pair]
        inside = [
            i
            for i, (start, end) in enumerate(window.offsets)
            if start >= 0 and start < example.end and end > example.start
        ]
        whole = inside and window.offsets[inside[-1]][1] >= example.end
        if whole and window.offsets[inside[0]][0] <= example.start:
            targets.append(_Target(window, inside[0], inside[-1]))
        elif example.start == example.end:
            targets.append(_Target(window, 0, 0))
    return targets


def _predict(
    model: ReaderModel, targets: Sequence[_Target], pad: int
) -> list[tuple[_Target, int, int, float]]:
    rows = []
    for group in length_buckets([len(target.window.input_ids) for target in targets], 32):
        batch: ReaderBatch = collate([targets[i].window for i in group], pad)
        starts, ends, margins = best_spans(model(batch))
        for row, i in enumerate(group):
            rows.append((targets[i], int(starts[row]), int(ends[row]), float(margins[row])))
    return rows


def _dev_score(model: ReaderModel, targets: Sequence[_Target], pad: int) -> float:
    """Mean token F1 of the spans, where pointing at nothing is right for a question
    without an answer."""
    total = 0.0
    for target, start, end, margin in _predict(model, targets, pad):
        if target.end == 0 or margin < 0:
            total += float(target.end == 0 and margin < 0)
            continue
        shared = max(0, min(end, target.end) - max(start, target.start) + 1)
        total += 2 * shared / ((end - start + 1) + (target.end - target.start + 1))
    return total / max(1, len(targets))


@torch.inference_mode()
def _calibrate(
    model: ReaderModel, targets: Sequence[_Target], pad: int
) -> tuple[Calibration, float]:
    """On the dev part: how the margin tells a right span from a wrong one, and below which
    margin to abstain."""
    rows = _predict(model, targets, pad)
    margins = [margin for *_, margin in rows]
    right = [
        target.end > 0 and start <= target.end and end >= target.start
        for target, start, end, _ in rows
    ]
    answerable = [target.end > 0 for target, *_ in rows]
    return fit_calibration(margins, right), abstention_threshold(margins, right, answerable)
