"""SQuAD 1.1 and 2.0 files: articles for ingest, questions for training and evaluation.

Format: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text"
(2016); `is_impossible`: Rajpurkar et al., "Know What You Don't Know" (2018).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kgqa.documents.build import rejection_of
from kgqa.documents.decode import decode
from kgqa.documents.json_fields import field, parse_json
from kgqa.errors import DocumentError
from kgqa.types import Rejection

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class SquadAnswer:
    """`context[start : start + len(text)] == text`, in characters."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """`answers` is empty exactly when `is_impossible`."""

    id: str
    question: str
    context: str
    title: str
    answers: tuple[SquadAnswer, ...]
    is_impossible: bool


@dataclass(frozen=True, slots=True)
class SquadArticle:
    """One article; `rejections` are its paragraphs and questions that cannot be used, in order,
    `refused_questions` those of them that are questions."""

    title: str
    contexts: tuple[str, ...]
    questions: tuple[SquadQuestion, ...]
    rejections: tuple[Rejection, ...]
    refused_questions: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class SquadSet:
    """The questions of one file, in its order, and those left out with their reason."""

    questions: tuple[SquadQuestion, ...]
    rejections: tuple[Rejection, ...]


def load_squad(path: Path) -> SquadSet:
    """Read a SQuAD file for training or evaluation.

    Raises:
        DocumentError: the file cannot be read, is not JSON, an article or paragraph has no
            such field (the message names it and where), or no question of it can be used. A
            question that cannot is left out and stands in `SquadSet.rejections`.
    """
    source = str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DocumentError(source, "no such file", "expected a SQuAD JSON file") from error
    except OSError as error:
        raise DocumentError(source, "unreadable", str(error.strerror)) from error
    questions: list[SquadQuestion] = []
    rejections: list[Rejection] = []
    for article in squad_articles(parse_json(decode(content, source), source), source):
        if isinstance(article, SquadArticle):
            questions += article.questions
            _raise_missing(set(article.rejections) - set(article.refused_questions))
            rejections += article.rejections
        else:
            _raise_missing({article})
            rejections.append(article)
    if not questions:
        _raise_missing(rejections)
    return SquadSet(tuple(questions), tuple(rejections))


def _raise_missing(rejections: Iterable[Rejection]) -> None:
    for rejection in rejections:
        if rejection.reason == "missing field":
            raise DocumentError(rejection.source, rejection.reason, rejection.detail)


def squad_articles(content: object, source: str) -> Iterator[SquadArticle | Rejection]:
    """Each article of a parsed SQuAD file, or the reason why it cannot be read.

    Raises:
        DocumentError: `missing field` when there is no list `data` at the top.
    """
    for n, article in enumerate(field(content, "data", list, source)):
        try:
            yield _article(article, f"{source}#data[{n}]")
        except DocumentError as error:
            yield rejection_of(error)


def _article(article: object, source: str) -> SquadArticle:
    title = field(article, "title", str, source)
    contexts: list[str] = []
    questions: list[SquadQuestion] = []
    rejections: list[Rejection] = []
    refused: list[Rejection] = []
    for n, paragraph in enumerate(field(article, "paragraphs", list, source)):
        where = f"{source}.paragraphs[{n}]"
        try:
            context = field(paragraph, "context", str, where)
            contexts.append(context)
            asked = field(paragraph, "qas", list, where)
        except DocumentError as error:
            rejections.append(rejection_of(error))
            continue
        for m, question in enumerate(asked):
            try:
                questions.append(_question(question, context, title, f"{where}.qas[{m}]"))
            except DocumentError as error:
                refused.append(_refused(question, error))
                rejections.append(refused[-1])
    return SquadArticle(title, tuple(contexts), tuple(questions), tuple(rejections), tuple(refused))


def _refused(question: object, error: DocumentError) -> Rejection:
    """The question's rejection, which names its id where it has one."""
    identity = question.get("id") if isinstance(question, Mapping) else None
    named = f"question {identity}: " if isinstance(identity, str) else ""
    return Rejection(error.source, error.reason, f"{named}{error.detail}")


def _question(record: object, context: str, title: str, source: str) -> SquadQuestion:
    identity = field(record, "id", str, source)
    text = field(record, "question", str, source)
    if isinstance(record, Mapping) and record.get("is_impossible") is True:
        return SquadQuestion(identity, text, context, title, (), True)
    answers = tuple(
        _answer(answer, context, f"{source}.answers[{n}]")
        for n, answer in enumerate(field(record, "answers", list, source))
    )
    return SquadQuestion(identity, text, context, title, answers, not answers)


def _answer(record: object, context: str, source: str) -> SquadAnswer:
    text = field(record, "text", str, source)
    start = field(record, "answer_start", int, source)
    if not text.strip() or start < 0 or not context.startswith(text, start):
        found = context.find(text) if text.strip() else -1
        there = context[max(start, 0) : max(start, 0) + len(text)]
        raise DocumentError(
            source,
            "answer not in context",
            f"expected {text[:_SHOWN]!r} at character {start}, got {there[:_SHOWN]!r}; "
            + (f"set answer_start to {found}" if found >= 0 else "correct the answer's text"),
        )
    return SquadAnswer(text, start)
