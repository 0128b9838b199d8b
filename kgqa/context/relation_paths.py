"""Which relation paths leave the topics of a question, and where each of them ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgqa.context.graph import Ints, TripleGraph

_MOST_EDGES = 5000
"""Of one relation and direction followed in one step: a hub's further edges are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class RelationPath:
    """
    Attributes:
        kinds: 2 * relation + direction of each step; empty where nothing was followed.
        nodes: the distinct entities after each step, ascending, the topics first;
            len(kinds) + 1 of them.
    """

    kinds: tuple[int, ...]
    nodes: tuple[Ints, ...]

    @property
    def ends(self) -> Ints:
        """The entities where it ends, without the topics unless it ends at nothing else: a
        question rarely asks for where it began."""
        last, topics = self.nodes[-1], self.nodes[0]
        others = last[~np.isin(last, topics)] if self.kinds else last
        return others if len(others) else last


def start_path(topics: Sequence[int]) -> RelationPath:
    """The path of no steps."""
    return RelationPath((), (np.unique(np.array(topics, dtype=np.int64)),))


def longer_paths(graph: TripleGraph, path: RelationPath) -> list[RelationPath]:
    """The path with one more step, one for each relation and direction that leaves it; by
    ascending kind.

    A step from a topic that the path came back to counts only where no other entity has that
    relation: "films that share a director with ..." are other films.
    """
    sources, topics = path.nodes[-1], path.nodes[0]
    segments, owner = graph.segments_of(sources)
    if not len(segments):
        return []
    kinds = graph.segment_kind[segments]
    back = np.isin(sources, topics)[owner] & bool(path.kinds)
    order = np.lexsort((back, kinds))
    segments, kinds, back = segments[order], kinds[order], back[order]
    starts = np.flatnonzero(np.append(True, kinds[1:] != kinds[:-1]))
    longer = []
    for first, last in zip(starts, [*starts[1:], len(kinds)], strict=True):
        taken = segments[first:last][back[first:last] == back[first]]
        sizes = graph.segment_sizes(taken)
        sizes = np.clip(_MOST_EDGES - (np.cumsum(sizes) - sizes), 0, sizes)
        reached = np.unique(graph.edges_of(taken, sizes, taken).targets)
        longer.append(RelationPath((*path.kinds, int(kinds[first])), (*path.nodes, reached)))
    return longer


def triples_along(
    graph: TripleGraph, path: RelationPath, end: int
) -> tuple[tuple[int, int, int], ...]:
    """Triples (head, relation, tail), as the graph has them, along which the path reaches the
    end; of several, the first by the entities' order."""
    found: list[tuple[int, int, int]] = []
    node = end
    for kind, sources in zip(reversed(path.kinds), reversed(path.nodes[:-1]), strict=True):
        edges = graph.neighbours(node)
        back = 2 * edges.relations + edges.directions == (kind ^ 1)
        before = np.intersect1d(edges.targets[back], sources)
        if not len(before):
            break  # a hub's edge that was left out on the way there
        source, relation = int(before[0]), kind // 2
        found.append((node, relation, source) if kind % 2 else (source, relation, node))
        node = source
    return tuple(reversed(found))
