from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from kgqa.extract.coreference import (
    PAIR_FEATURES,
    CoreferenceHead,
    candidate_pairs,
    cluster_pairs,
    pair_features,
    prepare,
)


@pytest.mark.parametrize(
    ("a", "b", "index"),
    [
        ("Marie Curie", "marie curie", 0),
        ("Marie Curie", "Curie", 2),
        ("Marie Curie", "Pierre Curie", 3),
        ("United Nations", "UN", 5),
        ("M. Curie", "Marie Curie", 5),
    ],
)
def test_features_see_how_names_are_alike(a: str, b: str, index: int) -> None:
    features = pair_features(prepare(a, 0), prepare(b, 0))
    assert len(features) == PAIR_FEATURES
    assert features[index] == 1
    assert pair_features(prepare(b, 0), prepare(a, 0)) == features


def test_two_full_names_of_one_family_are_told_apart() -> None:
    assert pair_features(prepare("Marie Curie", 0), prepare("Pierre Curie", 0))[7] == 1
    assert pair_features(prepare("Marie Curie", 0), prepare("Curie", 0))[7] == 0


def test_scores_do_not_depend_on_the_order_of_a_pair() -> None:
    torch.manual_seed(0)
    head = CoreferenceHead(32).eval()
    a, b = torch.randn(3, 64), torch.randn(3, 64)
    features = torch.rand(3, PAIR_FEATURES)
    assert torch.allclose(head(a, b, features), head(b, a, features))


def test_a_mention_joins_its_best_antecedent() -> None:
    pairs = [(0, 1), (0, 2), (1, 2), (2, 3)]
    logits = [-1.0, 0.5, 2.0, -3.0]
    assert cluster_pairs(4, [(pairs, logits)]) == [0, 1, 1, 2]
    assert cluster_pairs(4, [(pairs[:1], logits[:1]), (pairs[1:], logits[1:])]) == [0, 1, 1, 2]
    assert cluster_pairs(3, []) == [0, 1, 2]


def test_only_names_with_a_common_word_are_compared_across_passages() -> None:
    names = [prepare(text, 0) for text in ("Marie Curie", "Paris", "Curie", "UN", "United Nations")]
    (pairs,) = candidate_pairs(names, [0, 0, 1, 2, 3])
    assert (0, 1) in pairs
    assert (0, 2) in pairs
    assert (3, 4) in pairs
    assert (1, 2) not in pairs


def test_a_long_document_costs_linear_work() -> None:
    names = [prepare("Curie", 0)] * 600
    assert sum(map(len, candidate_pairs(names, list(range(600))))) <= 600 * 20


def test_pairs_come_a_few_at_a_time_with_all_of_a_mention_together() -> None:
    names = [prepare("Curie", 0)] * 600
    runs = list(candidate_pairs(names, list(range(600)), 100))
    assert len(runs) > 50
    assert max(map(len, runs)) <= 100 + 20
    assert [pair for run in runs for pair in run] == next(
        candidate_pairs(names, list(range(600)), 10**6)
    )
    later = [{j for _, j in run} for run in runs]
    assert not any(a & b for a, b in pairwise(later))
