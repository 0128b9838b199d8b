"""Readings as token targets."""

from __future__ import annotations

import random
from dataclasses import fields, replace

import torch

from kgqa.context.encoder import ContextOutput
from kgqa.context.vectors import ContextVectors
from kgqa.lm.backbone import Backbone
from kgqa.qa.windows import Reading, ReadText
from kgqa.train.questions import ReadingExample
from kgqa.train.reader import epoch_batches
from kgqa.train.reading_targets import (
    ReadingContext,
    TrainingReading,
    accepted,
    collate_targets,
    of_example,
    of_task,
    targets_of,
)
from kgqa.train.reading_tasks import ReadingTask, TaskPassage, TaskSpan

TEXTS = (
    ReadText("Ada wrote notes. Ada died in Marylebone.", "Ada"),
    ReadText("Marylebone is a part of London.", "Marylebone"),
)


def test_targets_point_at_every_accepted_place(tiny_backbone: Backbone) -> None:
    spans = ((0, 29, 39), (1, 0, 10))
    one = TrainingReading(Reading("Where did Ada die?", TEXTS), spans)
    (target,) = targets_of(tiny_backbone.tokenizer, [one])
    found = {
        TEXTS[target.window.places[start][0]].text[
            target.window.places[start][1] : target.window.places[end][2]
        ]
        for start, end in zip(target.starts, target.ends, strict=True)
    }
    assert found == {"Marylebone"}
    assert len(target.starts) == 2


def test_a_text_has_its_title_as_ingest_gives_it() -> None:
    one = ReadingExample("Who won?", "Denver won.", "Super_Bowl_50", 0, 6)
    assert of_example(one, titled=True).reading.texts == (ReadText("Denver won.", "Super Bowl 50"),)
    assert of_example(one, titled=False).reading.texts == (ReadText("Denver won."),)


def test_a_window_without_the_answer_points_at_nothing(tiny_backbone: Backbone) -> None:
    none = TrainingReading(Reading("Where?", TEXTS), ())
    (target,) = targets_of(tiny_backbone.tokenizer, [none])
    assert target.starts == target.ends == (0,)
    long = ReadText("word " * 60, "Other")
    apart = TrainingReading(Reading("Where?", (TEXTS[0], long, long, long)), ((0, 29, 39),))
    targets = targets_of(tiny_backbone.tokenizer, [apart])
    assert len(targets) > 1
    assert [target.starts == (0,) for target in targets] == [False] + [True] * (len(targets) - 1)


def test_a_verdict_needs_all_its_texts(tiny_backbone: Backbone) -> None:
    long = ReadText("word " * 60, "Other")
    both = TrainingReading(Reading("Same?", TEXTS), (), "yes", frozenset({0, 1}))
    (target,) = targets_of(tiny_backbone.tokenizer, [both])
    starts, ends = accepted([target], collate_targets([target], tiny_backbone.pad_id), None)
    length = starts.shape[1] - 2
    assert starts.nonzero().tolist() == ends.nonzero().tolist() == [[0, length]]
    texts = (TEXTS[0], long, long, long, TEXTS[1])
    parted = TrainingReading(Reading("Same?", texts), (), "no", frozenset({0, 4}))
    targets = targets_of(tiny_backbone.tokenizer, [parted])
    assert all(target.verdict is None and target.starts == (0,) for target in targets)


def test_the_answers_nodes_are_accepted_too(tiny_backbone: Backbone) -> None:
    one = TrainingReading(Reading("Where did Ada die?", TEXTS), ((0, 29, 39),))
    (target,) = targets_of(tiny_backbone.tokenizer, [one])
    context = ReadingContext(None, None, (7,))  # type: ignore[arg-type]
    target = replace(target, context=context)
    nodes = torch.tensor([[3, 7, -1]])
    vectors = ContextVectors(torch.zeros(1, 3, 32), torch.tensor([[1, 1, 1]]))
    output = ContextOutput(vectors, nodes, torch.zeros(8))
    starts, _ = accepted([target], collate_targets([target], tiny_backbone.pad_id), output)
    assert starts[0, -3:].tolist() == [False, True, False]
    unread = TrainingReading(Reading("Where did Ada die?", TEXTS[:1]), ())
    (target,) = targets_of(tiny_backbone.tokenizer, [unread])
    target = replace(target, context=context)
    starts, ends = accepted([target], collate_targets([target], tiny_backbone.pad_id), output)
    only = [[0, starts.shape[1] - 2]]
    assert starts.nonzero().tolist() == ends.nonzero().tolist() == only


def test_a_tasks_passages_are_shuffled_with_their_spans() -> None:
    passages = tuple(TaskPassage(str(i), f"title {i}", f"text {i} tells") for i in range(6))
    task = ReadingTask(
        "id", "q?", "span", ("2",), (TaskSpan("2", 5, 6),), passages[2:3], passages[3:]
    )
    places = set()
    for seed in range(8):
        one = of_task(task, 3, random.Random(seed))
        ((text, start, end),) = one.spans
        assert len(one.reading.texts) == 3
        assert one.reading.texts[text].text[start:end] == "2"
        assert one.needed == {text}
        places.add(text)
    assert len(places) > 1


def test_a_batch_moves_whole(tiny_backbone: Backbone) -> None:
    one = TrainingReading(Reading("Where?", TEXTS), ())
    batch = collate_targets(targets_of(tiny_backbone.tokenizer, [one]), tiny_backbone.pad_id)
    moved = batch.to(torch.device("meta"))
    inside = [moved.starts, moved.ends, moved.verdicts]
    inside += [getattr(moved.batch, field.name) for field in fields(moved.batch)]
    assert {tensor.device.type for tensor in inside} == {"meta"}


def test_windows_meet_others_in_each_epoch(tiny_backbone: Backbone) -> None:
    readings = [
        TrainingReading(Reading(f"Where {n}?", (ReadText(f"In {n}."),)), ()) for n in range(10, 40)
    ]
    targets = targets_of(tiny_backbone.tokenizer, readings)
    epochs = [epoch_batches(targets, size=8, seed=3, epoch=epoch, parts=2) for epoch in (0, 0, 1)]
    assert epochs[0] == epochs[1]
    asked = [[[t.window.reading for t in batch] for batch in epoch] for epoch in epochs]
    for epoch in asked:
        assert sorted(reading for batch in epoch for reading in batch) == list(range(30))
        assert {len(batch) for batch in epoch} == {3, 4}
    assert {frozenset(batch) for batch in asked[0]} != {frozenset(batch) for batch in asked[2]}
