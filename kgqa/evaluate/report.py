"""What every evaluation returns: metrics with their intervals, and what its page plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgqa.evaluate.bootstrap import Metric

Setting = str | int | float | None


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """One evaluation. `n` questions or documents; `settings` is all that a rerun needs."""

    task: str
    n: int
    metrics: Mapping[str, Metric]
    settings: Mapping[str, Setting]
    seconds: float

    def to_json(self) -> dict[str, object]:
        """The object that `kgqa evaluate --json` prints."""
        return {
            "task": self.task,
            "n": self.n,
            "metrics": {name: metric.to_json() for name, metric in self.metrics.items()},
            "settings": dict(self.settings),
            "seconds": round(self.seconds, 2),
        }

    def text(self) -> str:
        """The table that `kgqa evaluate` prints."""
        width = max((len(name) for name in self.metrics), default=0)
        lines = [f"{self.task}: n = {self.n}, {self.seconds:.1f} s"]
        lines += [
            f"  {name:<{width}}  {metric.value:6.2f}  [{metric.low:6.2f}, {metric.high:6.2f}]"
            for name, metric in self.metrics.items()
        ]
        given = {name: value for name, value in self.settings.items() if value is not None}
        if given:
            lines.append("  " + ", ".join(f"{name} = {value}" for name, value in given.items()))
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Per question how sure the system was and how right, for the report's plots.

    Attributes:
        scores: [questions], in [0, 1].
        correct: [questions], in [0, 1] (an F1 or 0 and 1).
    """

    scores: Sequence[float]
    correct: Sequence[float]
