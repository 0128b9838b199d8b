"""A Prefect server for one process: it starts while the process loads, and ends with it.

Prefect can start one by itself, but only after the client has loaded all of the server's code
once more, in itself, and one that it started outlives a client that is killed.
"""

from __future__ import annotations

import atexit
import importlib
import logging
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    get_current_settings,
    temporary_settings,
)

from kgqa.errors import FlowError

logger = logging.getLogger(__name__)
_SAY_EVERY, _END_WITHIN = 15.0, 10.0  # seconds
# As Prefect has it for a server that one client starts: few services.
_MODE = {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}


@contextmanager
def temporary_server() -> Iterator[None]:
    """Prefect's client talks to a server of this process's own, on a free port of loopback.

    What is known of runs is in PREFECT_HOME, as with any server on this machine. It ends when
    this process does, after Prefect's threads have sent it the last logs and events.

    Raises:
        FlowError: it ended, or was not up within Prefect's setting for this.
    """
    logger.setLevel(logging.INFO)
    started = time.monotonic()
    with tempfile.TemporaryFile() as said:
        server = _start(said)
        atexit.register(_stop, server)
        logger.info("starting a Prefect server for this run (the first start makes its database)")
        importlib.import_module("flows.ingest")  # loads torch, meanwhile
        url = f"http://127.0.0.1:{_port_of(server, started, said)}/api"
    logger.info("Prefect server ready after %.1f s", time.monotonic() - started)
    os.environ["PREFECT_API_URL"] = url  # for a Dask worker
    # No heartbeats: this server ends with the run and watches none, and a run that ends waits
    # up to a second for the thread that sends them.
    with temporary_settings({PREFECT_API_URL: url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def _start(said: IO[bytes]) -> subprocess.Popen[bytes]:
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    return subprocess.Popen(
        [sys.executable, "-m", "flows.serve"],
        stdin=subprocess.PIPE,  # closed when this process ends, however it ends
        stdout=subprocess.PIPE,
        stderr=said,
        env={**os.environ, **settings, **_MODE, "PREFECT_UI_ENABLED": "0"},
        start_new_session=True,  # Ctrl-C is for the run, which still has its end to report
    )


def _port_of(server: subprocess.Popen[bytes], started: float, said: IO[bytes]) -> int:
    """The port, which the server prints once it answers."""
    assert server.stdout is not None
    limit = get_current_settings().server.ephemeral.startup_timeout_seconds
    while not select.select([server.stdout], [], [], _SAY_EVERY)[0]:
        seconds = time.monotonic() - started
        if seconds > limit:
            raise FlowError(
                f"Prefect server: expected it to be up within {limit} s, it is not; set "
                "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS to more, or start one with "
                "`prefect server start` and name it in PREFECT_API_URL"
            )
        logger.info("Prefect server still starting, %.0f s", seconds)
    line = server.stdout.readline()
    if not line:
        said.seek(0)
        last = said.read().decode(errors="replace").strip().splitlines()[-1:]
        raise FlowError(
            f"Prefect server: expected it to start, it ended with {server.wait()}: "
            f"{' '.join(last)}; see that PREFECT_HOME can be written"
        )
    return int(line)


def _stop(server: subprocess.Popen[bytes]) -> None:
    assert server.stdin is not None
    server.stdin.close()
    try:
        server.wait(_END_WITHIN)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
