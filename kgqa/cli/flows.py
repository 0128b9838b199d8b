"""`kgqa flows deploy|run|status`: schedules and runs, for those who do not know Prefect."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.cli.options import Commands, add_group, add_verb, positive, settings_of
from kgqa.cli.output import print_json, printable
from kgqa.errors import FlowError

if TYPE_CHECKING:
    from flows.plan import Plan

# Prefect reads these when it is first imported. What the user has set wins.
_ENVIRONMENT = {
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",  # a run needs no server
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",  # a busy machine takes its time
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}


def add(commands: Commands) -> None:
    """The verb, its own verbs and their options."""
    verbs = add_group(commands, "flows", "schedule and run ingest, training and evaluation")
    run = add_group(verbs, "run", "run a flow now; no server is needed")
    taken = add_verb(run, "ingest", "take in what is new, retire what vanished", run_ingest)
    taken.add_argument("paths", metavar="PATH", nargs="+", help="as kgqa ingest")
    taken.add_argument("--keep", action="store_true", help="retire no document")
    for name in ("train", "evaluate"):
        words = add_verb(run, name, f"run kgqa {name} as a flow", run_words)
        words.set_defaults(flow=name)
        words.add_argument(
            "words", metavar="WORDS", nargs=argparse.REMAINDER, help=f"as after kgqa {name}"
        )
    deployed = add_verb(verbs, "deploy", "put the schedules on a Prefect server", run_deploy)
    deployed.add_argument("paths", metavar="PATH", nargs="+", help="files and folders to ingest")
    deployed.add_argument("--cron", default="0 3 * * *", help="of the nightly ingest (0 3 * * *)")
    deployed.add_argument(
        "--every", metavar="SECONDS", type=positive, default=60, help="look at the folders (60)"
    )
    deployed.add_argument("--train", metavar="WORDS", default="", help="as after kgqa train")
    deployed.add_argument(
        "--evaluate",
        metavar="WORDS",
        default="",
        help="as after kgqa evaluate; after each training",
    )
    deployed.add_argument(
        "--limit", metavar="N", type=positive, default=2, help="batches extracted at once (2)"
    )
    add_verb(verbs, "status", "last and next runs of what is deployed", run_status)


def run_ingest(arguments: argparse.Namespace) -> int:
    """`kgqa flows run ingest`; its exit code."""
    settings_of(arguments)  # a bad setting should end before Prefect starts
    with prefect_server(named=False):
        from flows.ingest import ingest

        config = None if arguments.config is None else str(arguments.config)
        record = ingest(arguments.paths, arguments.store, config, retire=not arguments.keep)
    if arguments.json:
        print_json(record)
    else:
        counts = ("added", "updated", "unchanged", "retired", "rejected")
        print(", ".join(f"{record[name]} {name}" for name in counts))
        for rejection in record["rejections"]:
            line = f"rejected, {rejection['reason']}: {rejection['source']}"
            print(printable(line), file=sys.stderr)
    return 0


def run_words(arguments: argparse.Namespace) -> int:
    """`train` and `evaluate`: their words are read by the flow, as the command line reads them."""
    words = [*_shared(arguments), *arguments.words]
    _check(arguments.flow, words)
    with prefect_server(named=False):
        from flows.evaluate import evaluate
        from flows.train import train

        record = (train if arguments.flow == "train" else evaluate)(words)
    print_json(record)
    return 0


def run_deploy(arguments: argparse.Namespace) -> int:
    """`kgqa flows deploy`; its exit code."""
    with prefect_server(named=True):
        from flows.deploy import deploy

        names = deploy(plan_of(arguments))
    if arguments.json:
        print_json({"deployments": names})
    else:
        print("\n".join(names))
        print("now run: prefect worker start --pool kgqa", file=sys.stderr)
    return 0


def run_status(arguments: argparse.Namespace) -> int:
    """`kgqa flows status`; its exit code."""
    with prefect_server(named=True):
        from flows.status import status

        found = status()
    if arguments.json:
        print_json({"deployments": [asdict(one) for one in found]})
        return 0
    for one in found:
        last = f"{one.last_state} {one.last_start}" if one.last_state else "not yet run"
        print(printable(f"{one.name}: {last}; next {one.next_start or 'when it is triggered'}"))
    return 0


def plan_of(arguments: argparse.Namespace) -> Plan:
    """What the options ask for, with every path absolute: a worker has its own folder."""
    from flows.plan import Plan

    train, evaluate = shlex.split(arguments.train), shlex.split(arguments.evaluate)
    for verb, words in (("train", train), ("evaluate", evaluate)):
        if words:
            _check(verb, words)
    return Plan(
        paths=tuple(os.path.abspath(path) for path in arguments.paths),
        store=_absolute(settings_of(arguments).store),
        config=None if arguments.config is None else str(Path(arguments.config).absolute()),
        cron=arguments.cron,
        watch_seconds=arguments.every,
        train=tuple(train),
        evaluate=tuple(evaluate),
        limit=arguments.limit,
    )


def _check(verb: str, words: Sequence[str]) -> None:
    """Words that are no command should end before Prefect starts."""
    from flows.verbs import arguments_of

    arguments_of([verb, *words])


def _absolute(store: str) -> str:
    if not store.startswith("sqlite:///") or store == "sqlite:///:memory:":
        return store
    from kgqa.store.sqlite_file import path_of

    return f"sqlite:///{os.path.abspath(path_of(store))}"


def _shared(arguments: argparse.Namespace) -> list[str]:
    """The common options, for a verb that reads its own words."""
    given = (("--store", arguments.store), ("--config", arguments.config))
    return [word for name, value in given if value is not None for word in (name, str(value))]


def prefect_server(*, named: bool) -> AbstractContextManager[None]:
    """A Prefect server for the block; what Prefect raises over it becomes one line.

    Args:
        named: the server that PREFECT_API_URL names, else an error; otherwise, where none is
            named, one that ends with this process.

    Raises:
        FlowError: Prefect is not installed, or no server is named, starts or answers.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        from flows.connect import connected
    except ModuleNotFoundError as error:
        raise FlowError(
            "flows: expected Prefect to be installed, it is not; pip install 'kgqa[flows]'"
        ) from error
    return connected(named=named)
