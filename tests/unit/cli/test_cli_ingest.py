"""What `kgqa ingest` does where no model is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cli_store import TEXT, Run

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
