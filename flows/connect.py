"""Prefect's server: whether one is named, and what is said where it does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.settings import get_current_settings

from kgqa.errors import FlowError


@contextmanager
def connected(*, server: bool) -> Iterator[None]:
    """Turns what Prefect raises over its server into one line.

    Args:
        server: one is needed; else a run starts one of its own and ends it.

    Raises:
        FlowError: no server is named, or it does not answer.
    """
    url = get_current_settings().api.url
    if server and not url:
        raise FlowError(
            "PREFECT_API_URL: expected a Prefect server's address, got none; run `prefect server "
            "start` and set PREFECT_API_URL=http://127.0.0.1:4200/api"
        )
    try:
        yield
    except (httpx.TransportError, httpx.HTTPStatusError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "Failed to reach API" not in str(error):
            raise
        raise FlowError(
            f"Prefect server {url}: expected it to answer, got: {error}; start it with `prefect "
            "server start`, or unset PREFECT_API_URL to run without one"
        ) from error
