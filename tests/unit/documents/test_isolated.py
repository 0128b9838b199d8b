"""A reader in a process of its own: what it gives, and how its end is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from kgqa.documents import isolated as module
from kgqa.documents.formats import Read
from kgqa.documents.isolated import isolated
from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.errors import ConfigError, DocumentError
from kgqa.types import Document, Rejection

Found = Iterator[Document | Rejection]


# The readers, each of which the other process imports from this file.


def read_well(content: bytes, source: str, stem: str) -> Found:
    parts = [
        Part("heading", "Staff", level=1),
        Part("prose", content.decode(), page=2),
        *table_parts([["Name", "Employer"], ["Rita Sand", "Orbit Bank"]]),
    ]
    yield lay_out(source, parts, stem=stem, format="pdf")
    yield Rejection(f"{source}#2", "empty", "a page without text")


def read_process_number(content: bytes, source: str, stem: str) -> Found:
    yield Document.create(source, stem, str(os.getpid()))


def read_half_a_character(content: bytes, source: str, stem: str) -> Found:
    yield Document.create(source, stem, "\ud83d\n\u2028\u00e9")


def refuse(content: bytes, source: str, stem: str) -> Found:
    raise DocumentError(source, "locked", "expected a file without a password")
    yield


def refuse_settings(content: bytes, source: str, stem: str) -> Found:
    raise ConfigError("no such setting")
    yield


def stumble(content: bytes, source: str, stem: str) -> Found:
    raise KeyError("xref")
    yield


def abort(content: bytes, source: str, stem: str) -> Found:
    os.abort()
    yield


def leave(content: bytes, source: str, stem: str) -> Found:
    yield Document.create(source, stem, "half an answer")
    os._exit(3)


def stall(content: bytes, source: str, stem: str) -> Found:
    while True:
        time.sleep(1)
    yield


def fill_memory(content: bytes, source: str, stem: str) -> Found:
    hoard = [bytes(10_000_000)]
    while True:
        hoard.append(bytes(bytearray(os.urandom(1)) * 50_000_000))
    yield


HOARD: list[bytes] = []


def keep_memory(content: bytes, source: str, stem: str) -> Found:
    HOARD.append(os.urandom(1) * 400_000_000)
    yield Document.create(source, stem, str(os.getpid()))


def make_noise(content: bytes, source: str, stem: str) -> Found:
    os.write(1, b"noise\n")
    os.write(2, b"noise\n")
    warnings.warn("noise", stacklevel=1)
    yield Document.create(source, stem, "quiet")


def list_modules(content: bytes, source: str, stem: str) -> Found:
    yield Document.create(source, stem, " ".join(sorted(sys.modules)))


# The tests.


def read(reader: Read, content: bytes = b"text") -> list[Document | Rejection]:
    return list(isolated(reader)(content, "a.pdf", "a"))


def text_of(reader: Read, content: bytes = b"text") -> str:
    (document,) = read(reader, content)
    assert isinstance(document, Document)
    return document.text


def stopped(reader: Read, content: bytes = b"text") -> str:
    with pytest.raises(DocumentError) as caught:
        read(reader, content)
    assert (caught.value.source, caught.value.reason) == ("a.pdf", "unreadable")
    return caught.value.detail


def test_it_gives_what_the_reader_itself_gives() -> None:
    content = "Rita Sand was born in Zürich. 鄧\n".encode()
    assert read(read_well, content) == list(read_well(content, "a.pdf", "a"))
    assert text_of(read_half_a_character) == "\ud83d\n\u2028\u00e9"


def test_files_of_many_megabytes_pass() -> None:
    content = b"Rita Sand works for Orbit Bank. " * 200_000
    (document, _) = read(read_well, content)
    assert isinstance(document, Document)
    assert len(document.text) > 6_000_000


def test_one_process_reads_file_after_file() -> None:
    numbers = {text_of(read_process_number) for _ in range(3)}
    with pytest.raises(DocumentError):
        read(refuse)
    numbers.add(text_of(read_process_number))
    assert len(numbers) == 1
    assert str(os.getpid()) not in numbers


def test_threads_do_not_get_each_others_answers() -> None:
    contents = [f"Rita Sand has {number} boats.".encode() for number in range(40)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda content: read(read_well, content), contents))
    assert found == [list(read_well(content, "a.pdf", "a")) for content in contents]


def test_errors_of_kgqa_come_back_as_themselves() -> None:
    with pytest.raises(DocumentError) as caught:
        read(refuse)
    error = caught.value
    assert (error.source, error.reason) == ("a.pdf", "locked")
    assert error.detail == "expected a file without a password"
    with pytest.raises(ConfigError, match="no such setting"):
        read(refuse_settings)


@pytest.mark.parametrize(
    ("reader", "how"),
    [
        (abort, "stopped with SIGABRT"),
        (leave, "stopped with exit code 3"),
        (stumble, "stopped with KeyError: 'xref'"),
        (fill_memory, "stopped when its memory was used up"),
    ],
)
def test_a_reader_that_breaks_is_one_unreadable_file(reader: Read, how: str) -> None:
    before = text_of(read_process_number)
    assert how in stopped(reader)
    assert text_of(read_process_number) != before


def test_a_reader_that_breaks_before_it_has_the_file_breaks_no_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read_well, "__module__", "no_such_module")
    assert "ModuleNotFoundError" in stopped(read_well, bytes(3_000_000))


def test_a_reader_that_stalls_is_stopped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 1.0)
    monkeypatch.setattr(module, "SECONDS_PER_MB", 0.5)
    text_of(read_process_number)
    start = time.monotonic()
    assert "stopped when its time was up" in stopped(stall)
    assert time.monotonic() - start < 5
    assert "read within 2 s" in stopped(stall, bytes(2_000_000))


def test_a_process_that_keeps_much_memory_is_not_used_again() -> None:
    assert text_of(keep_memory) != text_of(read_process_number)


def test_an_idle_process_that_died_is_replaced() -> None:
    number = int(text_of(read_process_number))
    os.kill(number, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(number)], timeout=5)
    assert int(text_of(read_process_number)) != number


def test_the_library_does_not_speak_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert text_of(make_noise) == "quiet"
    assert capfd.readouterr() == ("", "")


def test_the_process_loads_no_network() -> None:
    loaded = set(text_of(list_modules).split())
    assert not loaded & {"torch", "transformers", "spacy", "numpy"}


SCRIPT = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from kgqa.documents.isolated import isolated
import test_isolated
(document,) = isolated(test_isolated.read_process_number)(b"", "a", "a")
print(document.text, flush=True)
"""


def script(then: str) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A script without a main guard that has read a file, and its reader's process."""
    started = subprocess.Popen(
        [sys.executable, "-c", SCRIPT + then],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout is not None
    return started, psutil.Process(int(started.stdout.readline()))


def test_ctrl_c_ends_both_processes_and_only_ours_says_so() -> None:
    started, reader = script('list(isolated(test_isolated.stall)(b"", "a", "a"))')
    os.killpg(started.pid, signal.SIGINT)
    errors = started.communicate(timeout=60)[1]
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert psutil.wait_procs([reader], timeout=5)[1] == []


def test_a_kill_leaves_no_idle_process_behind() -> None:
    started, reader = script("time.sleep(60)")
    started.kill()
    started.communicate(timeout=60)
    assert psutil.wait_procs([reader], timeout=5)[1] == []


def test_a_script_that_ends_ends_its_reader() -> None:
    started, reader = script("time.sleep(1)")
    assert started.communicate(timeout=60) == ("", "")
    assert started.returncode == 0
    assert psutil.wait_procs([reader], timeout=5)[1] == []
