"""`evaluate_extraction`: an extractor on gold documents; `extraction_scores` has the rules."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from kgqa.datasets.annotated import AnnotatedDocument
from kgqa.errors import DocumentError
from kgqa.evaluate.bootstrap import Metric, bootstrap_prf, bootstrap_statistic, draw
from kgqa.evaluate.coreference import conll_f1
from kgqa.evaluate.extraction_scores import (
    ExtractionCounts,
    PredictedDocument,
    PredictedRelation,
    score_extraction,
)
from kgqa.evaluate.report import EvaluationReport, Setting
from kgqa.evaluate.report_files import make_folder, write_report

Predict = Callable[[Sequence[AnnotatedDocument]], Sequence[PredictedDocument]]
PredictRelations = Callable[[Sequence[AnnotatedDocument]], Sequence[set[PredictedRelation]]]


def evaluate_extraction(
    documents: Sequence[AnnotatedDocument],
    predict: Predict,
    predict_relations: PredictRelations,
    *,
    limit: int | None,
    seed: int,
    settings: Mapping[str, Setting],
    out: Path | None,
) -> EvaluationReport:
    """Extract from each document and score it.

    Args:
        predict: from the texts alone, one prediction for each document, in order.
        predict_relations: from texts and gold clusters, relations between those clusters.
        limit: how many documents, drawn without replacement by `seed`; None takes all.
        out: the folder of the report's files; None writes none.

    Raises:
        DocumentError: there is no document.
        KgqaError: the limit is below 1, or `out` cannot be written.
    """
    started = time.perf_counter()
    if out is not None:
        make_folder(out)
    drawn = draw(documents, limit, seed)
    if not drawn:
        raise DocumentError("extraction", "empty", "expected at least one annotated document")
    predictions, given = predict(drawn), predict_relations(drawn)
    counts = [
        score_extraction(document, predicted, relations)
        for document, predicted, relations in zip(drawn, predictions, given, strict=True)
    ]
    report = EvaluationReport(
        "extraction",
        len(drawn),
        _metrics(counts, seed),
        {**settings, "limit": limit, "seed": seed},
        time.perf_counter() - started,
    )
    if out is not None:
        write_report(report, _rows(drawn, predictions, counts), out)
    return report


def _metrics(counts: Sequence[ExtractionCounts], seed: int) -> dict[str, Metric]:
    """The four figures, then precision and recall of the three that have them."""
    coreference = np.stack([count.coreference for count in counts])
    parts = {
        "mention": bootstrap_prf(np.stack([count.mentions for count in counts]), seed),
        "relation": bootstrap_prf(np.stack([count.relations for count in counts]), seed),
        "triple": bootstrap_prf(np.stack([count.triples for count in counts]), seed),
    }
    metrics = {
        "mention_f1": parts["mention"].f1,
        "coreference_f1": bootstrap_statistic(coreference, conll_f1, seed),
        "relation_f1": parts["relation"].f1,
        "triple_f1": parts["triple"].f1,
    }
    for name, part in parts.items():
        metrics[f"{name}_precision"] = part.precision
        metrics[f"{name}_recall"] = part.recall
    return metrics


def _rows(
    documents: Sequence[AnnotatedDocument],
    predictions: Sequence[PredictedDocument],
    counts: Sequence[ExtractionCounts],
) -> Iterator[dict[str, object]]:
    for document, predicted, count in zip(documents, predictions, counts, strict=True):
        yield {
            "id": document.id,
            "title": document.title,
            "clusters": [
                {
                    "type": cluster.type,
                    "mentions": [
                        {"start": m.start, "end": m.end, "text": document.text[m.start : m.end]}
                        for m in cluster.mentions
                    ],
                }
                for cluster in predicted.clusters
            ],
            "relations": [[r.head, r.relation, r.tail] for r in predicted.relations],
            "mention_counts": [int(n) for n in count.mentions],
            "triple_counts": [int(n) for n in count.triples],
        }
