"""Documents into the graph, by itself: what is new or changed goes in, what vanished goes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.logging import get_run_logger

from flows.in_flight import take
from flows.report import ingest_markdown, ingest_record
from flows.tasks import link
from flows.workers import task_runner, watch_run
from kgqa.batches import split_batches
from kgqa.config import load_settings
from kgqa.documents.read import ReadOptions, read_documents
from kgqa.documents.vanished import Reading
from kgqa.models import Models
from kgqa.store.open import open_store
from kgqa.types import IngestReport


@flow(name="kgqa-ingest", persist_result=False)
def ingest(
    paths: list[str], store: str | None = None, config: str | None = None, retire: bool = True
) -> dict[str, Any]:
    """Ingest files and folders.

    Args:
        store: URL of the graph store; None takes the settings'.
        config: a settings file.
        retire: delete documents that were ingested from these folders and are gone.

    Returns:
        What `kgqa ingest --json` prints, with `retired`.
    """
    settings = load_settings(Path(config) if config else None, store=store)
    watch_run(settings)
    models, report = Models(settings), IngestReport()
    options = ReadOptions(settings.max_document_bytes, settings.xml_element, settings.language)
    reading = Reading(read_documents(paths, options))
    batches = split_batches(reading, report, settings.passage_characters)
    with open_store(settings.store, settings.ontology) as graph:
        with task_runner(settings) as runner:
            take(batches, graph, models, runner, report)
        if retire:
            for document in reading.vanished(paths, graph.documents()):
                if graph.delete_document(document.id):
                    report.deleted(document.id)
        link(graph)
        text = ingest_markdown(report, graph.stats())
    create_markdown_artifact(text, key="kgqa-ingest", description="what the ingest did")
    get_run_logger().info("%s", ingest_record(report))
    return ingest_record(report)
