"""OpenTelemetry spans around batch, document and question; off unless switched on.

kgqa only names the spans: where they go is the user's, as with `opentelemetry-instrument kgqa
ask ...` or a tracer provider of their own.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from kgqa.errors import ConfigError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_trace: Any = None


def switch_on() -> None:
    """From now on this process makes spans.

    Raises:
        ConfigError: OpenTelemetry is not installed.
    """
    global _trace
    try:
        _trace = importlib.import_module("opentelemetry.trace")
    except ModuleNotFoundError as error:
        raise ConfigError(
            "tracing: expected OpenTelemetry to be installed, it is not; install it with: "
            "pip install 'kgqa[tracing]', or set tracing to false"
        ) from error


def switch_off() -> None:
    """Make no more spans."""
    global _trace
    _trace = None


@contextmanager
def span(name: str, **attributes: str | int) -> Iterator[None]:
    """A span while the block runs, an error recorded in it; nothing while switched off."""
    if _trace is None:
        yield
        return
    marked = {f"kgqa.{key}": value for key, value in attributes.items()}
    with _trace.get_tracer("kgqa").start_as_current_span(f"kgqa.{name}", attributes=marked):
        yield


def traced(name: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """A span around each call of a function."""

    def around(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(function)
        def called(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with span(name):
                return function(*args, **kwargs)

        return called

    return around
