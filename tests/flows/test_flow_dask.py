"""The ingest flow on a real local Dask cluster of two workers."""

from __future__ import annotations

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

distributed = pytest.importorskip("distributed", reason="kgqa[dask] brings it")
pytest.importorskip("prefect_dask", reason="kgqa[dask] brings it")


@pytest.mark.usefixtures("tiny_settings")
def test_two_workers_extract_with_one_load_each(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_PASSAGES", 2)
    url = f"sqlite:///{tmp_path}/flow.db"
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        monkeypatch.setenv("KGQA_FLOW_RUNNER", "dask")
        monkeypatch.setenv("KGQA_FLOW_WORKERS", "2")
        monkeypatch.setenv("KGQA_FLOW_ADDRESS", cluster.scheduler_address)
        before = loads()
        record = ingest([str(folder)], store=url)
        loaded = client.run(loads)
    assert record["added"] == 12
    assert loads() == before  # the flow's own process loads nothing
    assert set(loaded.values()) == {1}
    assert len(loaded) == 2
    with (
        open_store(url) as store,
        open_store(f"sqlite:///{tmp_path}/direct.db") as direct,
    ):
        ingest_directly(read_documents([str(folder)]), direct, Models(load_settings()))
        assert store.stats() == direct.stats()
