"""Coreference scores: MUC, B-cubed and CEAF-e, and their mean, the CoNLL score.

MUC: Vilain et al., 1995. B-cubed: Bagga & Baldwin, 1998, for predicted mentions by Cai &
Strube, 2010, left as in the reference scorer (Pradhan et al., ACL 2014): a mention that one
side lacks counts against it. CEAF-e: Luo, 2005, with similarity phi4.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Set
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from kgqa.evaluate.bootstrap import Floats, ratio

_M = TypeVar("_M", bound=Hashable)


def coreference_counts(gold: Sequence[Set[_M]], predicted: Sequence[Set[_M]]) -> Floats:
    """What one document adds to the three scores.

    A mention in two clusters of a side counts in the first alone.

    Returns:
        [12]: for MUC, B-cubed and CEAF-e in turn the recall's numerator and denominator and
        the precision's numerator and denominator.
    """
    keys, answers = _disjoint(gold), _disjoint(predicted)
    overlap = _overlap(keys, answers)
    key_sizes = np.array([len(key) for key in keys], dtype=np.float64)
    answer_sizes = np.array([len(answer) for answer in answers], dtype=np.float64)
    similarity = _ceaf_e(overlap, key_sizes, answer_sizes)
    return np.array(
        [
            *_muc(overlap, key_sizes),
            *_muc(overlap.T, answer_sizes),
            *_b_cubed(overlap, key_sizes),
            *_b_cubed(overlap.T, answer_sizes),
            similarity,
            len(keys),
            similarity,
            len(answers),
        ],
        dtype=np.float64,
    )


def conll_f1(sums: Floats) -> Floats:
    """The mean of the three F1.

    A score without any denominator (MUC where no cluster has two mentions) is left out.

    Args:
        sums: [samples, 12], `coreference_counts` added over documents.

    Returns:
        [samples], in [0, 1].
    """
    parts = sums.reshape(len(sums), 3, 4)
    recall = ratio(parts[..., 0], parts[..., 1])
    precision = ratio(parts[..., 2], parts[..., 3])
    f1 = ratio(2 * precision * recall, precision + recall)
    defined = (parts[..., 1] + parts[..., 3] > 0).sum(axis=1).astype(np.float64)
    return ratio(f1.sum(axis=1), defined)


def _disjoint(clusters: Sequence[Set[_M]]) -> list[frozenset[_M]]:
    seen: set[_M] = set()
    kept: list[frozenset[_M]] = []
    for cluster in clusters:
        own = frozenset(cluster - seen)
        seen |= own
        if own:
            kept.append(own)
    return kept


def _overlap(keys: Sequence[Set[_M]], answers: Sequence[Set[_M]]) -> Floats:
    """[keys, answers]: how many mentions each pair of clusters shares."""
    place = {mention: n for n, answer in enumerate(answers) for mention in answer}
    shared: NDArray[np.float64] = np.zeros((len(keys), len(answers)))
    for n, key in enumerate(keys):
        for mention in key:
            if mention in place:
                shared[n, place[mention]] += 1
    return shared


def _muc(overlap: Floats, sizes: Floats) -> tuple[float, float]:
    """Links kept: sum of |K| - (parts that the other side splits K into) over sum of |K| - 1."""
    missed = sizes - overlap.sum(axis=1)
    parts = (overlap > 0).sum(axis=1) + missed
    return float((sizes - parts).sum()), float((sizes - 1).sum())


def _b_cubed(overlap: Floats, sizes: Floats) -> tuple[float, float]:
    """Sum over clusters K, R of |K & R|^2 / |K|, over the number of mentions."""
    kept = ratio((overlap**2).sum(axis=1), sizes)
    return float(kept.sum()), float(sizes.sum())


def _ceaf_e(overlap: Floats, key_sizes: Floats, answer_sizes: Floats) -> float:
    """The best one-to-one alignment's sum of 2 |K & R| / (|K| + |R|)."""
    if not overlap.size:
        return 0.0
    similarity = 2 * overlap / (key_sizes[:, None] + answer_sizes[None, :])
    rows, columns = linear_sum_assignment(similarity, maximize=True)
    return float(similarity[rows, columns].sum())
