"""`kgqa ingest` killed at any moment leaves a store that opens, and a rerun completes it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgqa.store.open import open_store

ARTICLES = Path(__file__).parents[1] / "data" / "articles"
KILLS = 20


class Server:
    """`tests/ingest_server.py`, running."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("ingest_server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def run(self, arguments: list[str], kill_after: float | None = None) -> int:
        """The child's wait status; 0 is success, SIGKILL a kill."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        self.process.stdin.write("wait\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture
def server(tiny_backbone_folder: Path, tiny_weights: Path) -> Iterator[Server]:
    server = Server(
        {
            "KGQA_BACKBONE": str(tiny_backbone_folder),
            "KGQA_WEIGHTS": str(tiny_weights),
            "KGQA_PRECISION": "fp32",
            "OMP_NUM_THREADS": "1",
        }
    )
    yield server
    server.process.kill()
    server.process.wait()


def test_a_kill_at_any_moment_loses_nothing(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for path in sorted(ARTICLES.glob("*"))[:12]:
        shutil.copy(path, folder)
    whole = f"sqlite:///{tmp_path}/whole.db"
    assert server.run(["ingest", str(folder), "--store", f"sqlite:///{tmp_path}/first.db"]) == 0
    started = time.monotonic()
    assert server.run(["ingest", str(folder), "--store", whole]) == 0
    duration = time.monotonic() - started
    with open_store(whole) as store:
        expected = store.stats()
    assert expected.documents == 12
    draw = random.Random(0)
    killed = 0
    for n in range(3 * KILLS):
        if killed == KILLS:
            break
        url = f"sqlite:///{tmp_path}/killed{n}.db"
        arguments = ["ingest", str(folder), "--store", url]
        if server.run(arguments, draw.uniform(0, duration)) == signal.SIGKILL:
            killed += 1
        else:  # it was done before: the machine has become quicker
            duration *= 0.9
        with open_store(url) as store:
            assert store.stats().documents <= 12
        assert server.run(arguments) == 0
        with open_store(url) as store:
            assert store.stats() == expected
    assert killed == KILLS
