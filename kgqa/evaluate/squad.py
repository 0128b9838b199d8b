"""SQuAD 1.1 and 2.0: exact match and F1 as the official scripts compute them.

Rajpurkar et al., EMNLP 2016 and ACL 2018. The rules are those of the 2.0 script, which
gives what the 1.1 script gives wherever some gold answer has a word in it.
"""

from __future__ import annotations

import re
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kgqa.documents.formats.squad import SquadQuestion, load_squad
from kgqa.errors import QuestionError
from kgqa.evaluate.bootstrap import Floats, Metric, bootstrap, draw
from kgqa.evaluate.report import EvaluationReport, Outcomes, Setting
from kgqa.evaluate.report_files import make_folder, write_report

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A reader's answer; `text` None abstains. `score` in [0, 1]: how sure, abstaining too."""

    text: str | None
    score: float


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """`em` 0 or 1, `f1` in [0, 1]; `has_answer`: the gold has one."""

    id: str
    em: float
    f1: float
    has_answer: bool


@dataclass(frozen=True, slots=True)
class SquadScores:
    """The score of every question, in the order of the questions."""

    questions: tuple[QuestionScore, ...]

    def metrics(self, seed: int) -> dict[str, Metric]:
        """`em`, `f1`, and `has_answer_f1`, `no_answer_f1` where such questions exist."""
        em = np.array([score.em for score in self.questions])
        f1 = np.array([score.f1 for score in self.questions])
        answerable = np.array([score.has_answer for score in self.questions], dtype=bool)
        parts: dict[str, Floats] = {
            "em": em,
            "f1": f1,
            "has_answer_f1": f1[answerable],
            "no_answer_f1": f1[~answerable],
        }
        return {name: bootstrap(part, seed) for name, part in parts.items() if len(part)}


def normalize_answer(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: in the official order."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(gold: str, predicted: str) -> float:
    """1.0 where the two are the same after normalisation, else 0.0."""
    return float(normalize_answer(gold) == normalize_answer(predicted))


def token_f1(gold: str, predicted: str) -> float:
    """F1 over the bags of normalised words; with no words on a side, 1 only if on both."""
    gold_words, words = normalize_answer(gold).split(), normalize_answer(predicted).split()
    if not gold_words or not words:
        return float(gold_words == words)
    shared = sum((Counter(gold_words) & Counter(words)).values())
    return 2 * shared / (len(gold_words) + len(words))


def best_over_golds(predicted: str | None, golds: Sequence[str]) -> tuple[float, float]:
    """(EM, F1), each against the gold that suits it best.

    Golds without a word are left out; if none is left, only abstaining (None, "") is right.
    """
    words = [gold for gold in golds if normalize_answer(gold)] or [""]
    text = predicted or ""
    return max(exact_match(g, text) for g in words), max(token_f1(g, text) for g in words)


def score_squad(
    predictions: Mapping[str, str | None], questions: Sequence[SquadQuestion]
) -> SquadScores:
    """Score a prediction for each question; None abstains.

    Raises:
        QuestionError: a question has no prediction.
    """
    scores = []
    for question in questions:
        if question.id not in predictions:
            raise QuestionError(
                f"expected a prediction for each of {len(questions)} questions, "
                f"{question.id} has none; predict null to abstain"
            )
        golds = [answer.text for answer in question.answers]
        em, f1 = best_over_golds(predictions[question.id], golds)
        scores.append(QuestionScore(question.id, em, f1, bool(golds)))
    return SquadScores(tuple(scores))


def evaluate_squad(
    path: Path,
    read: Callable[[Sequence[SquadQuestion], bool], Sequence[Prediction]],
    *,
    limit: int | None,
    seed: int,
    settings: Mapping[str, Setting],
    out: Path | None,
) -> EvaluationReport:
    """Answer the questions of a SQuAD file and score the answers.

    Args:
        read: one prediction for each question, in order; told as well whether the file has
            unanswerable questions, drawn or not.
        limit: how many questions, drawn without replacement by `seed`; None takes all.
        out: the folder of the report's files; None writes none.

    Raises:
        DocumentError: the file cannot be read.
        QuestionError: it holds no question.
        KgqaError: the limit is below 1, or `out` cannot be written.
    """
    started = time.perf_counter()
    if out is not None:
        make_folder(out)
    squad = load_squad(path)
    questions = draw(squad.questions, limit, seed)
    if not questions:
        first = next(iter(squad.rejections), None)
        left_out = f"; left out: {first.source}, {first.reason}, {first.detail}" if first else ""
        raise QuestionError(
            f"{path}: expected a SQuAD file with questions, it has none to score{left_out}"
        )
    predictions = read(questions, any(q.is_impossible for q in squad.questions))
    pairs = list(zip(questions, predictions, strict=True))
    scores = score_squad({q.id: prediction.text for q, prediction in pairs}, questions)
    report = EvaluationReport(
        "squad",
        len(questions),
        scores.metrics(seed),
        {
            **settings,
            "file": path.name,
            "limit": limit,
            "seed": seed,
            "rejected": len(squad.rejections),
        },
        time.perf_counter() - started,
    )
    if out is not None:
        rows = _rows(pairs, scores)
        write_report(report, rows, out, _outcomes(predictions, scores))
    return report


def _rows(
    pairs: Sequence[tuple[SquadQuestion, Prediction]], scores: SquadScores
) -> Iterator[dict[str, object]]:
    for (question, prediction), score in zip(pairs, scores.questions, strict=True):
        yield {
            "id": question.id,
            "question": question.question,
            "prediction": prediction.text,
            "score": prediction.score,
            "gold": sorted({answer.text for answer in question.answers}),
            "em": score.em,
            "f1": round(score.f1, 4),
        }


def _outcomes(predictions: Sequence[Prediction], scores: SquadScores) -> Outcomes:
    """Of the questions that were answered: an abstention has no risk to plot."""
    answered = [
        (prediction.score, score.f1)
        for prediction, score in zip(predictions, scores.questions, strict=True)
        if prediction.text
    ]
    return Outcomes([score for score, _ in answered], [f1 for _, f1 in answered])
