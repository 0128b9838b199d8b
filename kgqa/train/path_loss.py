"""What a path scorer learns from a batch of questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor
from torch.nn import functional

from kgqa.context.path_scorer import PathScorer
from kgqa.context.path_search import kinds_of
from kgqa.context.relation_text import RelationWords
from kgqa.context.text import QuestionStates, TokenRow, padded
from kgqa.train.loop import step_seed
from kgqa.train.path_examples import Kinds, PathChoice, PathExample

_WORD_DROPOUT = 0.08
_MOST_WRONG = 16
_BESIDE = 10
"""Relations of the graph that no path of a batch walks, which the shares are over as well."""
_PREFIX_WEIGHT, _RIGHT_WEIGHT, _HOPS_WEIGHT = 0.7, 3.0, 0.5


@dataclass(frozen=True, slots=True)
class _Rows:
    """A batch's paths as one table.

    Attributes:
        relations: rows of the relation table; `asked_relations` their questions, ascending.
        kinds: [n_paths, steps]; `asked` their questions.
        right, begins: [n_paths], True for a path that answers, or that a right one begins with.
    """

    relations: Tensor
    asked_relations: Tensor
    kinds: Tensor
    asked: Tensor
    right: Tensor
    begins: Tensor


class PathLoss:
    """Cross entropy of the right paths among all of a question, binary cross entropy of what a
    right path begins with, and cross entropy of the number of steps.

    Args:
        words: the relation table.
        rows: the tokens of each question's text.
    """

    def __init__(
        self, scorer: PathScorer, words: RelationWords, rows: Mapping[str, TokenRow]
    ) -> None:
        self._scorer, self._words, self._rows = scorer, words, rows

    def __call__(self, batch: Sequence[PathExample]) -> Tensor:
        question = padded([self._rows[example.text] for example in batch])
        _drop_words(question)
        draw = Random(step_seed())
        choices = [example.choice(draw, _MOST_WRONG) for example in batch]
        table = _table(choices, self._scorer.steps, draw)
        words = self._words.rows(table.relations)
        met = self._scorer.meet(question, words, table.asked_relations)
        logits = self._scorer(met, table.asked, table.kinds)
        right = table.right
        all_paths = _log_sum(logits[:, 0], table.asked, len(batch))
        answering = _log_sum(logits[right, 0], table.asked[right], len(batch))
        begins = functional.binary_cross_entropy_with_logits(
            logits[:, 1], table.begins.float(), pos_weight=logits.new_tensor(_RIGHT_WEIGHT)
        )
        loss = (all_paths - answering).mean() + _PREFIX_WEIGHT * begins
        if met.hops is not None:
            hops = torch.tensor([len(choice.right[0]) - 1 for choice in choices])
            loss = loss + _HOPS_WEIGHT * functional.nll_loss(met.hops, hops)
        return loss


def _drop_words(question: QuestionStates) -> None:
    """Hides some tokens, but no topic and not the first one."""
    dropped = (torch.rand(question.mask.shape) < _WORD_DROPOUT) & (question.distance != 0)
    dropped[:, 0] = False
    question.mask[dropped] = False


def _table(choices: Sequence[PathChoice], steps: int, draw: Random) -> _Rows:
    relations: list[int] = []
    asked_relations: list[int] = []
    kinds: list[Kinds] = []
    asked: list[int] = []
    right: list[bool] = []
    begins: list[bool] = []
    for number, choice in enumerate(choices):
        paths = [*choice.right, *choice.wrong]
        used = list(dict.fromkeys(kind // 2 for path in paths for kind in path))
        beside = sorted(set(range(len(choice.relations))) - set(used))
        used += draw.sample(beside, min(_BESIDE, len(beside)))
        place = {row: len(relations) + at for at, row in enumerate(used)}
        relations += [choice.relations[row] for row in used]
        asked_relations += [number] * len(used)
        kinds += [tuple(2 * place[kind // 2] + kind % 2 for kind in path) for path in paths]
        asked += [number] * len(paths)
        right += [True] * len(choice.right) + [False] * len(choice.wrong)
        begins += [choice.begins_right(path) for path in paths]
    return _Rows(
        torch.tensor(relations),
        torch.tensor(asked_relations),
        kinds_of(kinds, steps),
        torch.tensor(asked),
        torch.tensor(right),
        torch.tensor(begins),
    )


def _log_sum(logits: Tensor, group: Tensor, n_groups: int) -> Tensor:
    """log of the sum of exp over each group, [n_groups]."""
    peaks = logits.new_full((n_groups,), -1e4)
    peaks = peaks.scatter_reduce(0, group, logits.detach(), "amax")
    spread = logits.new_zeros(n_groups).index_add(0, group, (logits - peaks[group]).exp())
    return peaks + spread.log()
