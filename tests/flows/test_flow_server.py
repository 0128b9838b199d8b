"""A real Prefect server and worker on loopback: deploy, trigger, read what came of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows import dead_runs
from flows.deploy import POOL
from kgqa.store.open import open_store

WAIT_SECONDS = 240
Post = Callable[[str, dict[str, Any]], Any]


@contextmanager
def running(words: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A child process with what it starts, ended afterwards."""
    child = subprocess.Popen(
        [sys.executable, "-m", *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            child.wait()


def wait_for(found: Callable[[], Any]) -> Any:
    """What `found` returns once that is true; a refused connection counts as not yet."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        try:
            result = found()
        except httpx.TransportError:
            result = None
        if result:
            return result
        time.sleep(0.5)
    raise AssertionError(f"nothing came within {WAIT_SECONDS} s")


def ask(method: str, url: str, body: Any) -> httpx.Response:
    """The server's answer. It says 503 while its SQLite is locked; Prefect's client tries again."""

    def answer() -> httpx.Response | None:
        got = httpx.request(method, url, json=body, timeout=60)
        return None if got.status_code == 503 else got.raise_for_status()

    response: httpx.Response = wait_for(answer)
    return response


@pytest.fixture
def environment(tmp_path: Path, tiny_settings: dict[str, str]) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    return {
        **kept,
        **tiny_settings,
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1",
        "DO_NOT_TRACK": "1",
        "OMP_NUM_THREADS": "1",
    }


def kgqa(words: list[str], environment: dict[str, str]) -> dict[str, Any]:
    program = f"import sys; from kgqa.cli.main import main; sys.exit(main({words!r}))"
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def test_deploy_trigger_and_read_through_the_api(
    folder: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    url = environment["PREFECT_API_URL"]
    store = f"sqlite:///{tmp_path}/graph.db"

    def post(path: str, body: dict[str, Any]) -> Any:
        return ask("POST", url + path, body).json()

    deploy = ["flows", "deploy", str(folder), "--store", store, "--every", "3600", "--json"]
    with running(["prefect", "server", "start", "--no-ui"], environment):
        wait_for(lambda: httpx.get(f"{url}/health").status_code == 200)
        made = kgqa(deploy, environment)["deployments"]
        assert made == ["kgqa-ingest/nightly", "kgqa-ingest/folder", "kgqa-watch/folder"]
        assert kgqa(deploy, environment)["deployments"] == made  # again is no error
        with running(["prefect", "worker", "start", "--pool", POOL], environment):
            # The look at the folder finds it new, and its event starts the ingest.
            start_scheduled(post, "kgqa-watch", "folder")
            finished = wait_for(lambda: completed(post, "kgqa-ingest", "folder"))
            assert finished["auto_scheduled"] is False
            scheduled = start_scheduled(post, "kgqa-ingest", "nightly")
            wait_for(lambda: post("/flow_runs/filter", only(scheduled))[0]["state_type"] in DONE)
            check_that_dead_runs_crash(post, url, scheduled)
        [run] = post("/flow_runs/filter", only(scheduled))
        assert run["state_type"] == "COMPLETED"
        reports = [a["data"] for a in post("/artifacts/filter", {}) if a["key"] == "kgqa-ingest"]
        logs = [log["message"] for log in post("/logs/filter", {})]
        status = kgqa(["flows", "status", "--json"], environment)["deployments"]
    assert any("| added | 12 |" in report for report in reports)
    assert any("| unchanged | 12 |" in report for report in reports)
    assert "extracted 12 documents, 12 passages" in logs
    assert [one["last_state"] for one in status if "ingest" in one["name"]] == ["Completed"] * 2
    with open_store(store) as graph:
        assert graph.stats().documents == 12


def check_that_dead_runs_crash(post: Post, url: str, scheduled: str) -> None:
    """A run that sent a heartbeat and no more is marked by what `deploy` put on the server."""
    named = [one for one in post("/automations/filter", {}) if one["name"] == dead_runs.NAME]
    [automation] = named  # one, although deployed twice
    automation["trigger"]["within"] = 10  # seconds, the least that Prefect takes
    changed = {k: v for k, v in automation.items() if k not in ("id", "created", "updated")}
    ask("PUT", f"{url}/automations/{automation['id']}", changed)
    [run] = post("/flow_runs/filter", only(scheduled))
    dead = post("/flow_runs/", {"flow_id": run["flow_id"], "state": {"type": "RUNNING"}})["id"]
    heartbeat = {
        "id": str(uuid.uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{dead}"},
    }
    ask("POST", f"{url}/events", [heartbeat])
    wait_for(lambda: post("/flow_runs/filter", only(dead))[0]["state_type"] == "CRASHED")


DONE = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def only(run_id: str) -> dict[str, Any]:
    return {"flow_runs": {"id": {"any_": [run_id]}}}


def completed(post: Post, flow: str, deployment: str) -> Any:
    """A completed run of a deployment, if there is one."""
    found = post("/flow_runs/filter", runs_of(flow, deployment, "COMPLETED"))
    return found[0] if found else None


def start_scheduled(post: Post, flow: str, deployment: str) -> str:
    """Let the next run that the schedule has made start now; its id."""
    waiting = runs_of(flow, deployment, "SCHEDULED")
    due = wait_for(
        lambda: post("/flow_runs/filter", {**waiting, "sort": "EXPECTED_START_TIME_ASC"})
    )
    run_id: str = due[0]["id"]
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2020-01-01T00:00:00Z"}}
    post(f"/flow_runs/{run_id}/set_state", {"state": state, "force": True})
    return run_id


def runs_of(flow: str, deployment: str, state: str) -> dict[str, Any]:
    """A filter of Prefect's API."""
    return {
        "flows": {"name": {"any_": [flow]}},
        "deployments": {"name": {"any_": [deployment]}},
        "flow_runs": {"state": {"type": {"any_": [state]}}},
    }
