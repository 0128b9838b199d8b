"""`kgqa chat` and `kgqa ask --stream`: what is typed, what is piped, and what breaks off."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from kgqa.cli.ask import Written
from kgqa.cli.chat import history_file
from kgqa.types import Document

if TYPE_CHECKING:
    from cli_store import Run

Piped = Callable[..., list[str]]
TEXTS = {
    "Marie Curie": "Marie Curie was born in Warsaw.",
    "Ada Lovelace": "Ada Lovelace was born in London.",
}
# The part that reads lines, without the models, in the terminal of its standard input. The
# tests' own process may ignore Ctrl-C, as one that a script starts with `&` does.
LINES = (
    "import fcntl, signal, termios\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "from kgqa.cli import chat\n"
    "for line in chat._lines(True):\n"
    "    print(f'read {line!r}', flush=True)\n"
    "print('left', flush=True)\n"
)


@pytest.fixture
def answering(
    tiny_backbone_folder: Path,
    tiny_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The settings and the store of the verbs: two documents, tiny trained weights."""
    from kgqa.config import load_settings
    from kgqa.models import Models
    from kgqa.pipeline import ingest
    from kgqa.store.open import open_store

    monkeypatch.setenv("KGQA_BACKBONE", str(tiny_backbone_folder))
    monkeypatch.setenv("KGQA_WEIGHTS", str(tiny_weights))
    monkeypatch.setenv("KGQA_PRECISION", "fp32")
    monkeypatch.setenv("KGQA_STORE", f"sqlite:///{tmp_path}/graph.db")
    settings = load_settings()
    documents = [Document.create(f"{title}.txt", title, text) for title, text in TEXTS.items()]
    with open_store(settings.store) as store:
        ingest(documents, store, Models(settings))


def test_piped_questions_are_answered_line_by_line(
    answering: None, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (
        "Where was Marie Curie born?\n\nWhat about Ada Lovelace?\n/nope\n/why\n/forget\n/quit\nx\n"
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO(asked))
    plain = run("chat")
    lines = plain.out.splitlines()
    assert lines[0].startswith("Warsaw  (score ")
    assert lines[1].startswith("London  (score ")
    assert lines[2] == "[Where was Ada Lovelace born?]"
    assert "Ada Lovelace was born in «London»." in plain.out
    assert lines[-1] == "forgotten"
    assert plain.err.splitlines() == [
        "[Where was Ada Lovelace born?]",
        "kgqa: error: expected a question or one of /why, /forget, /help, /quit, got '/nope'",
    ]
    assert plain.code == 1

    monkeypatch.setattr(sys, "stdin", io.StringIO(asked))
    records = [json.loads(line) for line in run("chat", "--json").out.splitlines()]
    assert [record.get("text") for record in records] == ["Warsaw", "London", None, "London", None]
    assert records[1]["said"] == "What about Ada Lovelace?"
    assert records[1]["question"] == "Where was Ada Lovelace born?"
    assert "expected a question" in records[2]["error"]
    assert records[4] == {"forgot": True}


def test_a_streamed_answer_is_the_same_text(
    answering: None,
    tiny_lm_folders: dict[str, Path],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("ask", "Where was Marie Curie born?")
    extractive = run(*words)
    assert extractive.out.startswith("Warsaw")
    assert run(*words, "--stream").out == extractive.out
    monkeypatch.delenv("KGQA_WEIGHTS")  # the bare LM
    monkeypatch.setenv("KGQA_LM", str(tiny_lm_folders["qwen"]))
    written = run(*words)
    assert written.out != extractive.out
    assert run(*words, "--stream").out == written.out


def test_streaming_and_json_exclude_each_other(run: Run) -> None:
    for words in (("ask", "Who?", "--stream", "--json"), ("--json", "ask", "Who?", "--stream")):
        outcome = run(*words)
        assert (outcome.code, outcome.out) == (2, "")
        assert "--stream: not allowed with --json" in outcome.err


def test_pieces_are_shown_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    with Written() as written:
        for piece, shown in (
            ("New", "New"),
            (" ", ""),
            ("York\x1b", " York\N{REPLACEMENT CHARACTER}"),
        ):
            written.write(piece)
            assert capsys.readouterr().out == shown
    assert written.rest_of("New York\N{REPLACEMENT CHARACTER}  (score 0.50)") == "  (score 0.50)"


def test_an_interrupted_line_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    def broken_off() -> None:
        with Written() as written:
            written.write("New")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert capsys.readouterr().out == "New\n"


def test_a_reader_that_goes_away_is_not_written_to_again(monkeypatch: pytest.MonkeyPatch) -> None:
    source, sink = os.pipe()
    os.close(source)
    with open(sink, "w", closefd=False) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(BrokenPipeError), Written() as written:
            written.write("New")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sink)
    os.close(sink)


def test_the_history_is_in_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert history_file() == tmp_path / "kgqa" / "chat_history"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert history_file() == tmp_path / ".local" / "state" / "kgqa" / "chat_history"


def test_a_terminal_keeps_a_history_and_ctrl_d_leaves(tmp_path: Path) -> None:
    with _Terminal(tmp_path / "state") as terminal:
        terminal.expect("? ")
        terminal.type("Who?\n")
        terminal.expect("read 'Who?'")
        terminal.leave()
    kept = (tmp_path / "state" / "kgqa" / "chat_history").read_text()
    assert "Who?" in kept.splitlines()


def test_ctrl_c_gives_up_the_line_and_asks_again(tmp_path: Path) -> None:
    with _Terminal(tmp_path / "state") as terminal:
        terminal.expect("? ")
        terminal.type("Wh")
        terminal.expect("Wh")
        terminal.type("\x03")
        terminal.expect("(Ctrl-D or /quit leaves)")
        terminal.expect("\n? ")
        terminal.type("Where?\n")
        terminal.expect("read 'Where?'")
        terminal.leave()


class _Terminal:
    """LINES in a terminal of its own, whose keys are typed once it has asked for them.

    What is typed before the prompt would meet the terminal's own line editing: there Ctrl-D
    ends one read and is gone. And Python sees Ctrl-C at once only while it waits for a key.
    """

    def __init__(self, state: Path) -> None:
        self._ours, theirs = pty.openpty()
        self.running = subprocess.Popen(
            [sys.executable, "-c", LINES],
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.STDOUT,
            env={**os.environ, "XDG_STATE_HOME": str(state), "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(theirs)
        self._unread = ""

    def __enter__(self) -> _Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.running.kill()
        self.running.wait()
        os.close(self._ours)

    def type(self, keys: str) -> None:
        while psutil.Process(self.running.pid).status() != psutil.STATUS_SLEEPING:
            time.sleep(0.01)
        os.write(self._ours, keys.encode())

    def leave(self) -> None:
        """Ctrl-D at the next prompt ends it, in good order."""
        self.expect("\n? ")
        self.type("\x04")
        assert "Traceback" not in self.expect("left")
        assert self.running.wait(60) == 0

    def expect(self, wanted: str) -> str:
        """What the terminal shows up to the wanted text; what follows it is for the next call."""
        while wanted not in self._unread:
            ready, _, _ = select.select([self._ours], [], [], 120)
            assert ready, f"expected {wanted!r}, got {self._unread!r}"
            self._unread += os.read(self._ours, 1024).decode()
        shown, _, self._unread = self._unread.partition(wanted)
        return shown + wanted
