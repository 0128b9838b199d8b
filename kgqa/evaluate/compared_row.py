"""One training of a comparison: what it is about, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kgqa.evaluate.bootstrap import Metric


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row is about.

    Attributes:
        benchmark: name of the questions.
        context: the context encoder, `none` for text alone.
        adapter: `lora`, `bottleneck` or `prompt`; `none` where no language model is tuned.
    """

    benchmark: str
    context: str
    adapter: str

    @property
    def name(self) -> str:
        """As folders and rows call it."""
        return f"{self.benchmark}-{self.context}-{self.adapter}"


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One training, measured.

    Attributes:
        metric: its name; `value` and `text_only` are in percent.
        n: held-out questions.
        text_only: the same questions without the graph: the same weights with the context
            off, or, where the weights do nothing but read a graph, the frozen backbone's
            comparison of question and triples. None where no graph is read.
        trained_parameters: of adapter, heads and context encoder.
        training_seconds: of the loop, dev scores included.
        questions_a_second: while answering, retrieval included, with the graph where it is read.
        command: trains the weights again.
        seed: of training and of every draw.
        kgqa: the version.
    """

    cell: Cell
    metric: str
    n: int
    value: Metric
    text_only: Metric | None
    trained_parameters: int
    training_seconds: float
    questions_a_second: float
    command: str
    seed: int
    kgqa: str

    def to_json(self) -> dict[str, Any]:
        """One flat record."""
        record = {name: value for name, value in asdict(self).items() if name != "cell"}
        record["value"] = self.value.to_json()
        record["text_only"] = None if self.text_only is None else self.text_only.to_json()
        return {**asdict(self.cell), **record}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> ComparedRow:
        """Raises KeyError or TypeError for what `to_json` did not write."""
        given = dict(record)
        cell = Cell(given.pop("benchmark"), given.pop("context"), given.pop("adapter"))
        without = given["text_only"]
        given["value"] = Metric(**given["value"])
        given["text_only"] = None if without is None else Metric(**without)
        return cls(cell=cell, **given)
