"""Extraction scores: exact spans, given and found clusters, partly annotated documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kgqa.datasets.annotated import (
    AnnotatedDocument,
    GoldCluster,
    GoldMention,
    GoldRelation,
    SentenceSpan,
)
from kgqa.errors import DocumentError
from kgqa.evaluate.extraction import evaluate_extraction
from kgqa.evaluate.extraction_scores import (
    MentionSpan,
    PredictedCluster,
    PredictedDocument,
    PredictedRelation,
    score_extraction,
)

TEXT = "Ann Lee founded Acme in 1990. Lee sold it."
ANN, LEE, IT = (0, 7), (30, 33), (39, 41)
ACME, YEAR, FOUNDED = (16, 20), (24, 28), (8, 15)


def gold_cluster(kind: str, *spans: tuple[int, int]) -> GoldCluster:
    return GoldCluster(kind, tuple(GoldMention(*span, pronoun=span == IT) for span in spans))


def cluster(kind: str, *spans: tuple[int, int]) -> PredictedCluster:
    return PredictedCluster(kind, tuple(MentionSpan(*span) for span in spans))


def relation(head: int, name: str, tail: int) -> PredictedRelation:
    return PredictedRelation(head, name, tail)


GOLD = AnnotatedDocument(
    "d",
    "Acme",
    TEXT,
    (SentenceSpan(0, 29), SentenceSpan(30, 42)),
    (
        gold_cluster("person", ANN, LEE),
        gold_cluster("organization", ACME),
        gold_cluster("time", YEAR),
    ),
    (GoldRelation(1, "P112", 0, (0,)), GoldRelation(1, "P571", 2, (0,))),
)
RIGHT = PredictedDocument(
    (cluster("time", YEAR), cluster("organization", ACME), cluster("person", ANN, LEE)),
    (relation(1, "P112", 2), relation(1, "P571", 0)),
)
GIVEN = {relation(1, "P112", 0), relation(1, "P571", 2)}


def counts(
    predicted: PredictedDocument,
    given: set[PredictedRelation] = GIVEN,
    document: AnnotatedDocument = GOLD,
) -> dict[str, list[int]]:
    scored = score_extraction(document, predicted, given)
    return {
        "mentions": scored.mentions.astype(int).tolist(),
        "relations": scored.relations.astype(int).tolist(),
        "triples": scored.triples.astype(int).tolist(),
    }


def test_all_right_whatever_the_order_of_the_clusters() -> None:
    assert counts(RIGHT) == {"mentions": [4, 4, 4], "relations": [2, 2, 2], "triples": [2, 2, 2]}


def test_a_mention_needs_its_exact_span_and_its_type() -> None:
    predicted = PredictedDocument(
        (
            cluster("location", ACME),
            cluster("person", (4, 7), LEE),
            cluster("miscellaneous", FOUNDED),
        ),
        (),
    )
    assert counts(predicted)["mentions"] == [1, 4, 4]


def test_relations_given_gold_clusters_are_compared_as_triples() -> None:
    given = {relation(1, "P112", 0), relation(0, "P112", 1), relation(1, "P571", 0)}
    assert counts(RIGHT, given)["relations"] == [1, 3, 2]


def test_a_cluster_stands_for_gold_only_with_half_of_its_mentions() -> None:
    half = PredictedDocument(
        (cluster("organization", ACME), cluster("person", LEE, (0, 3))), (relation(0, "P112", 1),)
    )
    third = PredictedDocument(
        (cluster("organization", ACME), cluster("person", LEE, (0, 3), FOUNDED)),
        (relation(0, "P112", 1),),
    )
    assert counts(half)["triples"] == [1, 1, 2]
    assert counts(third)["triples"] == [0, 1, 2]


def test_a_triple_found_through_two_parts_of_a_cluster_counts_once() -> None:
    split = PredictedDocument(
        (cluster("organization", ACME), cluster("person", ANN), cluster("person", LEE)),
        (relation(0, "P112", 1), relation(0, "P112", 2)),
    )
    assert counts(split)["triples"] == [1, 1, 2]


def test_unmatched_clusters_are_wrong_one_by_one() -> None:
    wrong = PredictedDocument(
        (cluster("organization", ACME), cluster("person", FOUNDED), cluster("person", (34, 38))),
        (relation(0, "P112", 1), relation(0, "P112", 2)),
    )
    assert counts(wrong)["triples"] == [0, 2, 2]


PARTLY = replace(GOLD, annotated_types=frozenset(), annotated_relations=frozenset({"P112"}))


def test_what_was_not_annotated_does_not_count() -> None:
    predicted = PredictedDocument(
        (
            cluster("organization", ACME),
            cluster("person", ANN, LEE),
            cluster("miscellaneous", FOUNDED),
            cluster("time", (23, 28)),
        ),
        (relation(0, "P112", 1), relation(0, "P571", 3), relation(0, "P127", 1)),
    )
    scored = counts(predicted, {relation(1, "P112", 0), relation(1, "P127", 0)}, PARTLY)
    # "founded" meets no gold mention; the year's wrong span does.
    assert scored == {"mentions": [3, 4, 4], "relations": [1, 1, 1], "triples": [1, 1, 1]}


def test_pronouns_count_on_neither_side_but_where_clusters_are_given() -> None:
    document = replace(
        GOLD,
        clusters=(*GOLD.clusters, gold_cluster("miscellaneous", IT)),
        relations=(*GOLD.relations, GoldRelation(3, "P127", 0)),
    )
    found = PredictedDocument(
        (*RIGHT.clusters, cluster("miscellaneous", IT)),
        (*RIGHT.relations, relation(3, "P127", 2)),
    )
    expected = {"mentions": [4, 4, 4], "relations": [2, 2, 3], "triples": [2, 2, 2]}
    assert counts(RIGHT, GIVEN, document) == expected
    assert counts(found, GIVEN, document) == expected


def test_metrics_report_and_files(tmp_path: Path) -> None:
    empty = PredictedDocument((), ())

    def predict(documents: Sequence[AnnotatedDocument]) -> list[PredictedDocument]:
        return [RIGHT if document.id == "d" else empty for document in documents]

    def predict_relations(documents: Sequence[AnnotatedDocument]) -> list[set[PredictedRelation]]:
        return [set(GIVEN) for _ in documents]

    report = evaluate_extraction(
        [GOLD, replace(GOLD, id="e")],
        predict,
        predict_relations,
        limit=None,
        seed=1,
        settings={"weights": "w"},
        out=tmp_path,
    )
    assert list(report.metrics)[:4] == ["mention_f1", "coreference_f1", "relation_f1", "triple_f1"]
    values = {name: metric.value for name, metric in report.metrics.items()}
    assert values["mention_precision"] == 100
    assert values["mention_recall"] == 50
    assert values["mention_f1"] == pytest.approx(200 / 3)
    assert values["coreference_f1"] == pytest.approx(200 / 3)
    assert values["relation_f1"] == 100
    assert values["triple_f1"] == pytest.approx(200 / 3)
    assert report.n == 2
    rows = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert rows[0]["clusters"][2]["mentions"][0]["text"] == "Ann Lee"
    assert rows[1]["triple_counts"] == [0, 0, 2]


def test_no_documents_are_refused() -> None:
    with pytest.raises(DocumentError, match="at least one annotated document"):
        evaluate_extraction(
            [], lambda _: [], lambda _: [], limit=None, seed=0, settings={}, out=None
        )


def test_coreference_is_by_span_whatever_the_type() -> None:
    retyped = replace(
        RIGHT, clusters=tuple(replace(c, type="miscellaneous") for c in RIGHT.clusters)
    )
    assert np.array_equal(
        score_extraction(GOLD, retyped, set()).coreference,
        score_extraction(GOLD, RIGHT, set()).coreference,
    )
