"""A Prefect server of the tests' own, and the tiny models as settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flow_samples import write_documents

pytest.importorskip("prefect", reason="Prefect runs the flows; run `make install`")

SERVER = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "240",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.2",
    "DO_NOT_TRACK": "1",
}


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[None]:
    """Prefect's own test server on a database of its own, for all flow tests."""
    from prefect.settings import temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    os.environ.update(SERVER)
    with temporary_settings(), prefect_test_harness(server_startup_timeout=240):
        yield


@pytest.fixture
def tiny_settings(
    tiny_backbone_folder: Path, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The tiny models as variables of the environment, here and for child processes."""
    variables = {
        "KGQA_BACKBONE": str(tiny_backbone_folder),
        "KGQA_WEIGHTS": str(tiny_weights),
        "KGQA_PRECISION": "fp32",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve documents of one sentence each."""
    folder = tmp_path / "documents"
    folder.mkdir()
    write_documents(folder, 12)
    return folder
