"""Reading tasks from files: HotpotQA, MuSiQue, 2WikiMultihopQA and SQuAD."""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from kgqa.datasets.multihop import CorpusPassage, MultihopQuestion, load_corpus, load_multihop
from kgqa.documents.build import title_of_stem
from kgqa.documents.formats.squad import SquadQuestion, load_squad
from kgqa.names import name_key
from kgqa.train.reading_tasks import AnswerKind, ReadingTask, TaskPassage, TaskSpan, spans_of
from kgqa.types import digest_of

logger = logging.getLogger(__name__)
_VERDICTS: Mapping[str, AnswerKind] = {"yes": "yes", "no": "no"}


def load_multihop_tasks(
    path: Path, corpus: Path | None = None, *, distractors: int = 8, seed: int = 0
) -> list[ReadingTask]:
    """Tasks of a multi-hop question file, in its order.

    The supporting passages stand as the file lists them, the distractors are all its other
    paragraphs. Left out, and counted in the log: questions whose answer stands nowhere in
    their supporting passages, or whose supporting passages are unknown.

    Args:
        corpus: where the passages of 2wiki's questions are, which bring none along.
        distractors: how many to draw from the corpus for such a question: first those that
            name a supporting passage's title, then any.
        seed: of that draw.

    Raises:
        QuestionError: a file is malformed, or its questions bring no passages and there is
            no corpus.
    """
    pool = _Pool(load_corpus(corpus)) if corpus is not None else _Pool([])
    questions = load_multihop(path, pool.by_title)
    tasks = []
    for question in questions:
        supporting, others = _passages(question, pool, distractors, seed)
        task = _multihop_task(question, supporting, others)
        if task is not None:
            tasks.append(task)
    if len(tasks) < len(questions):
        logger.info(
            "%s: %d of %d questions are left out: no supporting passage has their answer",
            path,
            len(questions) - len(tasks),
            len(questions),
        )
    return tasks


def load_squad_tasks(
    path: Path, *, distractors: int = 8, seed: int = 0, aside: Collection[str] = ()
) -> Iterator[ReadingTask]:
    """Tasks of a SQuAD file: one supporting passage, and others of its article.

    An unanswerable question has no supporting passage; its paragraph is the first distractor.

    Args:
        distractors: at most this many other paragraphs, drawn by `seed` and question.
        aside: titles of articles to leave out.

    Raises:
        DocumentError: the file cannot be read or a field is missing.
    """
    questions = [q for q in load_squad(path).questions if q.title not in aside]
    articles: dict[str, dict[str, TaskPassage]] = defaultdict(dict)
    for question in questions:
        paragraphs = articles[question.title]
        if question.context not in paragraphs:
            place = f"{question.title}#{len(paragraphs)}"
            title = title_of_stem(question.title)
            paragraphs[question.context] = TaskPassage(place, title, question.context)
    for question in questions:
        yield _squad_task(question, articles[question.title], distractors, seed)


def _squad_task(
    question: SquadQuestion, article: Mapping[str, TaskPassage], distractors: int, seed: int
) -> ReadingTask:
    own = article[question.context]
    others = [passage for passage in article.values() if passage is not own]
    draw = random.Random(digest_of(str(seed), question.id))
    drawn = tuple(draw.sample(others, min(distractors, len(others))))
    impossible = question.is_impossible
    spans = {TaskSpan(own.id, a.start, a.start + len(a.text)) for a in question.answers}
    return ReadingTask(
        question.id,
        question.question,
        "none" if impossible else "span",
        tuple(dict.fromkeys(answer.text for answer in question.answers)),
        tuple(sorted(spans)),
        () if impossible else (own,),
        (own, *drawn) if impossible else drawn,
        form="squad",
    )


class _Pool:
    """A corpus by title; `naming` finds the passages that name one."""

    def __init__(self, passages: Sequence[CorpusPassage]) -> None:
        self.passages = [
            TaskPassage(f"corpus#{n}", p.title, p.text) for n, p in enumerate(passages)
        ]
        self.by_title: dict[str, TaskPassage] = {}
        for passage in self.passages:
            self.by_title.setdefault(passage.title, passage)
        self._folded = [p.text.casefold() for p in self.passages]

    def naming(self, titles: Sequence[str]) -> list[TaskPassage]:
        keys = [name_key(title.partition(" (")[0]) for title in titles]
        return [
            passage
            for passage, text in zip(self.passages, self._folded, strict=True)
            if any(key in text for key in keys)
        ]


def _passages(
    question: MultihopQuestion, pool: _Pool, distractors: int, seed: int
) -> tuple[list[TaskPassage], list[TaskPassage]]:
    """The supporting passages and the distractors."""
    if question.paragraphs:
        numbered = [
            (TaskPassage(f"{question.id}#{n}", p.passage.title, p.passage.text), p.supporting)
            for n, p in enumerate(question.paragraphs)
        ]
        return [p for p, own in numbered if own], [p for p, own in numbered if not own]
    supporting = [pool.by_title[title] for title in question.titles if title in pool.by_title]
    draw = random.Random(digest_of(str(seed), question.id))
    near = [p for p in pool.naming(question.titles) if p not in supporting]
    far = draw.sample(pool.passages, min(len(pool.passages), distractors + len(supporting)))
    drawn = draw.sample(near, min(distractors, len(near)))
    drawn += [p for p in far if p not in supporting and p not in drawn]
    return supporting, drawn[:distractors]


def _multihop_task(
    question: MultihopQuestion, supporting: Sequence[TaskPassage], others: Sequence[TaskPassage]
) -> ReadingTask | None:
    if not supporting or (len(supporting) < len(question.gold) and not question.paragraphs):
        return None
    kind = _VERDICTS.get(question.answers[0].strip().casefold(), "span")
    spans = spans_of(question.answers, supporting) if kind == "span" else ()
    if kind == "span" and not spans:
        return None
    return ReadingTask(
        question.id,
        question.question,
        kind,
        question.answers,
        spans,
        tuple(supporting),
        tuple(others),
        hops=len(supporting),
        form="file",
    )
