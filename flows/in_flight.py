"""Batches in flight: extracted side by side, written one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner
from prefect.utilities.annotations import quote

from flows.results import Opaque, batch_key, forget
from flows.tasks import extract, write
from kgqa.batches import Extracted, Split, fresh_of
from kgqa.errors import KgqaError
from kgqa.models import Models
from kgqa.store.base import GraphStore
from kgqa.types import IngestReport, Rejection

InFlight = tuple[list[Split], str, PrefectFuture[list[Extracted]]]
"""A batch, the key of its result, and its result to be."""


def take(
    batches: Iterable[list[Split]],
    store: GraphStore,
    models: Models,
    runner: TaskRunner[Any],
    report: IngestReport,
) -> None:
    """Extract batches side by side and write them in order, a few waiting at most."""
    waiting: deque[InFlight] = deque()
    ahead = models.settings.flow_workers + 1
    for batch in batches:
        fresh = fresh_of(batch, store, models.extractor_digest)
        report.unchanged += len(batch) - len(fresh)
        if fresh:
            waiting.append(_submit(fresh, models, runner))
        while len(waiting) > ahead:
            _finish(waiting, store, models, runner, report)
    while waiting:
        _finish(waiting, store, models, runner, report)


def _submit(batch: list[Split], models: Models, runner: TaskRunner[Any]) -> InFlight:
    key = batch_key(batch, models)
    parameters = {
        "batch": Opaque(batch),
        "key": key,
        "settings": models.settings,
        "limited": _is_deployed(),
    }
    return batch, key, runner.submit(extract, parameters)


def _is_deployed() -> bool:
    """Whether a deployment started this run. `prefect.runtime` would ask the server each time."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return run is not None and run.deployment_id is not None


def _finish(
    waiting: deque[InFlight],
    store: GraphStore,
    models: Models,
    runner: TaskRunner[Any],
    report: IngestReport,
) -> None:
    """Write the first batch that waits. One that cannot be extracted is tried in halves."""
    batch, key, future = waiting.popleft()
    try:
        extracted: Sequence[Extracted] = future.result()
    except KgqaError:
        raise  # the settings or the weights: no other batch would do better
    except Exception as error:
        if len(batch) == 1:
            source, detail = batch[0][0].source, f"{type(error).__name__}: {error}"
            report.rejections.append(Rejection(source, "not extracted", detail))
            return
        middle = len(batch) // 2
        waiting.extend(_submit(half, models, runner) for half in (batch[:middle], batch[middle:]))
        return
    # Quoted: Prefect would look into the collection for futures, and copy it.
    quoted: dict[str, Any] = {
        "extracted": quote(deque(extracted)),
        "store": quote(store),
        "report": quote(report),
    }
    write(**quoted)
    forget(key)
