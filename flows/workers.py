"""Where a flow's extraction runs, and what each process that runs it holds."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Sequence
from typing import Any

from prefect.logging.handlers import APILogHandler
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from kgqa.batches import Extracted, Split, collecting_new_objects_only, extract_batch
from kgqa.config import Settings
from kgqa.errors import ConfigError
from kgqa.models import Models
from kgqa.tracing import switch_on

_extracting = threading.Lock()  # a pass uses all threads of torch by itself
# Settings that no model reads: flows into other stores or with other workers share the models.
_NOT_OF_MODELS = (
    "store",
    "max_document_bytes",
    "passage_characters",
    "flow_runner",
    "flow_workers",
    "flow_address",
    "tracing",
)


@functools.lru_cache(maxsize=1)
def _loaded(settings: Settings) -> Models:
    models = Models(settings)
    models.extractor  # noqa: B018  loads it, and the encoder's backbone
    return models


def models_of(settings: Settings) -> Models:
    """The settings' models, loaded once in each process, not once a task or store.

    Their own `settings` are what models read; the others stand at their defaults.
    """
    fields = Settings.model_fields
    defaults = {name: fields[name].default for name in _NOT_OF_MODELS}
    return _loaded(settings.model_copy(update=defaults))


def extract_here(batch: Sequence[Split], settings: Settings) -> list[Extracted]:
    """`extract_batch` with this process's models, one batch at a time."""
    with _extracting:
        models = models_of(settings)
        with collecting_new_objects_only():
            return extract_batch(batch, models.extractor, models.encoder)


def loads() -> int:
    """How many times this process loaded models."""
    return _loaded.cache_info().misses


def watch_run(settings: Settings) -> None:
    """Logs and, where the settings say so, spans. Called where a flow or task starts."""
    send_logs()
    if settings.tracing:
        switch_on()


def send_logs() -> None:
    """Let what kgqa logs appear among the run's logs."""
    logger = logging.getLogger("kgqa")
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, APILogHandler) for handler in logger.handlers):
        logger.addHandler(APILogHandler())


def task_runner(settings: Settings) -> TaskRunner[Any]:
    """What the settings `flow_runner`, `flow_workers` and `flow_address` name.

    Raises:
        ConfigError: the runner's package is not installed.
    """
    if settings.flow_runner == "threads":
        return ThreadPoolTaskRunner(max_workers=settings.flow_workers)
    try:
        return _dask(settings) if settings.flow_runner == "dask" else _ray(settings)
    except ImportError as error:
        raise ConfigError(
            f"flow_runner: expected prefect-{settings.flow_runner} to be installed, it is not; "
            f"install it with: pip install 'kgqa[{settings.flow_runner}]'"
        ) from error


def _dask(settings: Settings) -> TaskRunner[Any]:
    from prefect_dask.task_runners import DaskTaskRunner

    if settings.flow_address is not None:
        return DaskTaskRunner(address=settings.flow_address)
    workers = {"n_workers": settings.flow_workers, "threads_per_worker": 1, "processes": True}
    return DaskTaskRunner(cluster_kwargs={**workers, "dashboard_address": None})


def _ray(settings: Settings) -> TaskRunner[Any]:
    from prefect_ray.task_runners import RayTaskRunner

    options: dict[str, Any] = {"init_kwargs": {"num_cpus": settings.flow_workers}}
    if settings.flow_address is not None:
        options = {"address": settings.flow_address}
    runner: TaskRunner[Any] = RayTaskRunner(**options)
    return runner
