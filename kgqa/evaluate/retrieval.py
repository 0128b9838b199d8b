"""Multi-hop retrieval and answers over an ingested corpus: recall@k, EM and F1.

recall@k of a question is the share of its supporting documents among the first k documents
of the ranking (a document counts once, where its best passage stands); it is averaged over
the questions, as in the evaluations of HippoRAG (Gutierrez et al., NeurIPS 2024).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kgqa.datasets.multihop import MultihopQuestion, load_corpus, load_multihop
from kgqa.evaluate.bootstrap import Metric, bootstrap, draw
from kgqa.evaluate.report import EvaluationReport, Setting
from kgqa.evaluate.report_files import make_folder, write_report
from kgqa.evaluate.squad import best_over_golds
from kgqa.retrieve.retriever import Retriever
from kgqa.types import ScoredPassage

_CUTOFFS = (2, 5, 10)
_BASELINE_CUTOFF = 5
# A long document has several passages: enough are asked for that ten documents stand among them.
_PASSAGES = 40


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """A document in a ranking. `key` tells apart two documents of one title: for a gold
    document its place among the question's gold documents, else the document's id.
    """

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What came of one question.

    Attributes:
        ranked: the retrieved documents, best first.
        metrics: metric name -> value in [0, 1].
        prediction: the answer, None if none was asked for or the reader abstained.
    """

    question: MultihopQuestion
    ranked: tuple[RankedDocument, ...]
    metrics: Mapping[str, float]
    prediction: str | None


def recall_at(k: int, ranked: Sequence[str], gold: Collection[str]) -> float:
    """The share of the gold documents among the first k ranked ones, in [0, 1].

    Args:
        ranked: documents (by title or another key), best first, each once.

    Raises:
        ValueError: there is no gold document.
    """
    wanted = set(gold)
    if not wanted:
        raise ValueError("expected at least one gold document, got none")
    return len(wanted.intersection(ranked[:k])) / len(wanted)


def evaluate_multihop(
    questions_path: Path,
    corpus_path: Path | None,
    retriever: Retriever,
    *,
    ask: Callable[[str], str | None] | None = None,
    ask_text_only: Callable[[str], str | None] | None = None,
    limit: int | None = None,
    seed: int = 0,
    settings: Mapping[str, Setting],
    out: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> EvaluationReport:
    """Measure retrieval, and answers where `ask` is given, over a store with the corpus in it.

    Args:
        corpus_path: the corpus that was ingested, a list of {title, text}; None where the
            questions bring their paragraphs along.
        ask: answers a question, None to abstain; without it em and f1 are left out.
        ask_text_only: the same with the graph kept from the reader, to show beside it.
        limit: how many questions, drawn without replacement by `seed`; None takes all.
        out: the folder of the report's files; None writes none.
        progress: called with the number of questions done since the last call.

    Returns:
        recall@2, recall@5, recall@10, bm25_recall@5, dense_recall@5, where the graph network
        ranks passages without_graph_recall@5, with `ask` em and f1, and with `ask_text_only`
        text_only_em and text_only_f1, each in percent.

    Raises:
        QuestionError: a file cannot be read or is malformed.
        KgqaError: the limit is below 1, or `out` cannot be written.
    """
    started = time.perf_counter()
    if out is not None:
        make_folder(out)
    titles = {passage.title for passage in load_corpus(corpus_path)} if corpus_path else set()
    questions = draw(load_multihop(questions_path, titles), limit, seed)
    results = []
    for question in questions:
        results.append(_measure(question, retriever, ask, ask_text_only))
        if progress is not None:
            progress(1)
    used = {**settings, "file": questions_path.name, "limit": limit, "seed": seed}
    report = EvaluationReport(
        "multihop",
        len(results),
        _summary(results, seed),
        {**used, "corpus": corpus_path.name if corpus_path else None},
        time.perf_counter() - started,
    )
    if out is not None:
        write_report(report, _rows(results), out)
    return report


def ranked_documents(
    passages: Sequence[ScoredPassage], question: MultihopQuestion
) -> list[RankedDocument]:
    """The documents of ranked passages, each once, where its best passage stands."""
    documents: dict[str, RankedDocument] = {}
    for found in passages:
        held = (
            _gold_key(n)
            for n, document in enumerate(question.gold)
            if document.holds(found.title, found.passage.text)
        )
        key = next(held, found.passage.document_id)
        documents.setdefault(key, RankedDocument(key, found.title))
    return list(documents.values())


def _measure(
    question: MultihopQuestion,
    retriever: Retriever,
    ask: Callable[[str], str | None] | None,
    ask_text_only: Callable[[str], str | None] | None,
) -> QuestionResult:
    text = question.question
    ranked = ranked_documents(retriever.passages(text, _PASSAGES), question)
    metrics = {f"recall@{k}": _recall(k, ranked, question) for k in _CUTOFFS}
    if retriever.reads_graph:
        without = ranked_documents(retriever.passages(text, _PASSAGES, graph=False), question)
        recall = _recall(_BASELINE_CUTOFF, without, question)
        metrics[f"without_graph_recall@{_BASELINE_CUTOFF}"] = recall
    prediction = None
    if ask is not None:
        prediction = ask(text)
        metrics["em"], metrics["f1"] = best_over_golds(prediction, question.answers)
    if ask_text_only is not None:
        scores = best_over_golds(ask_text_only(text), question.answers)
        metrics["text_only_em"], metrics["text_only_f1"] = scores
    for name, search in (("bm25", retriever.bm25), ("dense", retriever.dense)):
        found = ranked_documents(search(text, _PASSAGES), question)
        metrics[f"{name}_recall@{_BASELINE_CUTOFF}"] = _recall(_BASELINE_CUTOFF, found, question)
    return QuestionResult(question, tuple(ranked), metrics, prediction)


def _recall(k: int, ranked: Sequence[RankedDocument], question: MultihopQuestion) -> float:
    gold = [_gold_key(n) for n in range(len(question.gold))]
    return recall_at(k, [document.key for document in ranked], gold)


def _gold_key(place: int) -> str:
    return f"gold {place}"


def _summary(results: Sequence[QuestionResult], seed: int) -> dict[str, Metric]:
    return {
        name: bootstrap(np.array([result.metrics[name] for result in results]), seed)
        for name in results[0].metrics
    }


def _rows(results: Sequence[QuestionResult]) -> Iterator[dict[str, object]]:
    for result in results:
        yield {
            "id": result.question.id,
            "question": result.question.question,
            "gold": list(result.question.answers),
            "prediction": result.prediction,
            "supporting": list(result.question.titles),
            "retrieved": [document.title for document in result.ranked[: _CUTOFFS[-1]]],
            **{name: round(value, 4) for name, value in result.metrics.items()},
        }
