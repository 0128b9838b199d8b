"""Questions over a given graph: the files of MetaQA and of PathQuestion.

MetaQA (Zhang et al., AAAI 2018, arXiv 1709.04071): `question with [topic]<TAB>a|b`.
PathQuestion (Zhou et al., COLING 2018, arXiv 1801.03825):
`question<TAB>answer(all/answers/)<TAB>topic#relation#entity#relation#answer`, where
`#<end>#answer` may follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kgqa.documents.decode import decode
from kgqa.errors import DocumentError, QuestionError

_TOPIC = re.compile(r"\[([^\[\]]+)\]")
_END = "<end>"
_SHOWN = 80
_FORMS = (
    "`question with [topic]<TAB>answer|answer` or "
    "`question<TAB>answer(answer/answer/)<TAB>topic#relation#answer`"
)


@dataclass(frozen=True, slots=True)
class GraphQuestion:
    """A question whose answers are entities of a graph.

    Attributes:
        id: the file's name and line, `PQ-2H:17`.
        text: the question as it stands; MetaQA marks a topic with [brackets].
        topics: names of what it is about. PathQuestion does not mark them: there it is
            the first entity of the gold path, for training alone.
        answers: every accepted name, each once; at least one.
        path: the gold path as entity, relation, entity ... relation, answer; may be empty.
    """

    id: str
    text: str
    topics: tuple[str, ...]
    answers: tuple[str, ...]
    path: tuple[str, ...] = ()

    @property
    def relations(self) -> tuple[str, ...]:
        """The gold path's relations, in the order they are followed."""
        return self.path[1::2]


def load_graph_questions(path: Path) -> list[GraphQuestion]:
    """Read a question file of either form, told apart by the columns of each line.

    Raises:
        QuestionError: the file cannot be read, holds no question, or a line is malformed;
            the message names the line.
    """
    try:
        text = decode(path.read_bytes(), str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise QuestionError(f"{path}: expected a file of graph questions; {reason}") from error
    except DocumentError as error:
        raise QuestionError(str(error)) from error
    questions = list(_questions(text, path))
    if not questions:
        raise QuestionError(f"{path}: expected {_FORMS}, got no line")
    return questions


def _questions(text: str, path: Path) -> Iterator[GraphQuestion]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        columns = [column.strip() for column in line.split("\t")]
        name, place = f"{path.stem}:{number}", f"{path}:{number}"
        if len(columns) == 2 and all(columns):
            yield _marked(name, columns[0], columns[1], place)
        elif len(columns) == 3 and all(columns):
            yield _with_path(name, columns, place)
        else:
            raise _malformed(place, line)


def _marked(name: str, question: str, answers: str, place: str) -> GraphQuestion:
    """MetaQA's form."""
    topics = tuple(topic.strip() for topic in _TOPIC.findall(question) if topic.strip())
    names = tuple(dict.fromkeys(part.strip() for part in answers.split("|") if part.strip()))
    if not names:
        raise _malformed(place, f"{question}\t{answers}")
    return GraphQuestion(name, question, topics, names)


def _with_path(name: str, columns: list[str], place: str) -> GraphQuestion:
    """PathQuestion's form."""
    question, answers, steps = columns
    path = steps.split("#")
    if _END in path:
        path = path[: path.index(_END)]
    if len(path) < 3 or len(path) % 2 == 0 or not all(path):
        raise QuestionError(
            f"{place}: expected a gold path topic#relation#answer, got {steps[:_SHOWN]!r}; "
            "correct the line or leave it out"
        )
    names = _answer_names(answers)
    if names is None:
        raise _malformed(place, answers)
    return GraphQuestion(name, question, (path[0],), names, tuple(path))


def _answer_names(text: str) -> tuple[str, ...] | None:
    """`a(a/b/)`: a, then the others. Names may hold brackets and slashes themselves, so
    the bracket that opens the list is the one whose list holds what stands before it."""
    if not text.endswith("/)"):
        return (text,)
    for bracket in re.finditer(r"\(", text):
        first, listed = text[: bracket.start()], "/" + text[bracket.end() : -1]
        if first and f"/{first}/" in listed:
            others = listed.replace(f"/{first}/", "/", 1).split("/")
            return tuple(dict.fromkeys([first, *(other for other in others if other)]))
    return None


def _malformed(place: str, came: str) -> QuestionError:
    return QuestionError(
        f"{place}: expected {_FORMS}, got {came.strip()[:_SHOWN]!r}; "
        "correct the line or leave it out"
    )
