"""Metrics carry honest intervals, and a report's files appear whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kgqa.errors import KgqaError
from kgqa.evaluate.bootstrap import Metric, bootstrap, bootstrap_prf, draw
from kgqa.evaluate.report import EvaluationReport, Outcomes
from kgqa.evaluate.report_files import write_report

REPORT = EvaluationReport(
    "squad",
    1000,
    {"f1": Metric(81.2, 79.4, 82.9), "em": Metric(70.0, 67.123, 72.0)},
    {"file": "a<b>.json", "seed": 7, "limit": None},
    41.0,
)


def test_the_interval_is_that_of_the_normal_approximation() -> None:
    hits = np.zeros(2000)
    hits[:600] = 1
    metric = bootstrap(hits, seed=3)
    spread = 100 * 1.96 * np.sqrt(0.3 * 0.7 / 2000)
    assert metric.value == pytest.approx(30)
    assert metric.low == pytest.approx(30 - spread, abs=0.25)
    assert metric.high == pytest.approx(30 + spread, abs=0.25)


def test_the_seed_fixes_the_interval() -> None:
    scores = np.random.default_rng(0).random(200)
    assert bootstrap(scores, seed=1) == bootstrap(scores, seed=1)
    assert bootstrap(scores, seed=1) != bootstrap(scores, seed=2)


def test_a_constant_has_no_spread_and_nothing_cannot_be_resampled() -> None:
    assert bootstrap(np.ones(5), seed=0) == Metric(100, 100, 100)
    with pytest.raises(ValueError, match="at least one"):
        bootstrap(np.array([]), seed=0)


def test_micro_averages_sum_before_they_divide() -> None:
    counts = np.array([[1, 2, 1], [0, 2, 3]], dtype=float)
    measured = bootstrap_prf(counts, seed=0)
    assert measured.precision.value == pytest.approx(25)
    assert measured.recall.value == pytest.approx(25)
    assert measured.f1.value == pytest.approx(25)
    # The only resamples are (a, a), (a, b) and (b, b): F1 2/3, 1/4 and 0.
    assert measured.f1.low == 0
    assert measured.f1.high == pytest.approx(200 / 3)


def test_no_prediction_and_no_gold_score_zero() -> None:
    assert bootstrap_prf(np.zeros((3, 3)), seed=0).f1 == Metric(0, 0, 0)


def test_json_has_the_keys_that_scripts_rely_on() -> None:
    assert REPORT.to_json() == {
        "task": "squad",
        "n": 1000,
        "metrics": {
            "f1": {"value": 81.2, "low": 79.4, "high": 82.9},
            "em": {"value": 70.0, "low": 67.12, "high": 72.0},
        },
        "settings": {"file": "a<b>.json", "seed": 7, "limit": None},
        "seconds": 41.0,
    }


def test_text_shows_every_metric_with_its_interval() -> None:
    text = REPORT.text()
    assert "n = 1000" in text
    assert "f1   81.20  [ 79.40,  82.90]" in text
    assert "limit" not in text


def test_drawing_is_stable_ordered_and_without_replacement() -> None:
    numbers = list(range(100))
    drawn = draw(numbers, 10, seed=5)
    assert drawn == draw(numbers, 10, seed=5) == sorted(set(drawn))
    assert drawn != draw(numbers, 10, seed=6)
    assert len(drawn) == 10
    assert draw(numbers, None, seed=5) == draw(numbers, 1000, seed=5) == numbers
    with pytest.raises(KgqaError, match="limit of 1 or more, got 0"):
        draw(numbers, 0, seed=5)


def test_the_folder_holds_predictions_summary_and_page(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    rows: list[dict[str, object]] = [
        {"id": "1", "prediction": "Zürich"},
        {"id": "2", "prediction": None},
    ]
    write_report(REPORT, rows, folder, Outcomes([0.9, 0.2, 0.5], [1.0, 0.0, 0.5]))
    lines = (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert json.loads((folder / "report.json").read_text()) == REPORT.to_json()
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "a&lt;b&gt;.json" in page
    assert "<script" not in page
    assert "81.20" in page
    assert {path.name for path in folder.iterdir()} == {
        "predictions.jsonl",
        "report.json",
        "report.html",
    }


def test_a_failing_row_leaves_the_earlier_report(tmp_path: Path) -> None:
    unwritable: dict[str, object] = {"id": "2", "score": float("nan")}
    write_report(REPORT, [{"id": "1"}], tmp_path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_report(REPORT, [unwritable], tmp_path)
    assert (tmp_path / "predictions.jsonl").read_text() == '{"id": "1"}\n'
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(KgqaError, match=r"taken: .*choose another --out"):
        write_report(REPORT, [], tmp_path / "taken")
