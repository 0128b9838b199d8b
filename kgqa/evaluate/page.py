"""The HTML page of one evaluation: one file, its plots within it as SVG."""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING

import numpy as np

from kgqa.evaluate.report import EvaluationReport, Outcomes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } th, td { padding: .2rem .8rem; text-align: left }
td.figure { text-align: right; font-variant-numeric: tabular-nums }
tr + tr { border-top: 1px solid #ddd } svg { max-width: 100%; height: auto }
"""
BLUE = "#2f6db5"


def report_page(report: EvaluationReport, outcomes: Outcomes | None = None) -> str:
    """A self-contained page: metrics with intervals, settings, and plots.

    `outcomes` adds the histogram of scores and the risk-coverage curve (Geifman &
    El-Yaniv, 2017): the error left when only the surest answers are given.
    """
    plots = [figure_svg(_metric_figure(report))] if report.metrics else []
    if outcomes is not None and len(outcomes.scores):
        plots.append(figure_svg(_score_figure(outcomes)))
    title = f"kgqa evaluate {html.escape(report.task)}"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        f"<p>n = {report.n}, {report.seconds:.1f} s; 95 % bootstrap intervals, in percent.</p>\n"
        f"{_metric_table(report)}\n{''.join(plots)}\n<h2>Settings</h2>\n{_setting_table(report)}\n"
        "</body></html>\n"
    )


def _metric_table(report: EvaluationReport) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th>"
        + "".join(
            f'<td class="figure">{figure:.2f}</td>'
            for figure in (metric.value, metric.low, metric.high)
        )
        + "</tr>"
        for name, metric in report.metrics.items()
    )
    return f"<table><tr><th></th><th>value</th><th>low</th><th>high</th></tr>{rows}</table>"


def _setting_table(report: EvaluationReport) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in report.settings.items()
    )
    return f"<table>{rows}</table>"


def _metric_figure(report: EvaluationReport) -> Figure:
    from matplotlib.figure import Figure

    names = list(report.metrics)
    values = np.array([metric.value for metric in report.metrics.values()])
    lows = np.array([metric.low for metric in report.metrics.values()])
    highs = np.array([metric.high for metric in report.metrics.values()])
    figure = Figure(figsize=(7, 0.8 + 0.42 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    rows = np.arange(len(names))
    # The percentile interval of a small sample need not hold the value itself.
    spread = np.maximum(np.stack([values - lows, highs - values]), 0)
    axes.barh(rows, values, color=BLUE, alpha=0.35)
    axes.errorbar(values, rows, xerr=spread, fmt="o", color=BLUE, capsize=3)
    axes.set_yticks(rows, names)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("percent")
    return figure


def _score_figure(outcomes: Outcomes) -> Figure:
    from matplotlib.figure import Figure

    scores = np.asarray(outcomes.scores, dtype=np.float64)
    correct = np.asarray(outcomes.correct, dtype=np.float64)
    surest = np.argsort(-scores, kind="stable")
    kept = np.arange(1, len(scores) + 1)
    risk = 1 - np.cumsum(correct[surest]) / kept
    figure = Figure(figsize=(7, 3), layout="constrained")
    histogram, curve = figure.subplots(1, 2)
    histogram.hist(scores, bins=20, range=(0, 1), color=BLUE)
    histogram.set_xlabel("score")
    histogram.set_ylabel("questions")
    curve.plot(100 * kept / len(scores), 100 * risk, color=BLUE)
    curve.set_xlim(0, 100)
    curve.set_ylim(0, None)
    curve.set_xlabel("coverage, percent")
    curve.set_ylabel("risk, percent")
    return figure


def figure_svg(figure: Figure) -> str:
    """A figure as an `<svg>` element, without the day it was drawn."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    drawn = stream.getvalue()
    return drawn[drawn.index("<svg") :]
