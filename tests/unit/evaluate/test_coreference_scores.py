"""MUC, B-cubed and CEAF-e on the worked examples of their papers and on invariances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgqa.evaluate.coreference import conll_f1, coreference_counts

# Luo 2005, figure 1: the truth and two of its system responses.
TRUTH = [{1, 2, 3, 4, 5}, {6, 7}, {8, 9, 10, 11, 12}]
MERGED_LARGE = [{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11, 12}]
ALL_IN_ONE = [set(range(1, 13))]


def parts(gold: Sequence[set[int]], predicted: Sequence[set[int]]) -> list[float]:
    """Recall and precision of MUC, B-cubed and CEAF-e."""
    counts = coreference_counts(gold, predicted).reshape(3, 4)
    return [figure for row in counts for figure in (row[0] / row[1], row[2] / row[3])]


def test_a_wrong_merge() -> None:
    muc_r, muc_p, b_r, b_p, ceaf_r, ceaf_p = parts(TRUTH, MERGED_LARGE)
    assert (muc_r, muc_p) == pytest.approx((1, 9 / 10))
    assert (b_r, b_p) == pytest.approx((1, (5 + (4 + 25) / 7) / 12))
    similarity = 1 + 2 * 5 / (5 + 7)
    assert (ceaf_r, ceaf_p) == pytest.approx((similarity / 3, similarity / 2))


def test_all_in_one_cluster() -> None:
    muc_r, muc_p, b_r, b_p, ceaf_r, ceaf_p = parts(TRUTH, ALL_IN_ONE)
    assert (muc_r, muc_p) == pytest.approx((1, 9 / 11))
    assert (b_r, b_p) == pytest.approx((1, (25 + 4 + 25) / 12 / 12))
    assert (ceaf_r, ceaf_p) == pytest.approx((10 / 17 / 3, 10 / 17))


def test_the_vilain_example_of_a_split_chain() -> None:
    muc_r, muc_p, *_ = parts([{1, 2, 3, 4}], [{1, 2}, {3, 4}])
    assert (muc_r, muc_p) == pytest.approx((2 / 3, 1))


def test_mentions_that_one_side_lacks_count_against_it() -> None:
    muc_r, muc_p, b_r, b_p, *_ = parts([{1, 2, 3}], [{1, 2, 9}])
    assert (muc_r, muc_p) == pytest.approx((1 / 2, 1 / 2))
    assert (b_r, b_p) == pytest.approx((4 / 9, 4 / 9))


def score(gold: Sequence[set[int]], predicted: Sequence[set[int]]) -> float:
    return float(conll_f1(coreference_counts(gold, predicted)[None, :])[0])


def test_singletons_alone_leave_muc_out() -> None:
    assert score([{1}, {2}], [{1}, {2}]) == pytest.approx(1)
    assert score([{1}, {2}], []) == 0
    assert score([], []) == 0


partitions = st.lists(st.integers(0, 4), min_size=1, max_size=12).map(
    lambda owners: [
        {n for n, owner in enumerate(owners) if owner == cluster} for cluster in set(owners)
    ]
)


@given(partitions, partitions)
def test_bounds_symmetry_and_order(gold: list[set[int]], predicted: list[set[int]]) -> None:
    assert score(gold, gold) == pytest.approx(1)
    assert 0 <= score(gold, predicted) <= 1 + 1e-9
    assert score(gold, predicted) == pytest.approx(score(predicted, gold))
    assert score(gold, predicted[::-1]) == pytest.approx(score(gold, predicted))


def test_a_mention_in_two_clusters_counts_once() -> None:
    assert np.array_equal(
        coreference_counts([{1, 2}, {2, 3}], [{1, 2}]), coreference_counts([{1, 2}, {3}], [{1, 2}])
    )
