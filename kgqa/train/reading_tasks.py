"""A question over several passages: what a reader of passages trains on.

Made from a graph (`make_questions`), or read from HotpotQA, MuSiQue, 2wiki and SQuAD files
(`task_files`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from kgqa.errors import QuestionError
from kgqa.types import Triple

AnswerKind = Literal["span", "yes", "no", "none"]


@dataclass(frozen=True, slots=True)
class TaskPassage:
    """A passage as the reader gets it. `id` is the store's, or made from the file's place."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, order=True)
class TaskSpan:
    """Half-open characters into the *text* of the passage with that id (not the document)."""

    passage_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ReadingTask:
    """One question, the passages to read and where they answer it.

    Args:
        id: the same for the same question, passages and answer.
        kind: `span`: marked in the passages; `yes`, `no`; `none`: these passages do not tell.
        answers: accepted answer texts, the preferred first; empty for `none`.
        spans: all places in the supporting passages that name the answer; empty unless `span`.
        answer_entity: the answer's id in the store, None where there is none.
        supporting: what the answer follows from, in the order of the path. For `none`, what
            is left of it.
        distractors: the other passages, in no order.
        hops: facts that have to be put together, 1 or more.
        relations: ids of the relations used, in the order of the path; empty for files.
        form: what sort of question it is (`chain`, `comparison`, `squad` ...), for counting.
        lost: what the passage states that a `none` lacks; a graph that has it has the answer.

    Raises:
        QuestionError: the parts contradict each other.
    """

    id: str
    question: str
    kind: AnswerKind
    answers: tuple[str, ...]
    spans: tuple[TaskSpan, ...]
    supporting: tuple[TaskPassage, ...]
    distractors: tuple[TaskPassage, ...]
    hops: int = 1
    relations: tuple[str, ...] = ()
    answer_entity: str | None = None
    form: str = ""
    lost: tuple[Triple, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.spans) != (self.kind == "span"):
            raise QuestionError(
                f"task {self.id}: expected spans for an answer of kind 'span' and for no other, "
                f"got {len(self.spans)} for {self.kind!r}"
            )
        if bool(self.answers) == (self.kind == "none"):
            raise QuestionError(
                f"task {self.id}: expected answers unless its kind is 'none', got "
                f"{len(self.answers)} for {self.kind!r}"
            )
        texts = {passage.id: passage.text for passage in self.supporting}
        if len(texts) < len(self.supporting) or texts.keys() & {p.id for p in self.distractors}:
            raise QuestionError(f"task {self.id}: expected each passage once")
        for span in self.spans:
            if not 0 <= span.start < span.end <= len(texts.get(span.passage_id, "")):
                raise QuestionError(
                    f"task {self.id}: expected spans inside its supporting passages, got {span}"
                )

    @property
    def passages(self) -> tuple[TaskPassage, ...]:
        """All passages, the supporting ones first."""
        return self.supporting + self.distractors


def spans_of(
    names: Collection[str], passages: Sequence[TaskPassage], *, any_case: bool = True
) -> tuple[TaskSpan, ...]:
    """All places of the passages that have one of the names as whole words.

    Of overlapping places the first and longest counts.
    """
    wanted = sorted({name.strip() for name in names if name.strip()}, key=lambda n: (-len(n), n))
    if not wanted:
        return ()
    either = "|".join(r"\s+".join(map(re.escape, name.split())) for name in wanted)
    pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE if any_case else 0)
    return tuple(
        TaskSpan(passage.id, *found.span())
        for passage in passages
        for found in pattern.finditer(passage.text)
    )
