"""Wordings in which people ask for common relations, written by hand.

Question sets word a relation in few ways: MetaQA has 518 wordings in all, and SimpleQuestions
asks for 78 properties. `relation_wordings.tsv` beside this module says 92 relations in many
more, in both directions. They are asked of Wikidata's properties, and of the relations of
any graph that are called so.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from kgqa.context.graph import BACKWARD, FORWARD
from kgqa.context.topics import MASK
from kgqa.documents.relation_words import last_level, relation_words
from kgqa.train.graph_examples import GivenExample, TrainingGraph
from kgqa.train.made_graph_questions import ends_of
from kgqa.train.property_questions import Properties, PropertyExample

_FILE = Path(__file__).with_name("relation_wordings.tsv")
_TOPIC, _BETWEEN = "[]", "|"
_DIRECTIONS = {">": FORWARD, "<": BACKWARD}
_TRIES = 20

Wordings = Mapping[tuple[tuple[str, ...], int], tuple[str, ...]]
"""(names of a relation, direction) -> wordings, each with one MASK."""


@cache
def known_wordings() -> Wordings:
    """What the file has."""
    found: dict[tuple[tuple[str, ...], int], list[str]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            names, direction, text = line.split("\t")
            kind = tuple(names.split(_BETWEEN)), _DIRECTIONS[direction]
            found.setdefault(kind, []).append(text.replace(_TOPIC, MASK))
    return MappingProxyType({kind: tuple(texts) for kind, texts in found.items()})


@cache
def wordings_of(words: str, direction: int) -> tuple[str, ...]:
    """Those of the relation that is called so, in words; none where it is unknown."""
    for (names, side), texts in known_wordings().items():
        if side == direction and words in names:
            return texts
    return ()


def known_property_questions(properties: Properties) -> list[PropertyExample]:
    """Each wording once, of the property that the relation's first known name is the label of."""
    rows = {label: properties.rows[name] for name, label in properties.labels.items()}
    found = []
    for (names, direction), texts in known_wordings().items():
        row = next((rows[name] for name in names if name in rows), None)
        if row is not None:
            path = ((row, direction),)
            found += [PropertyExample(text, path, properties) for text in texts]
    return found


def known_graph_questions(over: TrainingGraph, seed: int) -> list[GivenExample]:
    """Each wording of each of the graph's relations once, about an entity that has it."""
    draw, graph = random.Random(seed), over.graph
    found = []
    for relation, name in enumerate(graph.relations):
        for direction in (FORWARD, BACKWARD):
            kind = 2 * relation + direction
            segments = np.flatnonzero(graph.segment_kind == kind)
            for text in _wordings_of_relation(name, direction) if len(segments) else ():
                for _ in range(_TRIES):
                    segment = int(segments[draw.randrange(len(segments))])
                    topic = int(np.searchsorted(graph.first_segment, segment, side="right")) - 1
                    if answers := ends_of(graph, topic, [kind]):
                        found.append(GivenExample(text, text, over, (topic,), answers, (kind,)))
                        break
    return found


def _wordings_of_relation(name: str, direction: int) -> tuple[str, ...]:
    return wordings_of(relation_words(name), direction) or wordings_of(
        last_level(name)[0], direction
    )
