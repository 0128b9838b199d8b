"""One table of trainings compared on the same held-out questions, and the file that keeps it.

A row is one training under the budget that all rows share. Rows are written as soon as they
are measured, so that a comparison that was cut off goes on with the row after the last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kgqa.errors import KgqaError
from kgqa.evaluate.compare_page import comparison_plot, comparison_table
from kgqa.evaluate.compared_row import Cell, ComparedRow
from kgqa.evaluate.report_files import make_folder, write_text

JSON_FILE, TABLE_FILE, PLOT_FILE = "comparison.json", "comparison.md", "comparison.svg"
Budget = Mapping[str, str | int]


def compare(
    cells: Sequence[Cell],
    measure: Callable[[Cell], ComparedRow],
    folder: Path,
    budget: Budget,
    again: bool = False,
) -> list[ComparedRow]:
    """Measure the cells that the folder has no row for, and write JSON, table and plot.

    Args:
        budget: what all rows share; a folder holds one comparison under one budget.
        again: measure the cells whose rows are there as well; under another budget, the
            folder's rows are forgotten.

    Returns:
        All rows of the folder, those of `cells` in their order first.

    Raises:
        KgqaError: the folder's rows were made under another budget, or it cannot be written.
    """
    make_folder(folder)
    kept = {row.cell: row for row in _read(folder / JSON_FILE, budget, again)}
    done = set() if again else set(kept)
    rows = list(kept.values())
    for cell in cells:
        if cell not in done:
            kept[cell] = measure(cell)
            rows = _ordered(kept, cells)
            write_text(folder / JSON_FILE, [_json(rows, budget)])
    rows = _ordered(kept, cells)
    if rows:
        write_text(folder / JSON_FILE, [_json(rows, budget)])
        write_text(folder / TABLE_FILE, [comparison_table(rows)])
        write_text(folder / PLOT_FILE, [comparison_plot(rows)])
    return rows


def _ordered(rows: Mapping[Cell, ComparedRow], cells: Sequence[Cell]) -> list[ComparedRow]:
    first = [rows[cell] for cell in cells if cell in rows]
    return first + [row for cell, row in rows.items() if cell not in set(cells)]


def _json(rows: Sequence[ComparedRow], budget: Budget) -> str:
    content = {"budget": dict(budget), "rows": [_rounded(row).to_json() for row in rows]}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _rounded(row: ComparedRow) -> ComparedRow:
    return replace(
        row,
        training_seconds=round(row.training_seconds, 1),
        questions_a_second=round(row.questions_a_second, 2),
    )


def _read(path: Path, budget: Budget, again: bool) -> list[ComparedRow]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = [ComparedRow.from_json(record) for record in content["rows"]]
        made_with = content["budget"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KgqaError(
            f"{path}: expected a comparison that kgqa wrote, got {error!r}; mend or remove it"
        ) from error
    if made_with == dict(budget):
        return rows
    if again:
        return []
    differing = sorted(
        name for name in {*made_with, *budget} if made_with.get(name) != budget.get(name)
    )
    raise KgqaError(
        f"{path}: expected rows made with the same {', '.join(differing)}, got others; give the "
        "same options, another --out, or --again to measure all anew"
    )
