"""Figures in percent with their bootstrap intervals, and random parts of what is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kgqa.errors import KgqaError

Floats = NDArray[np.float64]
_T = TypeVar("_T")
_CHUNK = 1_000_000  # draws held at a time: 8 MB an array


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure in percent with its 95 % interval, `low <= high`."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """In percent with two decimals, as it is held."""
        return {
            "value": round(self.value, 2),
            "low": round(self.low, 2),
            "high": round(self.high, 2),
        }


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Precision, recall and their harmonic mean, each with its interval."""

    precision: Metric
    recall: Metric
    f1: Metric


def bootstrap(per_question: Floats, seed: int, samples: int = 1000) -> Metric:
    """The mean and its 95 % percentile interval (Efron & Tibshirani, 1993, ch. 13).

    Args:
        per_question: [questions], each in [0, 1].

    Raises:
        ValueError: there are no questions.
    """
    column = np.asarray(per_question, dtype=np.float64).reshape(-1, 1)
    return bootstrap_statistic(column, lambda sums: sums[:, 0] / len(column), seed, samples)


def bootstrap_prf(counts: Floats, seed: int, samples: int = 1000) -> PrecisionRecall:
    """Micro-averaged precision, recall and F1, resampled by document.

    Args:
        counts: [documents, 3]: correct, predicted and gold of each document.

    Raises:
        ValueError: there are no documents.
    """
    rows = np.asarray(counts, dtype=np.float64)
    sums = _resampled_sums(rows, seed, samples)
    return PrecisionRecall(
        precision=_interval(rows, sums, lambda sums: ratio(sums[:, 0], sums[:, 1])),
        recall=_interval(rows, sums, lambda sums: ratio(sums[:, 0], sums[:, 2])),
        f1=_interval(rows, sums, lambda sums: ratio(2 * sums[:, 0], sums[:, 1] + sums[:, 2])),
    )


def bootstrap_statistic(
    counts: Floats, statistic: Callable[[Floats], Floats], seed: int, samples: int = 1000
) -> Metric:
    """Any statistic of summed counts with its 95 % percentile interval.

    Args:
        counts: [questions, columns].
        statistic: from sums [samples, columns] to values [samples] in [0, 1].

    Raises:
        ValueError: there are no questions.
    """
    rows = np.asarray(counts, dtype=np.float64)
    return _interval(rows, _resampled_sums(rows, seed, samples), statistic)


def _resampled_sums(rows: Floats, seed: int, samples: int) -> Floats:
    """[samples, columns]: sums over as many rows as there are, drawn with replacement."""
    n = len(rows)
    if not n:
        raise ValueError("expected at least one question to resample, got none")
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // n)
    sums = []
    for done in range(0, samples, step):
        size = min(step, samples - done)
        places = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        times_drawn = np.bincount(places.ravel(), minlength=size * n).reshape(size, n)
        sums.append(times_drawn.astype(np.float64) @ rows)
    return np.concatenate(sums)


def _interval(rows: Floats, sums: Floats, statistic: Callable[[Floats], Floats]) -> Metric:
    low, high = np.percentile(statistic(sums), [2.5, 97.5])
    value = statistic(rows.sum(axis=0, keepdims=True))[0]
    return Metric(100 * float(value), 100 * float(low), 100 * float(high))


def ratio(top: Floats, bottom: Floats) -> Floats:
    """`top / bottom`, arrays of one shape, and 0 where there is nothing to divide by."""
    return np.divide(top, bottom, out=np.zeros_like(top, dtype=np.float64), where=bottom > 0)


def draw(drawn_from: Sequence[_T], limit: int | None, seed: int) -> list[_T]:
    """A random part of `limit` elements, in their first order; the same for the same seed.

    Raises:
        KgqaError: the limit is below 1.
    """
    if limit is None or limit >= len(drawn_from):
        return list(drawn_from)
    if limit < 1:
        raise KgqaError(f"expected a limit of 1 or more, got {limit}")
    places = np.random.default_rng(seed).choice(len(drawn_from), size=limit, replace=False)
    return [drawn_from[place] for place in np.sort(places)]
