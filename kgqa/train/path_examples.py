"""Questions with right and wrong relation paths, which a path scorer learns to tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from kgqa.context.graph import TripleGraph
from kgqa.context.relation_paths import RelationPath, longer_paths, start_path
from kgqa.train.graph_examples import GivenExample
from kgqa.train.property_questions import PropertyExample

Kinds = tuple[int, ...]
"""2 * relation + direction of each step of a path."""
_WIDEST, _MOST_PATHS = 200, 1500
_MOST_RIGHT, _UNRELATED = 4, 6
_FEWEST_RELATIONS, _MOST_RELATIONS = 8, 90


@dataclass(frozen=True, slots=True)
class PathChoice:
    """
    Attributes:
        relations: rows of the training's relation table that the kinds count by.
        right: paths that answer; at least one.
        wrong: others.
    """

    relations: Sequence[int]
    right: Sequence[Kinds]
    wrong: Sequence[Kinds]

    def begins_right(self, path: Kinds) -> bool:
        """Whether a right path begins so, or is this one."""
        return any(one[: len(path)] == path for one in self.right)


class PathExample(Protocol):
    """`text` is the question, its topics written as MASK."""

    @property
    def text(self) -> str: ...

    def choice(self, draw: Random, most: int) -> PathChoice:
        """Right paths and up to `most` wrong ones, others each time."""


@dataclass(frozen=True, slots=True)
class GraphPaths:
    """A question over a graph, with paths that the graph has.

    Attributes:
        relations: the graph's rows of the relation table.
    """

    text: str
    relations: range
    right: tuple[Kinds, ...]
    wrong: tuple[Kinds, ...]
    steps: int

    def choice(self, draw: Random, most: int) -> PathChoice:
        """See PathExample."""
        right = draw.sample(self.right, min(_MOST_RIGHT, len(self.right)))
        gold = right[0]
        near = [path for path in self.wrong if _is_near(path, gold)]
        near = draw.sample(near, min(len(near), most // 2))
        known = set(self.right)
        made = altered(gold, len(self.relations), self.steps, draw)[:_UNRELATED]
        rest = draw.sample(self.wrong, min(len(self.wrong), most))
        prefixes = [gold[:n] for n in range(1, len(gold))]
        wrong = dict.fromkeys([*prefixes, *made, *near, *rest])
        return PathChoice(self.relations, right, [p for p in wrong if p not in known][:most])


@dataclass(frozen=True, slots=True)
class PropertyPaths:
    """A question about properties, among others drawn each time.

    Attributes:
        first: the row of the relation table at which the properties begin.
        common: properties that people ask for; half of the others are taken from them.
    """

    example: PropertyExample
    first: int
    common: Sequence[int]
    steps: int

    @property
    def text(self) -> str:
        """See PathExample."""
        return self.example.text

    def choice(self, draw: Random, most: int) -> PathChoice:
        """See PathExample; the relations of no path are drawn anew each time."""
        own = dict.fromkeys(row for row, _ in self.example.path)
        total = len(self.example.properties.labels)
        spread = _MOST_RELATIONS / _FEWEST_RELATIONS
        for _ in range(round(_FEWEST_RELATIONS * spread ** draw.random()) - len(own)):
            common = self.common and draw.random() < 0.5
            own[draw.choice(self.common) if common else draw.randrange(total)] = None
        place = {row: at for at, row in enumerate(own)}
        gold = tuple(2 * place[row] + side for row, side in self.example.path)
        wrong = altered(gold, len(place), self.steps, draw)
        return PathChoice([self.first + row for row in place], [gold], wrong[:most])


def altered(path: Kinds, n_relations: int, steps: int, draw: Random) -> list[Kinds]:
    """Wrong paths that differ from the right one in length, order, direction or relation."""

    def other() -> int:
        return 2 * draw.randrange(n_relations) + int(draw.random() < 0.3)

    found = {path[:n] for n in range(1, len(path))}
    if len(path) < steps:
        more = [*(other() for _ in range(5)), draw.choice(path), path[-1] ^ 1]
        found |= {(*path, kind) for kind in more}
        found |= {(draw.choice(path), *path), (other(), *path)}
    for at, kind in enumerate(path):
        before, after = path[:at], path[at + 1 :]
        others = [kind ^ 1, draw.choice(path), *(other() for _ in range(3))]
        found |= {(*before, one, *after) for one in others} | {before + after}
    found |= {path[::-1], tuple(draw.sample(path, len(path)))}
    found |= {tuple(other() for _ in range(draw.randint(1, steps))) for _ in range(3)}
    return _shuffled(found - {path, ()}, draw)


def graph_paths(example: GivenExample, relations: range, steps: int) -> GraphPaths | None:
    """The paths that leave the example's topics; right is the one that it is known to ask for,
    else the shortest that end at just its answers. None where there is none such."""
    paths = _all_paths(example.over.graph, example.topics, steps)
    known = 0 < len(example.path) <= steps
    if known:
        right = {example.path}
    else:
        ends = [p.kinds for p in paths if set(p.ends.tolist()) == example.answers]
        shortest = min(map(len, ends), default=0)
        right = {kinds for kinds in ends if len(kinds) == shortest}
    # Longer paths to the same answers are neither right nor wrong.
    wrong = [
        p.kinds
        for p in paths
        if p.kinds not in right and (known or set(p.ends.tolist()) != example.answers)
    ]
    if not right:
        return None
    return GraphPaths(example.text, relations, tuple(sorted(right)), tuple(wrong), steps)


def _all_paths(graph: TripleGraph, topics: Sequence[int], steps: int) -> list[RelationPath]:
    """Paths of up to `steps` steps; what leads to a crowd is made no longer."""
    found: list[RelationPath] = []
    front = [start_path(topics)]
    for _ in range(steps):
        longer = [one for path in front for one in longer_paths(graph, path)]
        found += longer
        front = [path for path in longer if len(path.nodes[-1]) <= _WIDEST]
        if len(found) > _MOST_PATHS:
            break
    return found


def _is_near(path: Kinds, gold: Kinds) -> bool:
    """Whether one begins with the other, or they differ in one step or in order alone."""
    if len(path) != len(gold):
        return path == gold[: len(path)] or path[: len(gold)] == gold
    return sum(a != b for a, b in zip(path, gold, strict=True)) == 1 or path == gold[::-1]


def _shuffled(paths: set[Kinds], draw: Random) -> list[Kinds]:
    ordered = sorted(paths)
    draw.shuffle(ordered)
    return ordered
