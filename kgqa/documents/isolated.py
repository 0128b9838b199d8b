"""A format's reader in a process of its own: a damaged file may crash, stall or fill that one.

The process is started when first needed and reused; it runs this module and imports no more
than the readers do. What it sends back is JSON, never pickle: a file that takes the process
over can then lie about its text, but not run code here.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from kgqa.documents.formats import Read
from kgqa.errors import DocumentError, KgqaError
from kgqa.types import Block, Cell, Document, Rejection

SECONDS = 10.0
"""Time for a small file; each megabyte adds `SECONDS_PER_MB`."""
SECONDS_PER_MB = 15.0
MEMORY_BYTES = 1_000_000_000
"""What the reader's process may allocate; libraries that it maps do not count."""
ANSWER_BYTES = 256_000_000
"""The most that one line of its answer, a document, may hold."""

_OUT_OF_MEMORY = 71
# A process that still holds this much after a file gets no other one.
_WORN_BYTES = MEMORY_BYTES // 4
_DONE = "done"


def isolated(read: Read) -> Read:
    """The same reader, run in a process of its own, within limits of time and memory.

    Args:
        read: a function at the top of a module, which the process imports by name.

    Raises:
        DocumentError: what the reader raises; `unreadable` where it crashed, ran out of time or
            memory, or raised another error.
    """

    def read_apart(content: bytes, source: str, stem: str) -> Iterator[Document | Rejection]:
        yield from _read_apart(read, content, source, stem)

    return read_apart


def _read_apart(read: Read, content: bytes, source: str, stem: str) -> list[Document | Rejection]:
    seconds = SECONDS + SECONDS_PER_MB * len(content) / 1e6
    request = {
        "module": read.__module__,
        "name": read.__qualname__,
        "source": source,
        "stem": stem,
        "size": len(content),
        "seconds": seconds,
    }
    process = _take()
    found: list[Document | Rejection] = []
    reusable = False
    try:
        for kind, values in _answers(process, request, content):
            if kind == _DONE:
                reusable = values
                return found
            if kind == "error":
                reusable = True
                raise _error(*values)
            if kind == "failure":
                raise _stopped(source, seconds, values)
            found.append(_record(kind, values))
        raise _stopped(source, seconds, _end_of(process))
    finally:
        # Also on Ctrl-C: a process that has not answered in full is of no use any more.
        if reusable:
            _idle.append(process)
        else:
            _end(process)


def _answers(
    process: subprocess.Popen[bytes], request: dict[str, Any], content: bytes
) -> Iterator[tuple[str, Any]]:
    """What the process says, (kind, values) each, until it is done or dead."""
    assert process.stdin is not None
    assert process.stdout is not None
    # It may die before it has read all; how it died is found out afterwards.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.write(content)
        process.stdin.flush()
    while (line := process.stdout.readline(ANSWER_BYTES)).endswith(b"\n"):
        kind, values = json.loads(line)
        yield kind, values
    if len(line) == ANSWER_BYTES:
        yield "failure", f"with more than {ANSWER_BYTES // 10**6} MB of text"


def _stopped(source: str, seconds: float, how: str) -> DocumentError:
    return DocumentError(
        source,
        "unreadable",
        f"expected a file that can be read within {seconds:.0f} s and "
        f"{MEMORY_BYTES / 1e9:.0f} GB of memory, its reader stopped {how}; repair it or export "
        "it as text",
    )


def _error(name: str, arguments: list[str]) -> KgqaError:
    """An error of kgqa as itself; only its own classes are looked up by name."""
    known = {kind.__name__: kind for kind in KgqaError.__subclasses__()}
    return known.get(name, KgqaError)(*arguments)


def _record(kind: str, values: list[Any]) -> Document | Rejection:
    if kind == "Rejection":
        return Rejection(*values)
    fields = dict(zip(Document.__slots__, values, strict=True))
    fields["blocks"] = tuple(_block(block) for block in fields["blocks"])
    return Document(**fields)


def _block(values: list[Any]) -> Block:
    fields = dict(zip(Block.__slots__, values, strict=True))
    return Block(**{**fields, "cells": tuple(Cell(*cell) for cell in fields["cells"])})


# Processes that wait for a file. Each thread that reads takes one of its own.
_idle: list[subprocess.Popen[bytes]] = []


def _take() -> subprocess.Popen[bytes]:
    while _idle:
        process = _idle.pop()
        if process.poll() is None:
            return process
        _end(process)
    # `-P` keeps the working folder, where anything may lie, off the path.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "kgqa.documents.isolated"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)},
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        # Closing flushes what the dead process never read.
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
    process.wait()


def _end_of(process: subprocess.Popen[bytes]) -> str:
    """How the process, which has closed its answer, ended."""
    code = process.wait()
    if code == -signal.SIGALRM:
        return "when its time was up"
    if code == _OUT_OF_MEMORY:
        return "when its memory was used up"
    return f"with {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


@atexit.register
def _end_idle() -> None:
    while _idle:
        _end(_idle.pop())


# A forked process would talk to the same readers as its parent.
os.register_at_fork(after_in_child=_idle.clear)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """In the reader's process: file after file until the other side closes the pipe."""
    while line := requests.readline():
        try:
            _answer(json.loads(line), requests, answers)
            _send(answers, _DONE, _allocated_bytes() < _WORN_BYTES)
        except DocumentError as error:
            _send(answers, "error", ["DocumentError", [error.source, error.reason, error.detail]])
        except KgqaError as error:
            _send(answers, "error", [type(error).__name__, [str(error)]])
        except MemoryError:
            os._exit(_OUT_OF_MEMORY)
        except Exception as error:  # whatever a library raises on a damaged file
            _send(answers, "failure", f"with {type(error).__name__}: {str(error)[:200]}")
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(request: dict[str, Any], requests: BinaryIO, answers: BinaryIO) -> None:
    content = requests.read(request["size"])
    read: Read = getattr(import_module(request["module"]), request["name"])
    # An alarm that nothing listens to ends the process whatever its library is doing.
    signal.setitimer(signal.ITIMER_REAL, request["seconds"])
    for record in read(content, request["source"], request["stem"]):
        _send(answers, type(record).__name__, record)


def _send(answers: BinaryIO, kind: str, values: object) -> None:
    text = json.dumps([kind, values], default=_fields)
    answers.write(text.encode() + b"\n")
    answers.flush()


def _fields(record: Document | Block | Cell | Rejection) -> list[Any]:
    return [getattr(record, name) for name in record.__slots__]


def _allocated_bytes() -> int:
    """What counts against the limit of memory; 0 where the system does not say."""
    try:
        data_pages = Path("/proc/self/statm").read_text().split()[5]
    except FileNotFoundError:
        return 0
    return int(data_pages) * resource.getpagesize()


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (soft, hard))


def _main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes where its warnings go: nowhere
    _limit(resource.RLIMIT_DATA, MEMORY_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
