"""SIGINT waits for the end of a log record, but not for ever."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from flows import interrupts
from flows.interrupts import interrupts_outside_logging

WAIT_SECONDS = 30


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """As in a terminal, wherever the tests run."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


class Interrupted(logging.Handler):
    """Ctrl-C arrives while a record is written; then it is written for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.written = False

    def emit(self, record: logging.LogRecord) -> None:
        signal.raise_signal(signal.SIGINT)
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            time.sleep(0.01)
        self.written = True


def log_to(handler: logging.Handler) -> None:
    logger = logging.Logger("interrupted")
    logger.addHandler(handler)
    logger.info("a record")


def in_turn(*steps: Callable[[], object]) -> None:
    for step in steps:
        step()


def wait() -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        time.sleep(0.01)


def test_a_record_is_written_before_ctrl_c_counts() -> None:
    handler = Interrupted(0.1)
    with pytest.raises(KeyboardInterrupt), interrupts_outside_logging():
        in_turn(lambda: log_to(handler), wait)
    assert handler.written


def test_the_module_lock_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Python 3.13 the lock is taken by a call of its own, ahead of the `try`."""
    lock = InterruptingLock()
    monkeypatch.setattr(logging, "_lock", lock)
    with pytest.raises(KeyboardInterrupt), interrupts_outside_logging():
        in_turn(lambda: logging.Logger("another").isEnabledFor(logging.INFO), wait)
    assert lock.interrupted
    assert taken_elsewhere(lock)


class InterruptingLock:
    """Ctrl-C arrives as soon as it is first taken."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.interrupted = False

    def acquire(self, timeout: float = -1) -> bool:
        taken = self.lock.acquire(timeout=timeout)
        if not self.interrupted:
            self.interrupted = True
            signal.raise_signal(signal.SIGINT)
        return taken

    def release(self) -> None:
        self.lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def taken_elsewhere(lock: InterruptingLock) -> bool:
    """Whether another thread gets it; it gives it back."""
    taken: list[bool] = []

    def take() -> None:
        taken.append(lock.acquire(timeout=5))
        if taken[0]:
            lock.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return taken[0]


def test_a_record_that_does_not_end_holds_ctrl_c_up_only_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interrupts, "_PATIENCE", 0.1)
    handler = Interrupted(WAIT_SECONDS)
    with pytest.raises(KeyboardInterrupt), interrupts_outside_logging():
        log_to(handler)
    assert not handler.written


def test_elsewhere_ctrl_c_counts_at_once_and_the_former_handler_comes_back() -> None:
    passed: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupts_outside_logging():
        in_turn(lambda: signal.raise_signal(signal.SIGINT), lambda: passed.append("the signal"))
    assert not passed
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interrupts_outside_logging():
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        signal.raise_signal(signal.SIGINT)


def test_another_thread_leaves_the_handler_alone() -> None:
    found = []

    def look() -> None:
        with interrupts_outside_logging():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
