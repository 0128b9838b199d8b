"""A flow run killed at any moment: the next completes the graph and repeats nothing written."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from kgqa.documents.read import read_documents
from kgqa.store.open import open_store
from kgqa.types import Document

KILLS = 10


class Server:
    """`flow_server.py`, running."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("flow_server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def run(self, folder: Path, store: str, record: Path, kill_after: float | None = None) -> int:
        """The child's wait status; 0 is success, SIGKILL a kill."""
        child = self._ask(
            json.dumps({"paths": [str(folder)], "store": store, "record": str(record)})
        )
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        return self._ask("wait")

    def _ask(self, line: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture
def server(tiny_settings: dict[str, str]) -> Iterator[Server]:
    settings = get_current_settings()
    server = Server(
        {
            **tiny_settings,
            "OMP_NUM_THREADS": "1",
            "PREFECT_API_URL": str(settings.api.url),
            "PREFECT_HOME": str(settings.home),
            "PREFECT_LOCAL_STORAGE_PATH": str(settings.results.local_storage_path),
        }
    )
    yield server
    server.process.kill()
    server.process.wait()


def test_a_kill_at_any_moment_costs_nothing_that_was_written(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    ids = [d.id for d in read_documents([str(folder)]) if isinstance(d, Document)]
    whole, first = f"sqlite:///{tmp_path}/whole.db", f"sqlite:///{tmp_path}/first.db"
    record = tmp_path / "extracted"
    assert server.run(folder, first, record) == 0
    started = time.monotonic()
    assert server.run(folder, whole, record) == 0
    duration = time.monotonic() - started
    with open_store(whole) as store:
        expected = store.stats()
    assert expected.documents == len(ids) == 12
    draw, killed = random.Random(0), 0
    for number in range(3 * KILLS):
        url = f"sqlite:///{tmp_path}/killed{number}.db"
        if server.run(folder, url, record, draw.uniform(0, duration)) == signal.SIGKILL:
            killed += 1
        else:  # it was done before: the machine has become quicker
            duration *= 0.9
        with open_store(url) as store:
            written = set(store.document_state(ids))
        record.write_text("")
        assert server.run(folder, url, record) == 0
        assert not written & set(record.read_text().split())
        with open_store(url) as store:
            assert store.stats() == expected
        if killed == KILLS:
            break
    assert killed == KILLS
