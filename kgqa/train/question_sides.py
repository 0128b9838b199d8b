"""The two sides of a comparison."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from kgqa.train.question_graph import Fact

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared.

    `value` is an entity; `entity` what the question names; `facts` lead from it to the value.
    """

    entity: str
    kind: str
    value: str
    facts: tuple[Fact, ...]


def weighted(groups: Mapping[K, list[list[Side]]], draw: random.Random) -> K | None:
    """A key, by the square root of how many sides it has; None if there are none."""
    weights = {key: sum(map(len, found)) ** 0.5 for key, found in groups.items()}
    if not any(weights.values()):
        return None
    return draw.choices(list(weights), list(weights.values()))[0]


def pair_of(groups: list[list[Side]], draw: random.Random) -> tuple[Side, Side] | None:
    """Two of one group, None if one passage has a fact of both."""
    group = draw.choices(groups, [len(group) for group in groups])[0]
    one, two = draw.sample(group, 2)
    same_passage = {f.passage_id for f in one.facts} & {f.passage_id for f in two.facts}
    return None if same_passage else (one, two)
