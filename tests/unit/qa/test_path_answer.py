"""Two rankings of the same entities, by paths and by the walk, as one."""

from __future__ import annotations

from kgqa.qa.path_answer import blended
from kgqa.qa.ranked import RankedEntity

ONE = ((0, 0, 1),)
TWO = ((0, 0, 1), (1, 1, 2))


def test_over_several_steps_the_paths_decide() -> None:
    paths = [RankedEntity(2, 0.6, TWO), RankedEntity(3, 0.4, TWO)]
    walk = [RankedEntity(3, 0.9, TWO), RankedEntity(2, 0.1, TWO)]
    assert [one.entity for one in blended(paths, walk, 5)] == [2, 3]


def test_both_count_alike_where_either_finds_one_step() -> None:
    far, near = RankedEntity(2, 0.5, TWO), RankedEntity(1, 0.7, ONE)
    best = blended([far], [near], 5)[0]
    assert (best.entity, best.path) == (1, ONE)
    assert blended([near], [far], 5)[0].entity == 1
    assert blended([RankedEntity(1, 0.4, ONE)], [RankedEntity(3, 0.6, ONE)], 5)[0].entity == 3


def test_no_more_than_asked_for_and_no_score_above_one() -> None:
    ranking = [RankedEntity(entity, 1.0, ONE) for entity in range(4)]
    found = blended(ranking, ranking, 3)
    assert [one.entity for one in found] == [0, 1, 2]
    assert all(one.score == 1.0 for one in found)
