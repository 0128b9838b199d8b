"""Platt scaling: a reader's margin as the probability that its span is right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_SOFTNESS = 1.0
"""In units of a margin. Of 876 dev questions drawn anew 60 times, the best hard cut lay at
0.5 +- 1.4, and the best soft one at 0.9 +- 0.5."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """score = sigmoid(slope * margin + offset), in [0, 1] (Platt 1999).

    `threshold`: the least margin of an answer; below it the reader abstains.
    """

    slope: float
    offset: float
    threshold: float = 0.0

    def score(self, margin: float) -> float:
        """The probability in (0, 1) that an answer of that margin is right."""
        exponent = max(-60.0, min(60.0, self.slope * margin + self.offset))
        return 1 / (1 + math.exp(-exponent))


def fit_calibration(margins: Sequence[float], right: Sequence[bool]) -> Calibration:
    """Maximum likelihood with Platt's smoothed targets, so that a small or one-sided dev
    part gives finite values."""
    from scipy.optimize import minimize  # slow to import, and only training needs it

    x = np.asarray(margins, dtype=float)
    positive = np.asarray(right, dtype=bool)
    n_right, n_wrong = int(positive.sum()), int((~positive).sum())
    target = np.where(positive, (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2))

    def loss(parameters: np.ndarray) -> float:
        z = parameters[0] * x + parameters[1]
        return float(np.mean(np.logaddexp(0, z) - target * z))

    slope, offset = minimize(loss, np.array([0.5, 0.0]), method="BFGS").x
    return Calibration(float(slope), float(offset))


def abstention_threshold(
    margins: Sequence[float],
    f1: Sequence[float],
    answerable: Sequence[bool],
    expected: float = 0.5,
) -> float:
    """The margin below which abstaining is best.

    The expected F1 is highest there, where abstaining from an unanswerable question counts 1
    and a margin answers with probability sigmoid((margin - threshold) / _SOFTNESS): the best
    hard cut of a few hundred questions is mostly chance. Halves from -5 to 10 are tried, and 0
    is taken where nothing tells.

    Args:
        f1: of the answer to each question, were it given, in [0, 1].
        expected: share of answerable questions where the reader will be used, in [0, 1].
    """
    from scipy.special import expit  # slow to import, as above

    x = np.asarray(margins, dtype=float)
    gain, has = np.asarray(f1, dtype=float), np.asarray(answerable, dtype=bool)
    if has.all() or not has.any():
        return 0.0

    def balance(threshold: float) -> float:
        answered = expit((x - threshold) / _SOFTNESS)
        one, other = (answered * gain)[has].mean(), (1 - answered)[~has].mean()
        return float(expected * one + (1 - expected) * other)

    return max((t / 2 for t in range(-10, 21)), key=lambda t: (balance(t), -abs(t)))
