"""A verb of the command line, run inside a flow: one surface, checked by one parser."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from collections.abc import Sequence
from typing import Any

from kgqa.cli import evaluate, train
from kgqa.cli.options import command_line
from kgqa.errors import ConfigError


def arguments_of(words: Sequence[str]) -> argparse.Namespace:
    """The words as the command line reads them, with `--json`.

    Raises:
        ConfigError: they are no command.
        SystemExit: they ask for help, which is printed.
    """
    parser, commands = command_line()
    for verb in (train, evaluate):
        verb.add(commands)
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return parser.parse_args([*words, "--json"])
    except SystemExit as ended:
        if not ended.code:
            raise
        fault = said.getvalue().strip().splitlines()[-1]
        raise ConfigError(
            f"{' '.join(words)}: expected a command line, got {fault!r}; see kgqa {words[0]} --help"
        ) from ended


def run_verb(words: Sequence[str]) -> dict[str, Any]:
    """What `kgqa WORDS --json` prints, for the verbs that are flows: train and evaluate.

    Raises:
        ConfigError: the words are no command, or the command failed without an error.
        KgqaError: as the verb.
    """
    arguments = arguments_of(words)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = arguments.run(arguments)
    if code:
        raise ConfigError(f"kgqa {' '.join(words)}: expected exit code 0, got {code}")
    result: dict[str, Any] = json.loads(printed.getvalue())
    return result
