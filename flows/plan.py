"""What `kgqa flows deploy` is asked to put on the server."""

from __future__ import annotations

from dataclasses import dataclass

NIGHTLY = "0 3 * * *"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to deploy.

    Attributes:
        paths: absolute files and folders.
        store: URL that means the same in every folder.
        config: an absolute settings file.
        cron: when the nightly ingest starts, in the worker's time zone.
        watch_seconds: between two looks at the folders.
        train: the words after `kgqa train`; empty deploys no training.
        evaluate: the words after `kgqa evaluate`, run after each training of what they measure.
        limit: batches that all runs together extract at once.
    """

    paths: tuple[str, ...]
    store: str
    config: str | None = None
    cron: str = NIGHTLY
    watch_seconds: int = 60
    train: tuple[str, ...] = ()
    evaluate: tuple[str, ...] = ()
    limit: int = 2
