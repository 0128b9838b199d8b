from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli_store import Run


def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last word."""
    given = " ".join(f"'{word}'" for word in words)
    program = (
        f"{script}\nCOMP_WORDS=({given}); COMP_CWORD={len(words) - 1}; _kgqa;"
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ended = subprocess.run(
        ["bash", "--norc", "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stderr == ""
    return ended.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["kgqa", "in"], ["ingest", "inspect"]),
        (["kgqa", "schema", ""], ["show", "check", "apply"]),
        (["kgqa", "--json", "schema", "s"], ["show"]),
        (["kgqa", "ingest", "--dr"], ["--dry-run"]),
        (["kgqa", "evaluate", "squad", "--o"], ["--open", "--out"]),
        (["kgqa", "completion", ""], ["bash", "zsh", "fish"]),
        (["kgqa", "ask", "stats", "--l"], []),
    ],
)
def test_bash_completes(run: Run, words: list[str], expected: list[str]) -> None:
    assert completed(run("completion", "bash").out, *words) == expected


def test_zsh_gets_the_bash_script_through_bashcompinit(run: Run) -> None:
    zsh = run("completion", "zsh").out
    assert "bashcompinit" in zsh.splitlines()[1]
    assert zsh.endswith(run("completion", "bash").out)


def test_fish_offers_verbs_and_options(run: Run) -> None:
    lines = run("completion", "fish").out.splitlines()
    assert any(line.endswith("-a 'show check apply'") for line in lines)
    assert "complete -c kgqa -n '__fish_seen_subcommand_from ingest' -l dry-run" in lines
    assert len(lines) == len(set(lines))
