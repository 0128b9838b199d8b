"""Questions over a given graph: Hits@1 and F1 of the entities that are answered.

Hits@1 is the share of questions whose first answer is a gold one; F1 compares, question by
question, the set that is answered with the gold set and is averaged, as for WebQSP and
MetaQA (He et al., WSDM 2021, arXiv 2101.03737). Names are compared by `name_key`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from kgqa.context.graph import TripleGraph
from kgqa.datasets.graph_questions import GraphQuestion, load_graph_questions
from kgqa.documents.triples import load_triples
from kgqa.errors import QuestionError
from kgqa.evaluate.bootstrap import Metric, bootstrap, draw
from kgqa.evaluate.report import EvaluationReport, Outcomes, Setting
from kgqa.evaluate.report_files import make_folder, write_report
from kgqa.names import name_key

if TYPE_CHECKING:
    from kgqa.qa.ranked import RankedEntity


class AnswersQuestions(Protocol):
    """What answers over a graph: `GraphReader`, and what it is measured against.

    Attributes:
        threshold: an entity is answered if its score is at least this share of the best one's.
    """

    threshold: float

    def answer(
        self, graph: TripleGraph, question: str, topics: Sequence[int]
    ) -> list[RankedEntity]:
        """Entities with their scores in [0, 1] and paths, best first; empty to abstain."""


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """What came of one question.

    Attributes:
        topics: names of the entities that the question was found to be about.
        answered: names, best first; empty if nothing was found.
        score: of the first one, in [0, 1].
        path: (head, relation, tail) names that lead to the first one.
    """

    question: GraphQuestion
    topics: tuple[str, ...]
    answered: tuple[str, ...]
    score: float
    path: tuple[tuple[str, str, str], ...]

    @property
    def hit(self) -> float:
        """1 if the first answer is a gold one, else 0."""
        return float(bool(self.answered) and name_key(self.answered[0]) in self._gold)

    @property
    def f1(self) -> float:
        """Of the answered set against the gold set, in [0, 1]."""
        answered = {name_key(name) for name in self.answered}
        return 2 * len(answered & self._gold) / (len(answered) + len(self._gold))

    @property
    def _gold(self) -> set[str]:
        return {name_key(name) for name in self.question.answers}


def evaluate_graph(
    questions_path: Path,
    triples_path: Path,
    reader: AnswersQuestions,
    *,
    limit: int | None,
    seed: int,
    settings: Mapping[str, Setting],
    out: Path | None,
    text_only: AnswersQuestions | None = None,
    progress: Callable[[int], None] | None = None,
) -> EvaluationReport:
    """Answer questions over a graph and score the answers.

    The topics are found in the question's text; a gold path is never looked at.

    Args:
        triples_path: the graph, a file that `kgqa import` takes.
        limit: how many questions, drawn without replacement by `seed`; None takes all.
        out: the folder of the report's files; None writes none.
        text_only: what answers without a graph network, to show beside.
        progress: called with the number of questions done since the last call.

    Returns:
        hits@1 and f1 in percent; those of `text_only` are called `text_only_...`.

    Raises:
        QuestionError: the question file is malformed or cannot be read, or names no entity.
        DocumentError: the triple file cannot be read or has no triple.
        KgqaError: the limit is below 1, or `out` cannot be written.
    """
    started = time.perf_counter()
    if out is not None:
        make_folder(out)
    questions = draw(load_graph_questions(questions_path), limit, seed)
    given = load_triples(triples_path)
    graph = TripleGraph.from_triples((t.head, t.relation, t.tail) for t in given.triples)
    if questions and not any(graph.topics(question.text) for question in questions):
        raise _of_another_graph(questions_path, triples_path, len(questions))
    answers = _answered(questions, graph, reader, progress)
    metrics = _metrics(answers, seed)
    if text_only is not None:
        beside = _metrics(_answered(questions, graph, text_only), seed)
        metrics |= {f"text_only_{name}": metric for name, metric in beside.items()}
    report = EvaluationReport(
        "graph",
        len(answers),
        metrics,
        {
            **settings,
            "file": questions_path.name,
            "triples": triples_path.name,
            "limit": limit,
            "seed": seed,
            "rejected": len(given.rejections),
            "without_topic": sum(not answer.topics for answer in answers),
        },
        time.perf_counter() - started,
    )
    if out is not None:
        write_report(report, _rows(answers), out, _outcomes(answers))
    return report


def _of_another_graph(questions: Path, triples: Path, n: int) -> QuestionError:
    return QuestionError(
        f"{questions}: expected questions that name entities of {triples}, none of {n} does; give "
        "the graph that they ask about"
    )


def _answered(
    questions: Sequence[GraphQuestion],
    graph: TripleGraph,
    reader: AnswersQuestions,
    progress: Callable[[int], None] | None = None,
) -> list[GraphAnswer]:
    answers = []
    for question in questions:
        answers.append(answer_question(question, graph, reader))
        if progress is not None:
            progress(1)
    return answers


def answer_question(
    question: GraphQuestion, graph: TripleGraph, reader: AnswersQuestions
) -> GraphAnswer:
    """One question answered by its text alone."""
    topics = graph.topics(question.text)
    ranked = reader.answer(graph, question.text, topics) if topics else []
    names = tuple(graph.entities[topic] for topic in topics)
    if not ranked:
        return GraphAnswer(question, names, (), 0.0, ())
    best = ranked[0]
    answered = (r.entity for r in ranked if r.score >= reader.threshold * best.score)
    path = tuple(
        (graph.entities[head], graph.relations[relation], graph.entities[tail])
        for head, relation, tail in best.path
    )
    return GraphAnswer(
        question, names, tuple(graph.entities[entity] for entity in answered), best.score, path
    )


def _metrics(answers: Sequence[GraphAnswer], seed: int) -> dict[str, Metric]:
    return {
        "hits@1": bootstrap(np.array([answer.hit for answer in answers]), seed),
        "f1": bootstrap(np.array([answer.f1 for answer in answers]), seed),
    }


def _rows(answers: Sequence[GraphAnswer]) -> Iterator[dict[str, object]]:
    for answer in answers:
        yield {
            "id": answer.question.id,
            "question": answer.question.text,
            "topics": list(answer.topics),
            "prediction": list(answer.answered),
            "score": round(answer.score, 4),
            "gold": list(answer.question.answers),
            "path": [list(step) for step in answer.path],
            "hits@1": answer.hit,
            "f1": round(answer.f1, 4),
        }


def _outcomes(answers: Sequence[GraphAnswer]) -> Outcomes:
    """Of the questions that were answered: an abstention has no risk to plot."""
    answered = [answer for answer in answers if answer.answered]
    return Outcomes([a.score for a in answered], [a.hit for a in answered])
