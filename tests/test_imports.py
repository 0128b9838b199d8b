"""What the command line costs to start, and that what kgqa imports is declared."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from kgqa.documents.formats import FORMATS

ROOT = Path(__file__).parents[1]
HEAVY = {
    "torch",
    "transformers",
    "spacy",
    "prefect",
    "peft",
    "numpy",
    "pydantic",
    "networkx",
    "scipy",
    "matplotlib",
}
# The last two are what torch loads only for its compiler.
SLOW_TO_IMPORT = {
    "transformers",
    "spacy",
    "scipy",
    "sklearn",
    "pandas",
    "peft",
    "matplotlib",
    "torch_geometric",
    "sympy",
    "torch._dynamo",
}


def run_help(words: list[str]) -> tuple[set[str], float]:
    """The top-level modules that a command loads, and its processor seconds."""
    program = (
        "import sys\n"
        "from kgqa.cli.main import main\n"
        "try:\n"
        f"    main({words!r})\n"
        "finally:\n"
        "    print(*sys.modules, file=sys.stderr)\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    loaded = {name.partition(".")[0] for name in running.stderr.read().split()}
    running.stderr.close()
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0
    return loaded, usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize("words", [["--help"], ["ask", "--help"], ["train", "reader", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    loaded, _ = run_help(words)
    assert "kgqa" in loaded
    assert loaded & HEAVY == set()


def test_what_asking_imports_stays_small() -> None:
    """A question about a graph, with the shipped reader, which reads the subgraph beside the
    passages; each of these takes 0.2 to 2 s to import."""
    program = (
        "import sys\n"
        "from kgqa.config import load_settings\n"
        "from kgqa.models import Models\n"
        "from kgqa.types import Entity, Passage, Question, ScoredPassage, Subgraph, Triple\n"
        "reader = Models(load_settings(precision='fp32')).reader\n"
        "assert reader.subgraphs is not None, 'the shipped reader reads a subgraph'\n"
        "text = 'Ada Lovelace was born in London.'\n"
        "passage = ScoredPassage(Passage('p', 'd', 0, len(text), text), 'Ada', 'd', 1.0)\n"
        "ends = (Entity('a', 'person', 'Ada Lovelace'), Entity('l', 'location', 'London'))\n"
        "graph = Subgraph(('a',), ends, (Triple('a', 'P19', 'l'),), (1.0, 0.5))\n"
        "reader.answer(Question('q', 'Where was Ada Lovelace born?'), [passage], graph)\n"
        "print(*sys.modules)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True
    )
    loaded = set(ended.stdout.split())
    assert {"torch", "kgqa.qa.reader"} <= loaded
    assert loaded & SLOW_TO_IMPORT == set()


def test_help_takes_under_300_ms_of_processor_time() -> None:
    # Processor time: the wall clock of a loaded machine says little.
    assert min(run_help(["--help"])[1] for _ in range(3)) < 0.3


def test_every_third_party_import_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = _distributions(project["dependencies"])
    extras = {n: _distributions(lines) for n, lines in project["optional-dependencies"].items()}
    # A format's reader may import what its own extra brings.
    brought = {f.library: extras[f.extra] for f in FORMATS if f.library}
    distributions = packages_distributions()
    missing = {}
    for path in sorted((ROOT / "kgqa").rglob("*.py")):
        reads = path.is_relative_to(ROOT / "kgqa" / "documents" / "formats")
        for name in _imported(path) - set(sys.stdlib_module_names) - {"kgqa", "flows"}:
            owners = {owner.lower().replace("_", "-") for owner in distributions.get(name, [])}
            if not owners & (declared | (brought.get(name, set()) if reads else set())):
                missing[name] = str(path.relative_to(ROOT))
    assert missing == {}


def _distributions(lines: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower().replace("_", "-") for line in lines}


def test_all_brings_the_reader_of_every_format() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {f.extra for f in FORMATS if f.extra}
    assert {f"kgqa[{extra}]" for extra in extras} == set(project["optional-dependencies"]["all"])


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names
