"""`kgqa stats`: sizes of the graph and the digest of its content."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json
from kgqa.cli.stores import open_existing


def add(commands: Commands) -> None:
    """The verb and its options."""
    add_verb(commands, "stats", "sizes of the graph and the digest of its content", run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    with open_existing(settings_of(arguments).store) as store:
        sizes = asdict(store.stats())
    if arguments.json:
        print_json(sizes)
        return 0
    for name, value in sizes.items():
        print(f"{name:<10} {value:>12,}" if isinstance(value, int) else f"{name:<10} {value}")
    return 0
