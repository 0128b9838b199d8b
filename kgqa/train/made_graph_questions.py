"""Questions made from a graph's own triples, for wordings and paths that no one asked yet."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np

from kgqa.context.graph import FORWARD, TripleGraph
from kgqa.documents.relation_words import last_level, relation_words
from kgqa.train.graph_examples import GivenExample, TrainingGraph
from kgqa.train.near_words import NearWords
from kgqa.train.wordings import Step, wording

AskedOf = Callable[[str, int], Sequence[str]]
_MOST_ANSWERS = 100
_TRIES = 20
_FORWARD_WEIGHT = 3


def made_questions(
    over: TrainingGraph,
    count: int,
    seed: int,
    steps: int = 3,
    asked: AskedOf | None = None,
    near: NearWords | None = None,
) -> list[GivenExample]:
    """Questions about paths of one to `steps` hops that start anywhere in the graph.

    A relation of a node is drawn before an edge of it, so that rare relations are asked as
    often as those with many edges. Paths with more than _MOST_ANSWERS ends are left out.

    Args:
        asked: (words of a relation, direction) -> questions that people ask for it, with
            MASK for what they ask about.
        near: words that may be said in place of a relation's name.
    """
    draw = random.Random(seed)
    graph = over.graph
    say = [[_step(name, side, asked, near) for side in (0, 1)] for name in graph.relations]
    made: list[GivenExample] = []
    for _ in range(count * _TRIES):
        if len(made) == count or not graph.entities:
            break
        topic = draw.randrange(len(graph.entities))
        hops = 1 + len(made) % steps
        kinds = _walk(graph, topic, hops, draw)
        answers = ends_of(graph, topic, kinds) if len(kinds) == hops else frozenset()
        if not answers or len(answers) > _MOST_ANSWERS:
            continue
        text = wording([say[kind // 2][kind % 2] for kind in kinds], draw)
        made.append(GivenExample(text, text, over, (topic,), answers, tuple(kinds)))
    return made


def _step(name: str, direction: int, asked: AskedOf | None, near: NearWords | None = None) -> Step:
    words, short = relation_words(name), last_level(name)
    questions = asked(short[0], direction) if asked is not None else ()
    others = near.of(short[0]) if near is not None else ()
    return Step(words, direction, tuple(dict.fromkeys(short)), questions, others)


def _walk(graph: TripleGraph, node: int, hops: int, draw: random.Random) -> list[int]:
    """Kinds (2 * relation + direction) along a random walk."""
    kinds: list[int] = []
    for _ in range(hops):
        first, last = graph.first_segment[node : node + 2].tolist()
        # Walking the same edge back leads to the node's own like; half of those are left out.
        back = kinds[-1] ^ 1 if kinds and draw.random() < 0.5 else -1
        choices = [s for s in range(first, last) if graph.segment_kind[s] != back]
        if not choices:
            break
        # Most names are made to be read forwards, and most questions follow them.
        weights = [_FORWARD_WEIGHT if graph.segment_kind[s] % 2 == FORWARD else 1 for s in choices]
        segment = draw.choices(choices, weights)[0]
        kinds.append(int(graph.segment_kind[segment]))
        edge = draw.randrange(int(graph.first_edge[segment]), int(graph.first_edge[segment + 1]))
        node = int(graph.targets[edge])
    return kinds


def ends_of(graph: TripleGraph, topic: int, kinds: list[int]) -> frozenset[int]:
    """All ends of the path of those kinds, the topic left out where it comes back to it; none
    where they are a crowd."""
    nodes = np.array([topic], dtype=np.int64)
    for kind in kinds:
        segments, owner = graph.segments_of(nodes)
        right = graph.segment_kind[segments] == kind
        segments, owner = segments[right], owner[right]
        sizes = graph.segment_sizes(segments)
        if sizes.sum() > 50 * _MOST_ANSWERS:
            return frozenset()
        nodes = np.unique(graph.edges_of(segments, sizes, nodes[owner]).targets)
    ends = set(nodes.tolist()) if kinds else set()
    return frozenset(ends - {topic} if len(kinds) > 1 else ends)
