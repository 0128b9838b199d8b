"""What `kgqa ingest` does where no model is needed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli_store import TEXT, Run, curie

from kgqa.documents import formats
from kgqa.documents.formats import Format
from kgqa.documents.read import SUPPORTED
from kgqa.store.open import open_store

Check = Callable[[str, object], None]


def test_a_dry_run_counts_and_makes_no_store(
    run: Run, tmp_path: Path, matches_schema: Check
) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text("")
    outcome = run("ingest", "--dry-run", "--json", "a.txt", "b.txt")
    assert outcome.code == 0
    record = outcome.json()
    matches_schema("ingest", record)
    assert (record["added"], record["rejected"], record["dry_run"]) == (1, 1, True)
    assert record["rejections"][0]["reason"] == "empty"
    assert not (tmp_path / "kgqa.db").exists()


def test_a_dry_run_over_a_store_changes_nothing(run: Run, store_url: str, tmp_path: Path) -> None:
    before = run("stats", "--json", "--store", store_url).json()
    (tmp_path / "a.txt").write_text(TEXT)
    assert run("ingest", "--dry-run", "a.txt", "--store", store_url).code == 0
    assert run("stats", "--json", "--store", store_url).json() == before


def test_some_taken_and_some_rejected_exits_0_and_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    outcome = run("ingest", "--dry-run", "a.txt", "none.txt")
    assert outcome.code == 0
    assert outcome.out.endswith("nothing written: 1 added, 0 updated, 0 unchanged, 1 rejected\n")
    assert "rejected, no such file: 1" in outcome.err


def test_an_ingest_that_took_none_exits_1(run: Run, matches_schema: Check) -> None:
    outcome = run("ingest", "none.txt", "--json")
    assert outcome.code == 1
    matches_schema("ingest", outcome.json())
    assert outcome.json()["rejected"] == 1
    assert outcome.err.endswith("kgqa: error: no document was taken, 1 rejected\n")


def test_the_progress_bar_is_on_standard_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    outcome = run("ingest", "--dry-run", "a.txt")
    assert "ingest: " in outcome.err
    assert "ingest: " not in outcome.out


def test_the_list_of_formats_needs_no_path_and_says_what_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Format("odd", (".odd",), "odd", "odd files", "office", "no_such_library")
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, missing))
    lines = run("ingest", "--list-formats").out.splitlines()
    assert any(line.startswith("text ") and line.endswith("ready") for line in lines)
    assert any(line.startswith("odd ") and "pip install 'kgqa[office]'" in line for line in lines)
    listed = run("ingest", "--list-formats", "--json").json()["formats"]
    suffixes = {suffix for format in listed for suffix in format["suffixes"]}
    assert suffixes == {*SUPPORTED, ".odd"}
    assert [format["ready"] for format in listed if format["name"] == "odd"] == [False]


def test_the_list_of_formats_loads_nothing_slow() -> None:
    code = (
        "import sys; from kgqa.cli.main import main; main(['ingest', '--list-formats']); "
        "sys.exit(bool({'torch', 'spacy', 'transformers', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_without_a_path_the_usage_is_told(run: Run) -> None:
    outcome = run("ingest")
    assert outcome.code == 2
    assert "required: PATH" in outcome.err


def test_strict_exits_1_where_anything_was_rejected(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert run("ingest", "--dry-run", "--strict", "a.txt").code == 0
    outcome = run("ingest", "--dry-run", "--strict", "--json", "a.txt", "none.txt")
    assert outcome.code == 1
    assert outcome.json()["added"] == 1
    assert outcome.err.endswith("kgqa: error: 1 rejected, expected none with --strict\n")


def test_formats_and_languages_are_counted_and_a_given_language_wins(
    run: Run, tmp_path: Path, matches_schema: Check
) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.md").write_text(TEXT)
    words = ("ingest", "--dry-run", "a.txt", "b.md", "--language", "de")
    record = run(*words, "--json").json()
    matches_schema("ingest", record)
    assert record["formats"] == {"text": 1, "markdown": 1}
    assert record["languages"] == record["unread_languages"] == {"de": 2}
    assert run(*words).out.endswith(
        "0 rejected; 2 in languages that the weights do not read (de 2): stored, "
        "nothing extracted\n"
    )
    assert run("ingest", "--dry-run", "a.txt", "--language", "german").code == 1


def test_the_report_of_a_dry_run_is_written_and_is_no_document(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    for _ in range(2):
        outcome = run("ingest", "--dry-run", ".", "--report", "report.html", "--json")
        assert outcome.json()["added"] == 1
    assert "dry run" in (tmp_path / "report.html").read_text()


def test_the_store_and_its_side_files_are_no_documents(
    run: Run, store_url: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert any(path.name.startswith("graph.db") for path in tmp_path.iterdir())
    outcome = run("ingest", "--dry-run", "--strict", ".", "--store", store_url)
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a.txt", "--report", "."), "--report .: expected a file, got a folder"),
        (("a.txt", "--report", "none/r.html"), "none/r.html: expected a file that can be written"),
        (("--watch", "-"), "standard input cannot be watched"),
        (("--watch", "a.txt", "none"), "--watch: expected a file or folder that is there"),
        (("--watch", "a.txt", "--dry-run"), "--watch: not allowed with --dry-run"),
    ],
)
def test_what_cannot_work_is_one_line_before_the_work(
    run: Run, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    outcome = run("ingest", *words)
    assert outcome.code == 1
    assert told in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "kgqa.db").exists()


def test_a_dry_run_says_what_would_be_retired(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    gone = curie(str(folder / "gone.txt"))
    with open_store(f"sqlite:///{tmp_path}/kgqa.db") as store:
        store.replace_document(gone, np.eye(1, 4, dtype=np.float32))
    outcome = run("ingest", "in", "--dry-run", "--retire")
    assert "0 unchanged, 1 retired, 0 rejected" in outcome.out
    assert run("ingest", "in", "--dry-run", "--json").json()["retired"] == 0
    assert run("stats", "--json").json()["documents"] == 1
