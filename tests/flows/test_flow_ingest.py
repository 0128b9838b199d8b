"""The ingest flow against Prefect's test server: the same graph, once, whatever fails."""

from __future__ import annotations

import logging
import random
from pathlib import Path

import pytest
from flow_samples import SENTENCES, write_documents
from prefect.client.orchestration import get_client

import flows.tasks
import flows.workers
from flows.ingest import ingest
from kgqa import batches, pipeline
from kgqa.config import load_settings
from kgqa.documents.read import read_documents
from kgqa.errors import WeightsError
from kgqa.store.open import open_store
from kgqa.store.records import Stats

pytestmark = pytest.mark.usefixtures("tiny_settings")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several batches from few documents."""
    monkeypatch.setattr(batches, "BATCH_PASSAGES", 4)


def stats_of(url: str) -> Stats:
    with open_store(url) as store:
        return store.stats()


def direct(folder: Path, url: str) -> Stats:
    """What `pipeline.ingest` makes of the folder."""
    models = pipeline.Models(load_settings())
    with open_store(url) as store:
        pipeline.ingest(read_documents([str(folder)]), store, models)
        return store.stats()


def test_the_flow_makes_the_graph_that_the_pipeline_makes(folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/flow.db"
    record = ingest([str(folder)], store=url)
    assert (record["added"], record["rejected"]) == (12, 0)
    assert stats_of(url) == direct(folder, f"sqlite:///{tmp_path}/direct.db")
    again = ingest([str(folder)], store=url)
    assert (again["added"], again["unchanged"], again["retired"]) == (0, 12, 0)


def test_flows_into_two_stores_load_their_models_once(folder: Path, tmp_path: Path) -> None:
    ingest([str(folder)], store=f"sqlite:///{tmp_path}/one.db")
    before = flows.workers.loads()
    assert ingest([str(folder)], store=f"sqlite:///{tmp_path}/other.db")["added"] == 12
    assert flows.workers.loads() == before


def test_a_setting_that_no_model_reads_loads_none(monkeypatch: pytest.MonkeyPatch) -> None:
    models = flows.workers.models_of(load_settings())
    assert flows.workers.models_of(load_settings(store="sqlite:///other.db")) is models
    monkeypatch.setenv("KGQA_FLOW_WORKERS", "3")
    assert flows.workers.models_of(load_settings()) is models
    monkeypatch.setenv("KGQA_PRECISION", "bf16")
    assert flows.workers.models_of(load_settings()) is not models


def test_the_report_and_kgqa_s_logs_are_in_prefect(folder: Path, tmp_path: Path) -> None:
    (folder / "bad.txt").write_bytes(b"\x00\x01" * 40)
    ingest([str(folder)], store=f"sqlite:///{tmp_path}/flow.db")
    for handler in logging.getLogger("kgqa").handlers:
        handler.flush()
    with get_client(sync_client=True) as client:
        reports = [a for a in client.read_artifacts() if a.key == "kgqa-ingest"]
        latest = max(reports, key=lambda artifact: str(artifact.created))
        messages = [log.message for log in client.read_logs() if log.name == "kgqa.batches"]
    assert "| added | 12 |" in str(latest.data)
    assert "bad.txt | binary" in str(latest.data)
    assert "| triples a document |" in str(latest.data)
    assert "extracted 4 documents, 4 passages" in messages


def test_what_vanished_is_retired(folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/flow.db"
    ingest([str(folder)], store=url)
    (folder / "note0003.txt").unlink()
    assert ingest([str(folder)], store=url, retire=False)["retired"] == 0
    assert ingest([str(folder)], store=url)["retired"] == 1
    assert stats_of(url) == direct(folder, f"sqlite:///{tmp_path}/direct.db")


def test_a_document_that_cannot_be_extracted_leaves_its_batch_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract(batch, extractor, encoder):  # type: ignore[no-untyped-def]
        if any("note 5." in document.text for document, _ in batch):
            raise MemoryError("too long")
        return batches.extract_batch(batch, extractor, encoder)

    monkeypatch.setattr(flows.workers, "extract_batch", extract)
    monkeypatch.setattr(flows.tasks.extract, "retries", 0)
    record = ingest([str(folder)], store=f"sqlite:///{tmp_path}/flow.db")
    assert record["added"] == 11
    [rejection] = record["rejections"]
    assert rejection["source"].endswith("note0005.txt")
    assert rejection["detail"] == "MemoryError: too long"


def test_what_was_extracted_and_not_written_is_not_extracted_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extracted: list[str] = []

    def extract(batch, extractor, encoder):  # type: ignore[no-untyped-def]
        extracted.extend(document.id for document, _ in batch)
        return batches.extract_batch(batch, extractor, encoder)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    url = f"sqlite:///{tmp_path}/flow.db"
    monkeypatch.setattr(flows.workers, "extract_batch", extract)
    with monkeypatch.context() as broken:
        broken.setattr(flows.tasks, "write_batch", fail)
        with pytest.raises(KeyboardInterrupt):
            ingest([str(folder)], store=url)
    assert len(extracted) >= 4
    assert ingest([str(folder)], store=url)["added"] == 12
    assert len(extracted) == len(set(extracted)) == 12


def test_bad_weights_end_the_run_at_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGQA_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="no such weight card"):
        ingest([str(folder)], store=f"sqlite:///{tmp_path}/flow.db")


def test_2000_documents_of_which_100_are_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_PASSAGES", 320)
    folder = tmp_path / "documents"
    folder.mkdir()
    write_documents(folder, 2000)
    bad = random.Random(0).sample(sorted(folder.iterdir()), 100)
    reasons = {}
    for number, path in enumerate(bad):
        reasons[str(path.with_suffix(".json") if number % 5 == 3 else path)] = spoil(path, number)
    record = ingest([str(folder)], store=f"sqlite:///{tmp_path}/flow.db")
    assert (record["added"], record["rejected"]) == (1900, 100)
    assert {r["source"]: r["reason"] for r in record["rejections"]} == reasons


def spoil(path: Path, number: int) -> str:
    """Make a file bad in one of five ways; the reason that is expected."""
    if number % 5 == 0:
        path.write_text("")
        return "empty"
    if number % 5 == 1:
        path.write_bytes(bytes(range(32)) * 20)
        return "binary"
    if number % 5 == 2:
        path.write_bytes(b"\xff\xfe" + SENTENCES[0].encode("utf-16-le") + b"\x00\xd8")
        return "unknown encoding"
    if number % 5 == 3:
        path.rename(path.with_suffix(".json"))
        path.with_suffix(".json").write_text('[{"title": "Marie Curie", "text": "Marie')
        return "malformed JSON"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    return "too large"
