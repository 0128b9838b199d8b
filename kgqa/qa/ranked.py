"""A possible answer over a given graph."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RankedEntity:
    """A possible answer.

    Attributes:
        entity: its index in the graph.
        score: in [0, 1].
        path: the triples (head, relation, tail), as the graph has them, that lead from a
            topic to it, in the order they are followed.
    """

    entity: int
    score: float
    path: tuple[tuple[int, int, int], ...]
