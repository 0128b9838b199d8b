"""Ctrl-C that waits until the main thread has left `logging`.

Before Python 3.13 `logging` takes its module lock ahead of the `try` that gives it back. A
KeyboardInterrupt between the two leaves it taken for good, and Prefect, whose crash handler
waits for a thread that logs, then never ends.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_AFTER = 0.01  # seconds
_PATIENCE = 2.0
"""Seconds after which Ctrl-C breaks into `logging` nonetheless: its output may be stuck."""


@contextmanager
def interrupts_outside_logging() -> Iterator[None]:
    """For the block, SIGINT's handler is called once no frame of `logging` runs in this thread.

    Does nothing outside the main thread, and where SIGINT has no handler of Python's, as when a
    shell's background ignores it.
    """
    former = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(former):
        yield
        return
    first: float | None = None

    def later(number: int, frame: FrameType | None) -> None:
        nonlocal first
        now = time.monotonic()
        first = now if first is None else first
        if _logs(frame) and now < first + _PATIENCE:
            _interrupt_after(_AGAIN_AFTER)
            return
        first = None
        former(number, frame)

    signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _logs(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == logging.__name__:
            return True
        frame = frame.f_back
    return False


def _interrupt_after(seconds: float) -> None:
    """SIGINT for the main thread, which a lock or a sleep does not hold back."""
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(seconds, signal.pthread_kill, (main, signal.SIGINT))
    timer.daemon = True
    timer.start()
