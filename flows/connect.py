"""Prefect's server: whether one is named, and what is said where it does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.settings import get_current_settings

from flows.interrupts import interrupts_outside_logging
from flows.temporary_server import temporary_server
from kgqa.errors import FlowError


@contextmanager
def connected(*, named: bool) -> Iterator[None]:
    """A Prefect server for the block: the one that is named, else one for this process alone.
    Ctrl-C ends the block outside `logging` (`interrupts`).

    Args:
        named: one must be named.

    Raises:
        FlowError: none is named, or it does not start or answer.
    """
    settings = get_current_settings()
    if settings.api.url:
        with interrupts_outside_logging(), _one_line(settings.api.url):
            yield
    elif named or not settings.server.ephemeral.enabled:
        raise FlowError(
            "PREFECT_API_URL: expected a Prefect server's address, got none; run `prefect server "
            "start` and set PREFECT_API_URL=http://127.0.0.1:4200/api"
        )
    else:
        with interrupts_outside_logging(), temporary_server(), _one_line("of this run"):
            yield


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    """Turns what Prefect raises over its server into one line."""
    try:
        yield
    except (httpx.TransportError, httpx.HTTPStatusError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "Failed to reach API" not in str(error):
            raise
        raise FlowError(
            f"Prefect server {name}: expected it to answer, got: {error}; start it with `prefect "
            "server start`, or unset PREFECT_API_URL to run without one"
        ) from error
