from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kgqa import __version__
from kgqa.cli import stats
from kgqa.cli.main import BROKEN_PIPE, INTERRUPTED, build_parser
from kgqa.cli.output import printable
from kgqa.errors import KgqaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli_store import Run

    Check = Callable[[str, object], None]

VERBS = [
    "ingest",
    "import",
    "ask",
    "inspect",
    "stats",
    "delete",
    "export",
    "copy",
    "schema",
    "train",
    "evaluate",
]


def test_help_names_every_verb(run: Run) -> None:
    outcome = run("--help")
    assert outcome.code == 0
    assert all(verb in outcome.out for verb in VERBS)


def test_version(run: Run) -> None:
    assert run("--version").out == f"kgqa {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["ask"],
        ["ingest"],
        ["stats", "--verbos"],
        ["schema"],
        ["schema", "apply", "--width", "0"],
        ["copy", "--from", "sqlite:///a.db"],
        ["inspect", "x", "--limit", "0"],
        ["train", "reader", "--train", "f"],
        ["train", "extractor", "--train", "f", "--out", "o", "--epochs", "-1"],
        ["evaluate", "squad", "f", "--context", "rnn"],
        ["evaluate", "squad", "f", "--limit", "none"],
        ["evaluate", "graph", "f"],
        ["import"],
        ["completion", "tcsh"],
    ],
)
def test_wrong_usage_exits_2(run: Run, words: list[str]) -> None:
    outcome = run(*words)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("usage: kgqa")


def test_a_context_that_is_not_there_names_the_allowed_ones(run: Run) -> None:
    assert "choose from" in run("evaluate", "squad", "f", "--context", "rnn").err
    assert "none" in run("evaluate", "squad", "f", "--context", "rnn").err


@pytest.mark.parametrize("verb", ["stats", "inspect", "ask", "delete", "export"])
def test_a_missing_store_is_told_and_not_made(run: Run, tmp_path: Path, verb: str) -> None:
    words = [] if verb == "stats" else ["x.jsonl"]
    outcome = run(verb, *words, "--store", f"sqlite:///{tmp_path}/none.db")
    assert outcome.code == 1
    assert outcome.err.startswith("kgqa: error: store ")
    assert "kgqa ingest" in outcome.err
    assert outcome.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["stats", "inspect"])
def test_a_file_that_is_no_store_is_left_untouched(run: Run, tmp_path: Path, verb: str) -> None:
    path = tmp_path / "notes.db"
    path.write_text("my notes\n" * 100)
    words = [] if verb == "stats" else ["x"]
    outcome = run(verb, *words, "--store", f"sqlite:///{path}")
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert path.read_text() == "my notes\n" * 100
    assert [p.name for p in tmp_path.iterdir()] == ["notes.db"]


def test_options_may_stand_before_or_after_the_verb(run: Run, store_url: str) -> None:
    after = run("stats", "--json", "--store", store_url)
    assert run("--store", store_url, "--json", "stats").json() == after.json()
    assert run("--json", "stats", "--store", store_url).json() == after.json()


def test_store_by_variable_and_by_file(
    run: Run, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.toml").write_text(f'store = "{store_url}"\n')
    assert run("stats", "--config", "own.toml").code == 0
    monkeypatch.setenv("KGQA_STORE", store_url)
    assert run("stats").code == 0


def test_an_unknown_setting_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kgqa.toml").write_text("colour = 1\n")
    outcome = run("stats")
    assert outcome.code == 1
    assert outcome.err.startswith("kgqa: error: kgqa.toml: unknown setting 'colour'")
    assert outcome.err.count("\n") == 1


def test_an_error_of_several_lines_is_printed_on_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> int:
        raise KgqaError("first\nsecond")

    monkeypatch.setattr(stats, "run", fail)
    outcome = run("stats")
    assert (outcome.code, outcome.err) == (1, "kgqa: error: first second\n")


def test_ctrl_c_exits_130_with_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(stats, "run", interrupt)
    outcome = run("stats")
    assert (outcome.code, outcome.err) == (INTERRUPTED, "kgqa: interrupted\n")


def test_a_reader_that_goes_away_is_no_error() -> None:
    program = "import sys; from kgqa.cli.main import main; sys.exit(main(['completion', 'fish']))"
    source, sink = os.pipe()
    os.close(source)
    ended = subprocess.run(
        [sys.executable, "-c", program], stdout=sink, stderr=subprocess.PIPE, check=False
    )
    os.close(sink)
    assert ended.returncode == BROKEN_PIPE
    assert ended.stderr == b""


def test_sigint_in_a_process(tmp_path: Path) -> None:
    program = (
        "import sys, time; from kgqa.cli import main, stats\n"
        "def wait(_):\n"
        "    print('waiting', flush=True)\n"
        "    time.sleep(60)\n"
        "stats.run = wait\n"
        "sys.exit(main.main(['stats']))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "waiting\n"
    time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (INTERRUPTED, "kgqa: interrupted\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\t c", "a b c"),
        ("red \x1b[31mtext", "red \N{REPLACEMENT CHARACTER}[31mtext"),
        ("abc\u202edef", "abc\N{REPLACEMENT CHARACTER}def"),
        ("Zürich Łódź 東京", "Zürich Łódź 東京"),
        ("\udc80", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_every_verb_has_the_common_options() -> None:
    from kgqa.cli.completion import command_levels

    for level in command_levels(build_parser()):
        assert {"--store", "--json", "--config", "--help"} <= set(level.options), level.path


def test_an_error_is_one_json_object_too(run: Run, matches_schema: Check) -> None:
    outcome = run("stats", "--json")
    matches_schema("error", outcome.json())
    assert outcome.code == 1
    assert outcome.err == f"kgqa: error: {outcome.json()['error']}\n"


def test_an_error_cannot_disturb_the_terminal(run: Run, store_url: str) -> None:
    assert "\x1b" not in run("delete", "\x1b[31mred", "--store", store_url).err


def test_a_failure_of_the_system_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stats, "run", fail)
    outcome = run("stats")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "kgqa: error: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(
    ("redirect", "code"), [(">&-", 0), (">&- 2>&-", 0), (">/dev/full", 1), ("<&-", 0)]
)
def test_closed_and_full_streams_give_no_traceback(redirect: str, code: int) -> None:
    program = "import sys; from kgqa.cli.main import main; sys.exit(main(['completion', 'fish']))"
    ended = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {redirect}', sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") == code
