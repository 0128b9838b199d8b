"""The options that verbs share, and the settings they lead to. Imports nothing slow."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from kgqa import __version__

if TYPE_CHECKING:
    from kgqa.config import Settings

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run = Callable[[argparse.Namespace], int]


def common_options() -> argparse.ArgumentParser:
    """Options that may stand before or after the verb."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    # SUPPRESS: a verb's own default would overwrite what stood before the verb.
    shared = parser.add_argument_group("common options")
    shared.add_argument(
        "--store",
        metavar="URL",
        default=argparse.SUPPRESS,
        help="the graph store (KGQA_STORE; default sqlite:///kgqa.db)",
    )
    shared.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=argparse.SUPPRESS,
        help="settings (KGQA_CONFIG; default kgqa.toml where there is one)",
    )
    shared.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print one JSON object on standard output",
    )
    return parser


def command_line() -> tuple[argparse.ArgumentParser, Commands]:
    """The command line without a verb, and where verbs are added."""
    parser = argparse.ArgumentParser(
        prog="kgqa",
        description="Documents into a typed knowledge graph, and questions answered over it.",
        parents=[common_options()],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kgqa {__version__}")
    parser.set_defaults(store=None, config=None, json=False)
    return parser, parser.add_subparsers(title="verbs", metavar="VERB", required=True)


def add_verb(
    commands: Commands, name: str, summary: str, run: Run | None = None
) -> argparse.ArgumentParser:
    """A verb's parser with the common options; `run` is what it calls."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary[:1].upper() + summary[1:] + ".",
        parents=[common_options()],
        allow_abbrev=False,
    )
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def add_group(commands: Commands, name: str, summary: str) -> Commands:
    """A verb that only has verbs of its own, such as `schema`."""
    parser = add_verb(commands, name, summary)
    return parser.add_subparsers(title="verbs", metavar="VERB", required=True)


def settings_of(arguments: argparse.Namespace, **overrides: object) -> Settings:
    """The settings under the command line's options.

    Raises:
        ConfigError: as `load_settings`.
    """
    from kgqa.config import load_settings

    settings = load_settings(arguments.config, store=arguments.store, **overrides)
    if settings.tracing:
        from kgqa.tracing import switch_on

        switch_on()
    return settings


def positive(text: str) -> int:
    """An option's value: a whole number of 1 or more."""
    value = int(text) if text.strip().isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, got {text!r}")
    return value


def amount(text: str) -> float:
    """An option's value: a number of 0 or more."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of 0 or more, got {text!r}")
    return value


def share(text: str) -> float:
    """An option's value: a number from 0 to 1."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text!r}")
    return value


def _number(text: str) -> float:
    """NaN, which is in no range, where the text is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
