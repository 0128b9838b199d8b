"""The relation paths of a graph that a question may ask for, each with its probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kgqa.context.graph import TripleGraph
from kgqa.context.path_scorer import MetRelations, PathScorer
from kgqa.context.relation_paths import RelationPath, longer_paths, start_path
from kgqa.context.relation_text import RelationWords
from kgqa.context.text import QuestionStates

_BEAM = 12
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class ScoredPath:
    """`probability` in [0, 1]; those of one question sum to 1."""

    path: RelationPath
    probability: float


@torch.inference_mode()
def search_paths(
    scorer: PathScorer,
    question: QuestionStates,
    graph: TripleGraph,
    words: RelationWords,
    topics: Sequence[int],
    beam: int = _BEAM,
) -> list[ScoredPath]:
    """Paths of one to `scorer.steps` steps from the topics, the most probable first.

    Step by step, the paths that the question most probably begins with are made longer; the
    probability is the softmax over all that were scored.

    Args:
        question: a batch of one.
        words: of the graph's relations.
        beam: so many paths are made longer at each step.
    """
    asked = torch.zeros(len(words), dtype=torch.long)
    met = scorer.meet(question, words, asked)
    found: list[RelationPath] = []
    logits: list[Tensor] = []
    front = [start_path(topics)]
    for _ in range(scorer.steps):
        longer = [one for path in front for one in longer_paths(graph, path)]
        if not longer:
            break
        scores = _scores(scorer, met, longer)
        found += longer
        logits.append(scores[:, 0])
        best = scores[:, 1].topk(min(beam, len(longer))).indices.tolist()
        front = [longer[place] for place in best]
    if not found:
        return []
    shares = torch.cat(logits).softmax(0)
    order = torch.argsort(shares, descending=True, stable=True).tolist()
    return [ScoredPath(found[place], float(shares[place])) for place in order]


def _scores(scorer: PathScorer, met: MetRelations, paths: Sequence[RelationPath]) -> Tensor:
    """[n_paths, 2], as `PathScorer` gives them."""
    kinds = kinds_of([path.kinds for path in paths], scorer.steps)
    parts = [
        scorer(met, torch.zeros(len(part), dtype=torch.long), part)
        for part in torch.split(kinds, _AT_ONCE)
    ]
    return torch.cat(parts)


def kinds_of(paths: Sequence[Sequence[int]], steps: int) -> Tensor:
    """[n_paths, steps], -1 past a path's end."""
    return torch.tensor([[*path, *[-1] * (steps - len(path))] for path in paths])
