"""Reading examples from the sets a reader trains on: SQuAD, QED, QAMR."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgqa.documents.formats.squad import load_squad
from kgqa.errors import QuestionError

_DEV_EVERY = 40


@dataclass(frozen=True, slots=True)
class ReadingExample:
    """A question, a text, and the answer's span in it; `start == end` where it has none."""

    question: str
    text: str
    title: str
    start: int
    end: int


def load_reading(path: Path) -> list[ReadingExample]:
    """Examples of a SQuAD JSON file, or of QED or QAMR JSON lines.

    Raises:
        DocumentError, QuestionError: the file is malformed; the message says where.
    """
    if path.suffix != ".jsonl":
        return [
            ReadingExample(
                q.question,
                q.context,
                q.title,
                q.answers[0].start if q.answers else 0,
                q.answers[0].start + len(q.answers[0].text) if q.answers else 0,
            )
            for q in load_squad(path).questions
        ]
    return list(_load_lines(path))


def _load_lines(path: Path) -> Iterator[ReadingExample]:
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            try:
                record = json.loads(line)
                yield from _qed(record) if "paragraph_text" in record else _qamr(record)
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise QuestionError(
                    f"{path}:{number}: expected a QED or QAMR record, got {error!r}; "
                    "mend or remove the line"
                ) from error


def _qed(record: Mapping[str, Any]) -> Iterator[ReadingExample]:
    """Questions of one span only: a list of spans is not one answer."""
    if len(record["answer_spans"]) == 1:
        start, end = record["answer_spans"][0]
        yield ReadingExample(
            record["question_text"],
            record["paragraph_text"],
            record.get("title_text", ""),
            start,
            end,
        )


def _qamr(record: Mapping[str, Any]) -> Iterator[ReadingExample]:
    """The shortest accepted answer: longer ones repeat what the question says."""
    answer = min(record["answers"], key=lambda a: len(a["text"]))
    start = answer["answer_start"]
    yield ReadingExample(
        record["question"], record["context"], "", start, start + len(answer["text"])
    )


def answerable_and_dev(
    train: Iterable[Path], dev: Path | None, limit: int | None, draw: random.Random
) -> tuple[list[ReadingExample], list[ReadingExample]]:
    """The answerable questions to train on, at most `limit` of them, and the dev part.

    Args:
        dev: None holds one title in forty of the training files aside.

    Raises:
        DocumentError, QuestionError: a file is malformed.
    """
    pool = [example for path in train for example in load_reading(path)]
    if dev is None:
        pool, aside = split_by_title(pool, _DEV_EVERY)
    else:
        aside = load_reading(dev)
    answerable = [example for example in pool if example.end > example.start]
    if limit is not None and limit < len(answerable):
        answerable = draw.sample(answerable, limit)
    return answerable, aside


def titles_aside(train: Iterable[Path], dev: Path | None) -> frozenset[str]:
    """The titles of the dev part, as `answerable_and_dev` holds it aside."""
    _, aside = answerable_and_dev(train, dev, None, random.Random(0))
    return frozenset(example.title for example in aside)


def split_by_title(
    examples: Sequence[ReadingExample], every: int
) -> tuple[list[ReadingExample], list[ReadingExample]]:
    """Train and dev parts with no title in both: each `every`-th title goes to dev."""
    titles = sorted({e.title for e in examples if e.title})
    aside = set(titles[::every])
    return (
        [e for e in examples if e.title not in aside],
        [e for e in examples if e.title in aside],
    )
