"""A comparison as a Markdown table and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kgqa.evaluate.bootstrap import Metric
from kgqa.evaluate.compared_row import ComparedRow
from kgqa.evaluate.page import BLUE, figure_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ORANGE = "#c8691c"
_HEADS = (
    "questions",
    "context",
    "adapter",
    "metric",
    "value [95 %]",
    "text only [95 %]",
    "trained parameters",
    "training s",
    "questions/s",
    "n",
)
_LEFT = 4
"""So many columns are words, the rest figures."""


def comparison_table(rows: Sequence[ComparedRow]) -> str:
    """A table in GitHub's Markdown, one line a row, in percent."""
    lines = [_line(_HEADS), _line(["---"] * _LEFT + ["---:"] * (len(_HEADS) - _LEFT))]
    lines += [_line(_cells(row)) for row in rows]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _cells(row: ComparedRow) -> list[str]:
    return [
        row.cell.benchmark,
        row.cell.context,
        row.cell.adapter,
        row.metric,
        _interval(row.value),
        "" if row.text_only is None else _interval(row.text_only),
        f"{row.trained_parameters:,}",
        f"{row.training_seconds:.0f}",
        f"{row.questions_a_second:.1f}",
        str(row.n),
    ]


def _interval(metric: Metric) -> str:
    return f"{metric.value:.1f} [{metric.low:.1f}, {metric.high:.1f}]"


def comparison_plot(rows: Sequence[ComparedRow]) -> str:
    """An SVG with a panel for each benchmark, one line a row: the value with its interval, and
    text only beside it. The same rows give the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    panels: dict[str, list[ComparedRow]] = {}
    for row in rows:
        panels.setdefault(row.cell.benchmark, []).append(row)
    heights = [1.2 + len(panel) for panel in panels.values()]
    figure = Figure(figsize=(7, 0.4 + 0.34 * sum(heights)), layout="constrained")
    grid = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)
    for axes, (name, panel) in zip(grid[:, 0], panels.items(), strict=True):
        _panel(axes, name, panel)
    with rc_context({"svg.hashsalt": "kgqa"}):
        return figure_svg(figure)


def _panel(axes: Axes, name: str, rows: Sequence[ComparedRow]) -> None:
    places = np.arange(len(rows))
    _points(axes, places - 0.12, [row.value for row in rows], BLUE, "with what the row trains")
    beside = [(place + 0.12, row.text_only) for place, row in zip(places, rows, strict=True)]
    shown = [(place, metric) for place, metric in beside if metric is not None]
    if shown:
        metrics = [metric for _, metric in shown]
        _points(axes, np.array([place for place, _ in shown]), metrics, _ORANGE, "text only")
        axes.legend(loc="best", fontsize="small")
    axes.set_yticks(places, [_label(row) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.grid(axis="x", alpha=0.3)
    axes.set_title(f"{name}: {rows[0].metric}, percent", loc="left", fontsize="medium")


def _label(row: ComparedRow) -> str:
    words = [row.cell.context, *([] if row.cell.adapter == "none" else [row.cell.adapter])]
    return ", ".join(words)


def _points(
    axes: Axes, places: np.ndarray, metrics: Sequence[Metric], color: str, label: str
) -> None:
    values = np.array([metric.value for metric in metrics])
    lows = np.array([metric.low for metric in metrics])
    highs = np.array([metric.high for metric in metrics])
    # The percentile interval of a small sample need not hold the value itself.
    spread = np.maximum(np.stack([values - lows, highs - values]), 0)
    axes.errorbar(values, places, xerr=spread, fmt="o", color=color, capsize=3, label=label)
