"""Questions about one Wikidata property, and about made-up paths of several.

SimpleQuestions on Wikidata (Diefenbach et al. 2017; 34,374 human-written questions, each with
its property) gives no triples to walk. So a small tree is grown around the gold path, whose
other branches are drawn from all properties: what is learned is to open the gold relation,
in its direction and at its step, among others.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kgqa.context.graph import BACKWARD, FORWARD
from kgqa.context.tensors import MOST_HOPS, GraphData
from kgqa.context.topics import MASK
from kgqa.errors import QuestionError
from kgqa.train.graph_examples import GoldGraph
from kgqa.train.near_words import NearWords
from kgqa.train.whole_names import whole_names
from kgqa.train.wordings import Step, wording

_BRANCHES, _FURTHER = 12, 3
_RARE = 40
_COMMON_SHARE, _FORWARD_SHARE = 0.5, 0.75
_REPEATED_SHARE, _RELATED_SHARE, _RELATED = 0.2, 0.15, 12
_IDENTIFIER = re.compile(r"\b(ID|IDs|identifier|code|number|URL|username)\b")
AskedProperty = Callable[[int, int], Sequence[str]]
_ROW = re.compile(r"Q\d+\t([PR])(\d+)\tQ\d+\t(.+)")


@dataclass(frozen=True, slots=True, eq=False)
class Properties:
    """Labels of properties and their embeddings [n_properties, text_width]."""

    labels: dict[str, str]
    relation_text: Tensor
    rows: dict[str, int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PropertyExample:
    """A question and its path: (row, direction) of each step."""

    text: str
    path: tuple[tuple[int, int], ...]
    properties: Properties

    def drawn(self, steps: int, draw: np.random.Generator) -> GoldGraph | None:
        """A tree of the path and of wrong branches at each of its nodes; half of those are of
        the path's own relations, in another direction or at another step."""
        tree = _Tree()
        node = 0
        for depth in range(len(self.path) + 1):
            right = self.path[depth] if depth < len(self.path) else None
            for _ in range(_BRANCHES if depth < steps else 0):
                wrong = self._wrong(draw)
                if wrong == right:
                    continue
                leaf = tree.add(node, wrong)
                if depth + 1 < len(self.path) and draw.random() < 1 / _FURTHER:
                    tree.add(leaf, self.path[depth + 1])
            if right is not None:
                node = tree.add(node, right)
                if depth + 1 < steps:  # what else the step leads back to: others of that gender
                    tree.add(node, (right[0], 1 - right[1]))
        return tree.gold_graph(node, self.properties.relation_text, steps)

    def _wrong(self, draw: np.random.Generator) -> tuple[int, int]:
        if draw.random() < 0.2:
            row = self.path[int(draw.integers(len(self.path)))][0]
        else:
            row = int(draw.integers(len(self.properties.relation_text)))
        return row, int(draw.integers(2))


class _Tree:
    def __init__(self) -> None:
        self.depths = [0]
        self.edges: list[tuple[int, int, int, int]] = []

    def add(self, node: int, kind: tuple[int, int]) -> int:
        """A new node, reached from `node` by (relation row, direction)."""
        self.depths.append(self.depths[node] + 1)
        new = len(self.depths) - 1
        self.edges.append((node, new, *kind))
        self.edges.append((new, node, kind[0], 1 - kind[1]))
        return new

    def gold_graph(self, gold: int, relation_text: Tensor, steps: int) -> GoldGraph:
        """The tree as a subgraph whose root is the topic and whose node `gold` answers."""
        table = torch.tensor(self.edges).T
        relations, rows = torch.unique(table[2], return_inverse=True)
        n_nodes = len(self.depths)
        seed = torch.zeros(n_nodes)
        seed[0] = 1
        graph = GraphData(
            edge_index=table[:2],
            edge_relation=rows,
            edge_direction=table[3],
            relation_text=relation_text[relations],
            node_text=torch.zeros(n_nodes, 0),
            seed=seed,
            hop=torch.tensor(self.depths).clamp(max=MOST_HOPS),
            score=torch.ones(n_nodes),
        )
        answers = torch.zeros(n_nodes, dtype=torch.bool)
        answers[gold] = True
        return GoldGraph(graph, answers)


def property_labels(path: Path) -> dict[str, str]:
    """`P57` -> "director", without the properties that are identifiers or numbers.

    Raises:
        QuestionError: the file is not a list of {"property", "propertyLabel"}.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        labels = {e["property"].rsplit("/", 1)[-1]: e["propertyLabel"] for e in entries}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionError(
            f"{path}: expected a JSON list of {{property, propertyLabel}}, got {error!r}"
        ) from error
    return {p: label for p, label in labels.items() if not _IDENTIFIER.search(label)}


def property_questions(path: Path, properties: Properties) -> list[PropertyExample]:
    """The questions of a SimpleQuestions file whose topic can be told; `R19` is P19 walked back.

    Raises:
        QuestionError: a line is malformed, no wording is asked twice, or the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise QuestionError(f"{path}: expected a file of questions; {error}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        found = _ROW.fullmatch(line.strip())
        if found is None:
            raise QuestionError(
                f"{path}:{number}: expected `Q1<TAB>P2<TAB>Q3<TAB>question`, got {line[:80]!r}"
            )
        rows.append(found.groups())
    counts = Counter(word for _, _, text in rows for word in text.lower().split())
    asked = [
        (row, FORWARD if kind == "P" else BACKWARD, _masked(text, counts))
        for kind, number, text in rows
        if (row := properties.rows.get(f"P{number}")) is not None
    ]
    examples = [
        PropertyExample(text, ((row, side),), properties)
        for (row, side, _), text in zip(asked, whole_names(asked), strict=True)
        if text is not None
    ]
    if not examples:
        raise QuestionError(
            f"{path}: expected some wordings that are asked twice, got {len(asked)} questions, "
            "each worded once; give more"
        )
    return examples


def property_paths(
    properties: Properties,
    count: int,
    seed: int,
    steps: int = 3,
    asked: AskedProperty | None = None,
    common: Sequence[int] = (),
    near: NearWords | None = None,
) -> list[PropertyExample]:
    """Made questions about paths of one to `steps` properties, longer ones more often: those of
    one step are asked by people. Some paths walk a property again or go on with one that means
    something near, as "the child of the father of [MASK] 's child" does.

    Args:
        asked: (row of `Properties`, direction) -> questions that people ask for it.
        common: rows that half of the steps are drawn from; the others are drawn from all.
        near: words that may be said in place of a label.
    """
    draw = random.Random(seed)
    labels = {row: properties.labels[name] for name, row in properties.rows.items()}
    lengths = range(1, steps + 1)
    examples = []
    for _ in range(count):
        path: list[tuple[int, int]] = []
        for _ in range(draw.choices(lengths, weights=lengths)[0]):
            path.append(_next_step(path, properties, common, draw))
        said = [
            Step(
                labels[row],
                side,
                asked=asked(row, side) if asked else (),
                near=near.of(labels[row]) if near else (),
            )
            for row, side in path
        ]
        examples.append(PropertyExample(wording(said, draw), tuple(path), properties))
    return examples


def _next_step(
    path: Sequence[tuple[int, int]],
    properties: Properties,
    common: Sequence[int],
    draw: random.Random,
) -> tuple[int, int]:
    """(row, direction)."""
    chance = draw.random()
    if path and chance < _REPEATED_SHARE:
        return draw.choice(path)
    if path and chance < _REPEATED_SHARE + _RELATED_SHARE:
        cosines = properties.relation_text @ properties.relation_text[path[-1][0]]
        row = draw.choice(torch.topk(cosines, min(_RELATED, len(cosines))).indices.tolist())
    elif common and draw.random() < _COMMON_SHARE:
        row = draw.choice(common)
    else:
        row = draw.randrange(len(properties.labels))
    return row, FORWARD if draw.random() < _FORWARD_SHARE else BACKWARD


def _masked(text: str, counts: Counter[str]) -> str:
    """The longest run of rare words is the topic, whose name the file does not give."""
    words = text.split()
    rare = [counts[word.lower()] < _RARE for word in words]
    start, best, length = 0, 0, 0
    for place in range(len(words) + 1):
        if place < len(words) and rare[place]:
            continue
        if place - start > length:
            best, length = start, place - start
        start = place + 1
    if not length:
        return text
    return " ".join([*words[:best], MASK, *words[best + length :]])


def make_properties(labels: dict[str, str], relation_text: Tensor) -> Properties:
    """`relation_text` [n_labels, text_width] has one row for each label, in its order."""
    return Properties(labels, relation_text, {name: i for i, name in enumerate(labels)})
