"""How well a reader in training answers its dev part, and what its margins are worth there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from kgqa.lm.backbone import Backbone
from kgqa.qa.calibration import Calibration, abstention_threshold, fit_calibration
from kgqa.qa.model import ReaderModel, best_answers
from kgqa.qa.reader import Reader
from kgqa.train.reading_network import ReadingNetwork
from kgqa.train.reading_targets import (
    Target,
    TrainingReading,
    accepted,
    collate_targets,
    same_length_groups,
)

_BATCH = 32
_EVEN, _MOSTLY = 0.5, 0.85
"""Expected answerable questions: half of those on one text, as in SQuAD 2.0, and most of those
that a store is asked."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """`f1` of the best answer's positions with an accepted one's, in [0, 1]."""

    margin: float
    f1: float
    answerable: bool


@torch.inference_mode()
def predict(network: ReadingNetwork, targets: Sequence[Target], pad: int) -> list[Predicted]:
    """The best answer of each window, in no order."""
    rows = []
    for group in same_length_groups(targets, _BATCH):
        chosen = [targets[i] for i in group]
        batch = collate_targets(chosen, pad).to(network.device)
        context = network.outputs(chosen)
        logits = network.model(batch.batch, context)
        starts, ends = (of.cpu() for of in accepted(chosen, batch, context))
        best = best_answers(logits, batch.batch.texts)
        places = zip(best.starts.tolist(), best.ends.tolist(), strict=True)
        for row, (place, margin) in enumerate(zip(places, best.margins.tolist(), strict=True)):
            right = _places(starts[row], ends[row])
            f1 = _overlap((place[0], place[1] + 1), right)
            rows.append(Predicted(margin, f1, not bool(starts[row, 0])))
    return rows


def dev_score(network: ReadingNetwork, targets: Sequence[Target], pad: int) -> float:
    """Mean F1, where pointing at nothing is right for a window without an answer."""
    rows = predict(network, targets, pad)
    right = [
        row.f1
        if row.answerable and row.margin >= 0
        else float(not row.answerable and row.margin < 0)
        for row in rows
    ]
    return sum(right) / max(1, len(right))


def calibrations(
    network: ReadingNetwork,
    backbone: Backbone,
    dev: Sequence[TrainingReading],
    alone: Sequence[Target],
    several: Sequence[Target],
) -> dict[str, object]:
    """What a card says of margins: for one text, for one whose answer is read again, and for
    passages that are read together.

    Args:
        dev: readings of one text.
        alone: their windows, or others where there are none.
        several: windows of several passages.
    """
    single = _calibration(predict(network, alone, backbone.pad_id), _EVEN)
    joint = predict(network, several, backbone.pad_id)
    return {
        "calibration": {"slope": single.slope, "offset": single.offset},
        "threshold": single.threshold,
        "verified": asdict(_verified(network.model, backbone, dev)) if dev else None,
        "together": asdict(_calibration(joint, _MOSTLY)) if several else None,
    }


def _verified(
    model: ReaderModel, backbone: Backbone, dev: Sequence[TrainingReading]
) -> Calibration:
    reader = Reader(model, backbone, Calibration(1, 0), verified=Calibration(1, 0))
    found = reader.read([one.reading for one in dev])
    rows = [
        Predicted(
            answer.margin,
            _overlap((answer.start, answer.end), [(s, e) for _, s, e in one.spans]),
            bool(one.spans),
        )
        for one, answer in zip(dev, found, strict=True)
        if answer is not None
    ]
    return _calibration(rows, _EVEN)


def _calibration(rows: Sequence[Predicted], expected: float) -> Calibration:
    """How the margin tells a right answer from a wrong one, and below which to abstain;
    `expected` as in `abstention_threshold`."""
    margins = [row.margin for row in rows]
    right = [row.answerable and row.f1 > 0 for row in rows]
    has = [row.answerable for row in rows]
    threshold = abstention_threshold(margins, [row.f1 for row in rows], has, expected)
    return replace(fit_calibration(margins, right), threshold=threshold)


def _places(starts: Tensor, ends: Tensor) -> list[tuple[int, int]]:
    """Half-open positions of the accepted answers."""
    last = ends.nonzero()[:, 0].tolist()
    return [(s, next((e for e in last if e >= s), s) + 1) for s in starts.nonzero()[:, 0].tolist()]


def _overlap(found: tuple[int, int], places: Iterable[tuple[int, int]]) -> float:
    """F1 of a half-open span's positions with the place that it shares most with."""
    best = 0.0
    for start, end in places:
        shared = max(0, min(found[1], end) - max(found[0], start))
        best = max(best, 2 * shared / ((found[1] - found[0]) + (end - start)))
    return best
