"""`kgqa flows run ingest` with no server: one for the run starts, and goes however the run ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from kgqa.store.open import open_store

WAIT_SECONDS = 120


@pytest.fixture
def environment(tmp_path: Path, tiny_settings: dict[str, str]) -> Iterator[dict[str, str]]:
    """A Prefect of its own, which has never run; no process under it stays behind."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    home = str(tmp_path / "prefect")
    yield {**kept, **tiny_settings, "PREFECT_HOME": home, "OMP_NUM_THREADS": "1"}
    for one in running_under(home):
        one.kill()


def running_under(home: str) -> list[psutil.Process]:
    """The processes whose Prefect is at home there."""
    found = []
    for one in psutil.process_iter():
        try:
            if one.environ().get("PREFECT_HOME") == home and one.status() != "zombie":
                found.append(one)
        except psutil.Error:
            continue  # ended, or another user's
    return found


def start(folder: Path, store: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    words = ["flows", "run", "ingest", str(folder), "--store", store, "--json"]
    # Where the tests run in a shell's background, SIGINT is ignored, and children inherit that.
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        f"from kgqa.cli.main import main; sys.exit(main({words!r}))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, store: str, environment: dict[str, str]) -> tuple[dict[str, Any], str]:
    """What a run prints, and what it says meanwhile."""
    child = start(folder, store, environment)
    printed, said = child.communicate()
    assert child.returncode == 0, said
    record: dict[str, Any] = json.loads(printed)
    return record, said


def interrupt(
    folder: Path, store: str, environment: dict[str, str], *, by: signal.Signals
) -> tuple[int, str]:
    """A run that gets a signal once its flow has begun: its exit code, and what it said then."""
    child = start(folder, store, environment)
    assert child.stderr is not None
    said = ""
    while "Beginning flow run" not in said:
        line = child.stderr.readline()
        assert line, said
        said += line
    child.send_signal(by)
    _, rest = child.communicate(timeout=WAIT_SECONDS)
    return child.returncode, rest


def test_a_run_without_a_server_ends_and_leaves_no_process(
    folder: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    store, home = f"sqlite:///{tmp_path}/graph.db", environment["PREFECT_HOME"]
    record, said = run(folder, store, environment)
    assert (record["added"], record["rejected"]) == (12, 0)
    assert "starting a Prefect server for this run" in said
    assert "Prefect server ready after" in said
    assert running_under(home) == []
    # Killed, a run can end nothing: its server sees that by itself.
    code, _ = interrupt(folder, store, environment, by=signal.SIGKILL)
    assert code == -signal.SIGKILL
    end = time.monotonic() + WAIT_SECONDS
    while running_under(home) and time.monotonic() < end:
        time.sleep(0.2)
    assert running_under(home) == []
    again, _ = run(folder, store, environment)
    assert (again["added"], again["unchanged"]) == (0, 12)
    with open_store(store) as graph:
        assert graph.stats().documents == 12


def test_a_server_that_cannot_start_is_one_line(
    folder: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    broken = {**environment, "PREFECT_API_DATABASE_CONNECTION_URL": "sqlite+aiosqlite:////no/f.db"}
    child = start(folder, f"sqlite:///{tmp_path}/graph.db", broken)
    printed, said = child.communicate()
    assert child.returncode == 1
    assert json.loads(printed)["error"].startswith("Prefect server: expected it to start")
    assert "Traceback" not in said


def test_ctrl_c_ends_the_run_and_its_server(
    folder: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    store = f"sqlite:///{tmp_path}/graph.db"
    code, said = interrupt(folder, store, environment, by=signal.SIGINT)
    assert code == 130, said
    assert "kgqa: interrupted" in said
    assert "Traceback" not in said
    assert running_under(environment["PREFECT_HOME"]) == []
