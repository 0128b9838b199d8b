"""The steps of an ingest as Prefect tasks: retries with backoff, timeouts, cached results."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.concurrency.sync import concurrency
from prefect.tasks import exponential_backoff

from flows.results import Opaque
from flows.workers import extract_here, watch_run
from kgqa.batches import Extracted, collecting_new_objects_only, write_batch
from kgqa.config import Settings
from kgqa.errors import KgqaError, StoreError
from kgqa.link.resolve import resolve
from kgqa.store.base import GraphStore
from kgqa.types import IngestReport

EXTRACT_LIMIT = "kgqa-extract"
"""A limit of the server on batches extracted at once, over all runs; `deploy` makes it."""
_LEASE_SECONDS = 60.0  # after which the place of a killed run is free again


def _may_pass(_task: Any, _run: Any, state: State[Any]) -> bool:
    """Whether another attempt may end otherwise: bad weights or settings stay bad."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, StoreError) or not isinstance(error, KgqaError)


@task(
    task_run_name="extract-{key:.13}",
    retries=2,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
    retry_condition_fn=_may_pass,
    timeout_seconds=3600,
    cache_key_fn=lambda _context, parameters: str(parameters["key"]),
    cache_expiration=timedelta(days=7),
    persist_result=True,
)
def extract(batch: Opaque, key: str, settings: Settings, limited: bool) -> list[Extracted]:
    """What a batch's documents state; the result is kept under `key` until it is written.

    Args:
        limited: the server's limit counts, which is there once something is deployed.
    """
    watch_run(settings)
    limits = [EXTRACT_LIMIT] if limited else []
    with concurrency(limits, lease_duration=_LEASE_SECONDS):
        return extract_here(batch.documents, settings)


@task(
    retries=4,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
    timeout_seconds=3600,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def write(extracted: deque[Extracted], store: GraphStore, report: IngestReport) -> None:
    """Write a batch, a transaction for each document; a retry goes on with what is left."""
    with collecting_new_objects_only():
        write_batch(extracted, store, report)


@task(
    retries=4,
    retry_delay_seconds=exponential_backoff(2),
    timeout_seconds=6 * 3600,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def link(store: GraphStore) -> int:
    """Link what the new documents name; how many clusters were linked."""
    with collecting_new_objects_only():
        return resolve(store)
