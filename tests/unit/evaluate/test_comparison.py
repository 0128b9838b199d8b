"""The file that keeps a comparison, its table and its plot."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from kgqa.errors import KgqaError
from kgqa.evaluate.bootstrap import Metric
from kgqa.evaluate.compare import compare
from kgqa.evaluate.compared_row import Cell, ComparedRow

CELLS = [Cell("squad", "none", "lora"), Cell("2wiki", "gnn", "lora"), Cell("metaqa", "gnn", "none")]
BUDGET = {"squad_questions": 8, "seed": 0}


class Trainings:
    """Gives each cell a row, and remembers which were asked for."""

    def __init__(self, value: float = 50.0) -> None:
        self.value = value
        self.measured: list[Cell] = []

    def __call__(self, cell: Cell) -> ComparedRow:
        self.measured.append(cell)
        beside = None if cell.context == "none" else Metric(40.0, 30.0, 50.0)
        interval = Metric(self.value, self.value - 9, self.value + 9)
        return ComparedRow(
            cell, "f1", 20, interval, beside, 1234567, 61.26, 12.345, "kgqa train reader", 0, "1.0"
        )


def test_rows_that_are_there_are_kept(tmp_path: Path) -> None:
    first, second = Trainings(), Trainings(70.0)
    compare(CELLS[:2], first, tmp_path, BUDGET)
    rows = compare(CELLS, second, tmp_path, BUDGET)
    assert (first.measured, second.measured) == (CELLS[:2], CELLS[2:])
    assert [row.value.value for row in rows] == [50.0, 50.0, 70.0]
    again = Trainings(60.0)
    rows = compare(CELLS[:1], again, tmp_path, BUDGET, again=True)
    assert again.measured == CELLS[:1]
    assert [(row.cell, row.value.value) for row in rows] == [
        (CELLS[0], 60.0),
        (CELLS[1], 50.0),
        (CELLS[2], 70.0),
    ]


def test_a_comparison_that_is_cut_off_keeps_its_rows(tmp_path: Path) -> None:
    def cut(cell: Cell) -> ComparedRow:
        if cell == CELLS[1]:
            raise KeyboardInterrupt
        return Trainings()(cell)

    with pytest.raises(KeyboardInterrupt):
        compare(CELLS, cut, tmp_path, BUDGET)
    rest = Trainings()
    assert len(compare(CELLS, rest, tmp_path, BUDGET)) == 3
    assert rest.measured == CELLS[1:]


def test_records_name_what_a_rerun_needs(tmp_path: Path) -> None:
    rows = compare(CELLS, Trainings(), tmp_path, BUDGET)
    content = json.loads((tmp_path / "comparison.json").read_text())
    assert content["budget"] == BUDGET
    record = content["rows"][1]
    assert record["benchmark"] == "2wiki"
    assert record["value"] == {"value": 50.0, "low": 41.0, "high": 59.0}
    assert record["text_only"]["value"] == 40.0
    assert (record["command"], record["seed"], record["kgqa"]) == ("kgqa train reader", 0, "1.0")
    assert [ComparedRow.from_json(r).cell for r in content["rows"]] == [row.cell for row in rows]


def test_rows_under_another_budget_are_not_mixed(tmp_path: Path) -> None:
    compare(CELLS, Trainings(), tmp_path, BUDGET)
    other = {**BUDGET, "squad_questions": 9}
    with pytest.raises(KgqaError, match="with the same squad_questions, got others"):
        compare(CELLS, Trainings(), tmp_path, other)
    assert len(compare(CELLS[:1], Trainings(), tmp_path, other, again=True)) == 1


def test_a_file_that_is_no_comparison_is_told(tmp_path: Path) -> None:
    (tmp_path / "comparison.json").write_text('{"rows": [{}], "budget": {}}')
    with pytest.raises(KgqaError, match="expected a comparison that kgqa wrote"):
        compare(CELLS, Trainings(), tmp_path, BUDGET)


def test_the_table_has_text_only_beside_every_graph_row(tmp_path: Path) -> None:
    compare(CELLS, Trainings(), tmp_path, BUDGET)
    head, rule, *lines = (tmp_path / "comparison.md").read_text().splitlines()
    assert len({line.count("|") for line in (head, rule, *lines)}) == 1
    assert lines[1] == (
        "| 2wiki | gnn | lora | f1 | 50.0 [41.0, 59.0] | 40.0 [30.0, 50.0] | 1,234,567 | 61 "
        "| 12.3 | 20 |"
    )
    assert "| f1 | 50.0 [41.0, 59.0] |  |" in lines[0]


def test_the_plot_is_the_same_svg_for_the_same_rows(tmp_path: Path) -> None:
    plots = []
    for name in ("one", "other"):
        compare(CELLS, Trainings(), tmp_path / name, BUDGET)
        plots.append((tmp_path / name / "comparison.svg").read_text())
    assert plots[0] == plots[1]
    root = ElementTree.fromstring(plots[0])
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert all(f"<!-- {name}: f1, percent -->" in plots[0] for name in ("squad", "2wiki", "metaqa"))


def test_an_impossible_folder_is_told_before_the_first_training(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    trainings = Trainings()
    with pytest.raises(KgqaError, match=r"taken/rows: .*choose another --out"):
        compare(CELLS, trainings, tmp_path / "taken" / "rows", BUDGET)
    assert not trainings.measured
