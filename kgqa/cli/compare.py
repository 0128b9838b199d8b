"""`kgqa evaluate compare`: context encoders and adapters trained alike and measured alike."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from kgqa.cli.options import Commands, add_verb, positive
from kgqa.cli.output import print_json
from kgqa.errors import ConfigError
from kgqa.types import AdapterKind, ContextName


def add(verbs: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(
        verbs, "compare", "train each context encoder and adapter alike, and measure them", run
    )
    names = ("NAME", "TRAIN", "HELD")
    parser.add_argument("--squad", nargs=3, metavar=names, help="SQuAD files: adapters, text alone")
    parser.add_argument(
        "--multihop",
        nargs=3,
        metavar=names,
        help="multi-hop questions over the corpus that --store holds, also in TRAIN's "
        "folder as corpus.json: contexts and adapters",
    )
    parser.add_argument(
        "--graph",
        nargs="+",
        action="append",
        default=[],
        metavar="WORD",
        help="NAME TRIPLES QUESTIONS...: contexts over a given graph; may be repeated",
    )
    parser.add_argument(
        "--contexts", nargs="+", choices=get_args(ContextName), default=list(get_args(ContextName))
    )
    parser.add_argument(
        "--adapters", nargs="+", choices=get_args(AdapterKind), default=list(get_args(AdapterKind))
    )
    for kind, count in (("squad", 3000), ("multihop", 450), ("graph", 4000)):
        parser.add_argument(
            f"--{kind}-questions",
            metavar="N",
            type=positive,
            default=count,
            help=f"that each training may read ({count})",
        )
    parser.add_argument(
        "--held-out", metavar="N", type=positive, default=200, help="questions measured (200)"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of every draw (0)")
    parser.add_argument("--again", action="store_true", help="measure the rows that are there too")
    parser.add_argument(
        "--work", metavar="FOLDER", type=Path, default=Path("runs/compare"), help="for weights"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", type=Path, required=True, help="JSON, table and plot"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.cli.compare_rows import ComparedRows
    from kgqa.evaluate.compare import TABLE_FILE, compare

    rows_of = ComparedRows(arguments)
    cells = rows_of.cells()
    if not cells:
        raise ConfigError(
            "compare: expected questions, got none; give --squad, --multihop, --graph"
        )
    rows = compare(
        cells,
        rows_of.measure,
        arguments.out,
        rows_of.shared(),
        arguments.again,
    )
    if arguments.json:
        print_json({"out": str(arguments.out), "rows": [row.to_json() for row in rows]})
    else:
        print((arguments.out / TABLE_FILE).read_text(encoding="utf-8"), end="")
    return 0
