"""The ingest flow on a real local Ray of two workers; skipped where Ray is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.ingest import ingest
from flows.workers import loads
from kgqa import batches
from kgqa.config import load_settings
from kgqa.documents.read import read_documents
from kgqa.models import Models
from kgqa.pipeline import ingest as ingest_directly
from kgqa.store.open import open_store

ray = pytest.importorskip("ray", reason="kgqa[ray] brings it")
pytest.importorskip("prefect_ray", reason="kgqa[ray] brings it")


@pytest.fixture
def local_ray() -> Iterator[None]:
    yield
    ray.shutdown()


@pytest.mark.usefixtures("tiny_settings", "local_ray")
def test_ray_extracts_what_the_pipeline_extracts(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_PASSAGES", 2)
    monkeypatch.setenv("KGQA_FLOW_RUNNER", "ray")
    monkeypatch.setenv("KGQA_FLOW_WORKERS", "2")
    before, url = loads(), f"sqlite:///{tmp_path}/flow.db"
    assert ingest([str(folder)], store=url)["added"] == 12
    assert loads() == before  # the flow's own process loads nothing
    with (
        open_store(url) as store,
        open_store(f"sqlite:///{tmp_path}/direct.db") as direct,
    ):
        ingest_directly(read_documents([str(folder)]), direct, Models(load_settings()))
        assert store.stats() == direct.stats()
