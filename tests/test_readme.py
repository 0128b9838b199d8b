"""What README.md shows is what happens."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kgqa.cli.completion import command_levels
from kgqa.cli.main import build_parser
from kgqa.config import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
KGQA = str(Path(sys.executable).with_name("kgqa"))
SCORE = re.compile(r"(?<![\d.])[01]\.\d\d(?!\d)")
SCORE_TOLERANCE = 0.05
"""Scores differ in their last digits between processors."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def code() -> str:
    """All fenced blocks and code spans, one after the other."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*fenced, *re.findall(r"`([^`]+)`", prose)])


def transcript() -> list[tuple[str, str]]:
    """Each command of the console blocks with the output that is shown under it."""
    steps = []
    for block in blocks("console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            steps.append((command, shown))
    return steps


def matches(shown: str, printed: str) -> bool:
    """Equal but for `...`, which stands for anything, and scores, which may differ a little."""
    pattern = re.escape(SCORE.sub("<score>", shown)).replace(r"\.\.\.", ".*?")
    pattern = pattern.replace("<score>", f"({SCORE.pattern})")
    found = re.fullmatch(pattern, printed, re.DOTALL)
    return found is not None and all(
        abs(float(one) - float(other)) <= SCORE_TOLERANCE
        for one, other in zip(SCORE.findall(shown), found.groups(), strict=True)
    )


@pytest.mark.parametrize(
    ("printed", "same"),
    [
        ("Oslo  (score 0.91)\n\n(/a/b.txt:1-2)\n", True),
        ("Oslo  (score 0.97)\n\n(/a/b.txt:1-2)\n", False),
        ("Rome  (score 0.91)\n\n(/a/b.txt:1-2)\n", False),
        ("Oslo  (score 0.91)\n\n(/a/b.txt:1-2)\nmore\n", False),
    ],
)
def test_a_comparison_can_fail(printed: str, same: bool) -> None:
    assert matches("Oslo  (score 0.88)\n\n(.../b.txt:1-2)\n", printed) is same


def clean_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("KGQA_")}
    return {**kept, "COLUMNS": "80"}


def test_the_transcript_is_what_the_commands_print(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "articles", tmp_path / "data" / "articles")
    steps = transcript()
    assert len(steps) >= 2
    for command, shown in steps:
        program, *words = shlex.split(command)
        assert program == "kgqa", f"README runs {program!r}, which this test does not"
        ended = subprocess.run(
            [KGQA, *words],
            cwd=tmp_path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        # README's blocks leave an empty line off at the end.
        printed = ended.stdout.rstrip() + "\n"
        assert matches(shown, printed), f"{command}\nREADME:\n{shown}\nprinted:\n{printed}"


def test_the_spacy_example_works(tmp_path: Path) -> None:
    [example] = blocks("python")
    checks = (
        "assert {(e.text, e.label_) for e in doc.ents} == "
        "{('Marie Curie', 'person'), ('Warsaw', 'location')}\n"
        "assert len(doc._.kgqa_clusters) == 2\n"
        "assert doc._.kgqa_relations\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", example + checks],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Marie Curie" in ended.stdout


def test_readme_and_command_line_name_the_same_verbs() -> None:
    levels = command_levels(build_parser())
    verbs = set(levels[0].words)
    assert set(re.findall(r"\bkgqa ([a-z]+)", code())) == verbs
    for level in levels:
        if len(level.path) == 2:
            verb, second = level.path
            assert re.search(rf"\bkgqa {verb}\b.*\b{second}\b", code()), f"{verb} {second}"


def test_the_settings_table_names_every_setting() -> None:
    table = README.partition("| key | default | |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(Settings.model_fields)
