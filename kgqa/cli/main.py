"""`kgqa`: reads the command line and calls a verb.

Exit codes: 0, 1 for an error (with `--json` it is also `{"error": ...}` on standard output),
2 for wrong usage, 130 after Ctrl-C, 141 when the reader of the output has gone.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from kgqa.cli import (
    ask,
    chat,
    completion,
    copy,
    delete,
    evaluate,
    export,
    flows,
    import_triples,
    ingest,
    inspect,
    schema,
    stats,
    train,
)
from kgqa.cli.options import command_line
from kgqa.cli.output import print_json, printable
from kgqa.errors import KgqaError

_VERBS = (
    ingest,
    import_triples,
    ask,
    chat,
    inspect,
    stats,
    delete,
    export,
    copy,
    schema,
    train,
    evaluate,
    flows,
)
INTERRUPTED, BROKEN_PIPE = 130, 141


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser, commands = command_line()
    for verb in _VERBS:
        verb.add(commands)
    completion.add(commands, parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code. Wrong usage and `--help` leave through SystemExit, as argparse does.
    """
    _prepare_streams()
    try:
        arguments = build_parser().parse_args(argv)
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("kgqa: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except OSError as error:
        # What no stage foresaw, such as a disk that is full.
        _drop_output()
        print(f"kgqa: error: {printable(str(error))}", file=sys.stderr)
        return 1
    return code


def _run(arguments: argparse.Namespace) -> int:
    try:
        code: int = arguments.run(arguments)
    except (KgqaError, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:
            raise  # of the output itself, which can take no more
        message = printable(_told(error))
        if arguments.json:
            print_json({"error": message})
        print(f"kgqa: error: {message}", file=sys.stderr)
        return 1
    return code


def _told(error: KgqaError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}; give another path"
    return str(error)


def _prepare_streams() -> None:
    # Python has None for a stream that was closed before it started (`>&-`).
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is shown escaped, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="kgqa: %(message)s")


def _drop_output() -> None:
    """Python flushes standard output once more at exit; where that fails, let it go nowhere."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
