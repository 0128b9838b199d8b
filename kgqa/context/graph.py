"""A given graph in memory, and the part of it that a question opens.

Entities and relations are integers; edges stand in compressed rows (CSR), sorted by the node
they leave and by relation and direction, so that following one relation of a hub never reads
the hub's other edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kgqa.context.topics import TopicIndex

Ints = NDArray[np.int64]
FORWARD, BACKWARD = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges as followed: `sources[i]` to `targets[i]`, by `relations[i]` in `directions[i]`
    (FORWARD from head to tail, BACKWARD from tail to head). All int64 [n_edges]."""

    sources: Ints
    relations: Ints
    directions: Ints
    targets: Ints

    def __len__(self) -> int:
        return len(self.sources)


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """A part of a graph.

    Attributes:
        nodes: the graph's entity of each local node, int64 [n_nodes]; the topics come first.
        edges: sources and targets are local nodes; each edge once.
        seeds: the number of topics.
        hops: the step at which a node was reached, int64 [n_nodes].
    """

    nodes: Ints
    edges: Edges
    seeds: int
    hops: Ints


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class TripleGraph:
    """Made by `from_triples`.

    Attributes:
        entities, relations: names; an entity or relation is its index.
        first_segment: [n_entities + 1]; the segments of each entity. A segment is the edges of
            one entity, relation and direction.
        segment_kind: [n_segments], 2 * relation + direction.
        first_edge: [n_segments + 1].
        targets: [2 * n_triples].
    """

    entities: tuple[str, ...]
    relations: tuple[str, ...]
    first_segment: Ints
    segment_kind: Ints
    first_edge: Ints
    targets: Ints
    index: TopicIndex = field(repr=False)

    @classmethod
    def from_triples(
        cls,
        triples: Iterable[tuple[str, str, str]],
        aliases: Mapping[str, Sequence[str]] | None = None,
    ) -> TripleGraph:
        """A graph of (head, relation, tail) names; a repeated triple counts once.

        Args:
            aliases: entity name -> its other names, by which `topics` finds it too.
        """
        entities: dict[str, int] = {}
        relations: dict[str, int] = {}
        rows = {
            (
                entities.setdefault(head, len(entities)),
                relations.setdefault(relation, len(relations)),
                entities.setdefault(tail, len(entities)),
            )
            for head, relation, tail in triples
        }
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
        sources = np.concatenate([table[:, 0], table[:, 2]])
        kinds = np.concatenate([2 * table[:, 1] + FORWARD, 2 * table[:, 1] + BACKWARD])
        targets = np.concatenate([table[:, 2], table[:, 0]])
        order = np.lexsort((targets, kinds, sources))
        sources, kinds, targets = sources[order], kinds[order], targets[order]
        new = np.ones(len(sources), dtype=bool)
        new[1:] = (sources[1:] != sources[:-1]) | (kinds[1:] != kinds[:-1])
        starts = np.flatnonzero(new)
        return cls(
            tuple(entities),
            tuple(relations),
            np.searchsorted(sources[starts], np.arange(len(entities) + 1)),
            kinds[starts],
            np.append(starts, len(sources)),
            targets,
            TopicIndex(tuple(entities), [(aliases or {}).get(name, ()) for name in entities]),
        )

    def topics(self, question: str) -> list[int]:
        """The entities a question asks from: those in [brackets], else those it names."""
        return self.index.find(question)

    def neighbours(self, entity: int) -> Edges:
        """All edges of an entity, both directions."""
        first, last = self.first_segment[entity : entity + 2]
        segments = np.arange(first, last)
        sizes = self.first_edge[segments + 1] - self.first_edge[segments]
        return self.edges_of(segments, sizes, np.full(len(segments), entity))

    def segments_of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """The segments of some nodes, and for each the index of its node in `nodes`."""
        first = self.first_segment[nodes]
        counts = self.first_segment[nodes + 1] - first
        return _ranges(first, counts), np.repeat(np.arange(len(nodes)), counts)

    def segment_sizes(self, segments: Ints) -> Ints:
        """The number of edges of each segment."""
        return self.first_edge[segments + 1] - self.first_edge[segments]

    def edges_of(
        self, segments: Ints, sizes: Ints, sources: Ints, skip: Ints | None = None
    ) -> Edges:
        """The first `sizes` edges of each segment after `skip`."""
        starts = self.first_edge[segments] + (0 if skip is None else skip)
        kinds = np.repeat(self.segment_kind[segments], sizes)
        return Edges(
            np.repeat(sources, sizes),
            kinds // 2,
            kinds % 2,
            self.targets[_ranges(starts, sizes)],
        )


@dataclass(frozen=True, slots=True)
class GrowthLimits:
    """How far a subgraph grows.

    Attributes:
        threshold: a relation is followed while source score x gate is above it, in [0, 1].
        edges: at most so many edges a step, the best relations first.
        fan_out: at most so many edges of one node, relation and direction; 0 takes all.
    """

    threshold: float = 0.02
    edges: int = 2000
    fan_out: int = 0


def grow(
    graph: TripleGraph,
    topics: Sequence[int],
    gates: NDArray[np.floating],
    limits: GrowthLimits | None = None,
    draw: np.random.Generator | None = None,
) -> Grown:
    """Grow a subgraph from the topics along the relations that are open.

    A step that no gate opens wide enough follows the best one, so that a question always
    reaches something.

    Args:
        gates: how open each relation is at each step, [steps, n_relations, 2] in [0, 1].
        draw: which edges `fan_out` takes; None takes the first ones.
    """
    limits = limits or GrowthLimits()
    seeds = np.array(list(dict.fromkeys(topics)), dtype=np.int64)
    frontier, scores = seeds, np.ones(len(seeds))
    nodes, hops, found = [seeds], [np.zeros(len(seeds), np.int64)], []
    seen = set(seeds.tolist())
    for step, gate in enumerate(gates.reshape(len(gates), -1), start=1):
        edges, carried = _step(graph, frontier, scores, gate, limits, draw)
        if not len(edges):
            break
        found.append(edges)
        frontier, place = np.unique(edges.targets, return_inverse=True)
        scores = np.zeros(len(frontier))
        np.maximum.at(scores, place, carried)
        fresh = np.array([n for n in frontier.tolist() if n not in seen], dtype=np.int64)
        seen.update(fresh.tolist())
        nodes.append(fresh)
        hops.append(np.full(len(fresh), step))
    reached = np.concatenate(nodes)
    return Grown(reached, _localised(reached, found), len(seeds), np.concatenate(hops))


def _step(
    graph: TripleGraph,
    frontier: Ints,
    scores: NDArray[np.floating],
    gate: NDArray[np.floating],
    limits: GrowthLimits,
    draw: np.random.Generator | None,
) -> tuple[Edges, NDArray[np.floating]]:
    """The edges of one step and the score that each carries to its target."""
    segments, owner = graph.segments_of(frontier)
    if not len(segments):
        return Edges(*(np.zeros(0, np.int64) for _ in range(4))), np.zeros(0)
    carried = scores[owner] * gate[graph.segment_kind[segments]]
    order = np.argsort(-carried, kind="stable")
    best = carried[order[0]]
    order = order[carried[order] >= min(limits.threshold, best)]
    sizes = graph.segment_sizes(segments[order])
    taken = np.minimum(sizes, limits.fan_out) if limits.fan_out else sizes
    before = np.cumsum(taken) - taken
    taken = np.clip(limits.edges - before, 0, taken)
    order, sizes, taken = order[taken > 0], sizes[taken > 0], taken[taken > 0]
    skip = None if draw is None else draw.integers(0, sizes - taken + 1)
    edges = graph.edges_of(segments[order], taken, frontier[owner[order]], skip)
    return edges, np.repeat(carried[order], taken)


def _localised(reached: Ints, found: Sequence[Edges]) -> Edges:
    """The steps' edges between local nodes, each once."""
    columns = ("sources", "relations", "directions", "targets")
    table = np.stack(
        [np.concatenate([getattr(e, c) for e in found] or [np.zeros(0, np.int64)]) for c in columns]
    )
    order = np.argsort(reached)
    for row in (0, 3):
        table[row] = order[np.searchsorted(reached, table[row], sorter=order)]
    table = np.unique(table, axis=1)
    return Edges(table[0], table[1], table[2], table[3])


def _ranges(starts: Ints, counts: Ints) -> Ints:
    """start, start + 1, ... count times, one range after the other."""
    offsets = np.repeat(np.cumsum(counts) - counts, counts)
    return np.arange(int(counts.sum())) - offsets + np.repeat(starts, counts)
