"""What the reader is trained on: readings with their accepted answers, as token targets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from kgqa.documents.build import title_of_stem
from kgqa.lm.batching import length_buckets
from kgqa.lm.device import moved
from kgqa.lm.tokenizer import Tokenizer
from kgqa.qa.model import NO, YES, ReaderBatch
from kgqa.qa.windows import Reading, ReadText, Window, collate, make_windows
from kgqa.train.questions import ReadingExample
from kgqa.train.reading_tasks import ReadingTask

if TYPE_CHECKING:
    from kgqa.context.encoder import ContextOutput
    from kgqa.context.tensors import GraphData
    from kgqa.context.text import TokenRow

Span = tuple[int, int, int]
VERDICTS = {"yes": YES, "no": NO}


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """The question and the retrieved subgraph as the context encoder takes them.

    Attributes:
        gold: rows of the nodes that are the answer; none where it is no entity of it.
    """

    question: TokenRow
    graph: GraphData
    gold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TrainingReading:
    """One reading with what is right.

    Attributes:
        spans: accepted answers (text, start, end); none with a verdict, or without an answer.
        verdict: where the answer is yes or no.
        needed: the texts that the verdict follows from.
        context: None reads text only.
    """

    reading: Reading
    spans: tuple[Span, ...]
    verdict: Literal["yes", "no"] | None = None
    needed: frozenset[int] = frozenset()
    context: ReadingContext | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A window, and the positions to point at.

    Attributes:
        starts, ends: accepted token positions; both (0,) where the window has no answer.
        verdict: YES or NO, in place of positions.
    """

    window: Window
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    verdict: int | None
    context: ReadingContext | None


def of_example(example: ReadingExample, titled: bool) -> TrainingReading:
    """A question with one text, titled as ingested documents are."""
    text = ReadText(example.text, title_of_stem(example.title) if titled else "")
    spans = ((0, example.start, example.end),) if example.end > example.start else ()
    return TrainingReading(Reading(example.question, (text,)), spans)


def of_task(
    task: ReadingTask,
    texts: int,
    draw: random.Random,
    context: ReadingContext | None = None,
    left_out: frozenset[str] = frozenset(),
) -> TrainingReading:
    """A question with its supporting passages among distractors, `texts` in all, shuffled.

    Args:
        left_out: ids of supporting passages that are not read.
    """
    supporting = [passage for passage in task.supporting if passage.id not in left_out]
    passages = [*supporting, *task.distractors[: max(1, texts - len(supporting))]]
    draw.shuffle(passages)
    place = {passage.id: i for i, passage in enumerate(passages)}
    return TrainingReading(
        Reading(task.question, tuple(ReadText(p.text, p.title) for p in passages)),
        tuple((place[s.passage_id], s.start, s.end) for s in task.spans if s.passage_id in place),
        task.kind if task.kind in ("yes", "no") else None,
        frozenset(place[p.id] for p in supporting),
        context,
    )


def targets_of(tokenizer: Tokenizer, readings: Sequence[TrainingReading]) -> list[Target]:
    """A target for each window; a window that cuts through an answer is left out."""
    targets = []
    for window in make_windows(tokenizer, [one.reading for one in readings]):
        one = readings[window.reading]
        target = _target(window, one)
        if target is not None:
            targets.append(target)
    return targets


def _target(window: Window, one: TrainingReading) -> Target | None:
    if one.verdict is not None:
        told = one.needed <= window.texts
        verdict = VERDICTS[one.verdict] if told else None
        none = () if told else (0,)
        return Target(window, none, none, verdict, one.context)
    found = [_positions(window, span) for span in one.spans]
    whole = [span for span in found if span is not None and span[0] >= 0]
    if not whole and any(span is not None for span in found):
        return None
    starts = tuple(sorted({start for start, _ in whole})) or (0,)
    ends = tuple(sorted({end for _, end in whole})) or (0,)
    return Target(window, starts, ends, None, one.context)


def _positions(window: Window, span: Span) -> tuple[int, int] | None:
    """First and last token of the span; None outside the window, (-1, -1) if it is cut."""
    text, start, end = span
    inside = [i for i, (t, a, b) in enumerate(window.places) if t == text and a < end and b > start]
    if not inside:
        return None
    first, last = window.places[inside[0]], window.places[inside[-1]]
    whole = first[1] <= start and last[2] >= end
    return (inside[0], inside[-1]) if whole else (-1, -1)


@dataclass(frozen=True, slots=True)
class TargetBatch:
    """Targets of one length bucket: starts and ends are [batch, length], True where accepted,
    of the texts' positions; `verdicts` is [batch], -1 for none."""

    batch: ReaderBatch
    starts: Tensor
    ends: Tensor
    verdicts: Tensor

    def to(self, device: torch.device) -> TargetBatch:
        """On that device."""
        return moved(self, device)


def collate_targets(targets: Sequence[Target], pad_id: int) -> TargetBatch:
    """Windows padded to one length, with what is right in each."""
    batch = collate([target.window for target in targets], pad_id)
    starts, ends = (torch.zeros(batch.texts.shape, dtype=torch.bool) for _ in range(2))
    for row, target in enumerate(targets):
        starts[row, list(target.starts)] = True
        ends[row, list(target.ends)] = True
    verdicts = [-1 if target.verdict is None else target.verdict for target in targets]
    return TargetBatch(batch, starts, ends, torch.tensor(verdicts))


def same_length_groups(targets: Sequence[Target], size: int) -> list[list[int]]:
    """Batches of one length, with a subgraph for each of their targets or for none."""
    groups = []
    for has in (False, True):
        places = [i for i, t in enumerate(targets) if (t.context is not None) == has]
        lengths = [len(targets[i].window.input_ids) for i in places]
        groups += [[places[i] for i in group] for group in length_buckets(lengths, size)]
    return groups


def accepted(
    targets: Sequence[Target], batch: TargetBatch, context: ContextOutput | None
) -> tuple[Tensor, Tensor]:
    """Accepted starts and ends over all positions [batch, length + 2 + n_virtual_tokens]: of
    the texts, yes and no, and the virtual tokens of the nodes that are the answer. Position 0,
    for no answer, is accepted where there is none of these."""
    rows = len(targets)
    virtual = 0 if context is None else context.nodes.shape[1]
    nodes = batch.starts.new_zeros(rows, virtual)
    if context is not None:
        for row, target in enumerate(targets):
            if target.context is not None:
                gold = context.nodes.new_tensor(target.context.gold)
                nodes[row] = torch.isin(context.nodes[row], gold)
    last = torch.nn.functional.one_hot(batch.verdicts.clamp(min=0), 2).bool()
    last &= (batch.verdicts >= 0)[:, None]
    starts, ends = (torch.cat([of, last, nodes], 1) for of in (batch.starts, batch.ends))
    starts[:, 0] &= ~nodes.any(1)
    ends[:, 0] &= ~nodes.any(1)
    return starts, ends
