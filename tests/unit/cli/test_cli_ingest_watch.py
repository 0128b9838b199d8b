"""`kgqa ingest --watch`, `--retire` and `--report` with tiny real models."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_store import Run

from kgqa import batches
from kgqa.cli.ingest_watch import Rounds
from kgqa.config import load_settings
from kgqa.documents.watched import Watched
from kgqa.errors import StoreError
from kgqa.models import Models
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import IngestReport

CURIE = "Marie Curie was born in Warsaw."
TURING = "Alan Turing died in England."
_PATIENCE = 60.0


@pytest.fixture(autouse=True)
def _tiny_models(
    tiny_backbone_folder: Path, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGQA_BACKBONE", str(tiny_backbone_folder))
    monkeypatch.setenv("KGQA_WEIGHTS", str(tiny_weights))
    monkeypatch.setenv("KGQA_PRECISION", "fp32")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "curie.txt").write_text(CURIE)
    (folder / "turing.txt").write_text(TURING)
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    with open_store(f"sqlite:///{tmp_path}/kgqa.db") as store:
        yield store


@pytest.fixture
def rounds(folder: Path, store: GraphStore) -> Rounds:
    """Of files that count as settled at once."""
    watched = Watched([str(folder)], settle_seconds=0)
    models = Models(load_settings())
    return Rounds(watched, store, models, IngestReport(), retire=True, save=lambda: None)


def names(store: GraphStore) -> list[str]:
    return [Path(document.source).name for document in store.documents()]


def test_what_is_new_changes_or_vanishes_is_followed(
    rounds: Rounds, folder: Path, store: GraphStore
) -> None:
    rounds.first()
    assert names(store) == ["curie.txt", "turing.txt"]
    (folder / "ada.txt").write_text("Ada Lovelace was born in London.")
    (folder / "curie.txt").write_text(CURIE + " She died in France.")
    (folder / "turing.txt").unlink()
    rounds.next()
    assert names(store) == ["ada.txt", "curie.txt"]
    report = rounds.report
    assert (report.added, report.updated, report.retired) == (3, 1, 1)
    rounds.next()
    assert (report.added, report.updated, report.unchanged) == (3, 1, 0)


def test_a_document_that_vanished_before_the_watch_is_retired_too(
    rounds: Rounds, run: Run, folder: Path, store: GraphStore
) -> None:
    assert run("ingest", "in").code == 0
    (folder / "turing.txt").unlink()
    rounds.first()
    assert names(store) == ["curie.txt"]


def test_a_file_that_is_mended_is_no_longer_rejected(
    rounds: Rounds, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02")
    rounds.first()
    rounds.next()
    assert [rejection.reason for rejection in rounds.report.rejections] == ["binary"]
    assert capsys.readouterr().err.count("rejected, binary") == 1
    (folder / "bad.txt").write_text(TURING)
    rounds.next()
    assert (rounds.report.added, rounds.report.rejections) == (3, [])


def test_a_round_that_fails_is_told_and_done_again(
    rounds: Rounds,
    folder: Path,
    store: GraphStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rounds.first()
    (folder / "ada.txt").write_text("Ada Lovelace was born in London.")
    (folder / "turing.txt").unlink()

    def refuse(*_: object) -> str:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(store, "replace_document", refuse)
        before = rounds.pause_seconds
        rounds.next()
    assert "error: the disk is full; trying again in 2 s" in capsys.readouterr().err
    assert rounds.pause_seconds > before
    rounds.next()
    assert names(store) == ["ada.txt", "curie.txt"]
    assert rounds.pause_seconds == before


def test_a_document_that_cannot_be_extracted_is_rejected_alone(
    rounds: Rounds, folder: Path, store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract: Callable[..., object] = batches.extract_batch

    def fail(batch, *rest):  # type: ignore[no-untyped-def]
        if any("Turing" in document.text for document, _ in batch):
            raise RuntimeError("no such index")
        return extract(batch, *rest)

    monkeypatch.setattr("kgqa.pipeline.extract_batch", fail)
    rounds.first()
    assert names(store) == ["curie.txt"]
    [rejection] = rounds.report.rejections
    assert (Path(rejection.source).name, rejection.reason) == ("turing.txt", "not extracted")
    assert rejection.detail == "RuntimeError: no such index"


def test_ctrl_c_ends_a_watch_with_its_summary_and_page(folder: Path, tmp_path: Path) -> None:
    command = "from kgqa.cli.main import main; import sys; sys.exit(main())"
    words = ["ingest", "--watch", "in", "--report", "in/report.html"]
    with (tmp_path / "err").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", command, *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            # Python ignores Ctrl-C where a shell started it in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def wait_for(text: str) -> None:
        end = time.monotonic() + _PATIENCE
        while text not in (tmp_path / "err").read_text():
            assert time.monotonic() < end, (tmp_path / "err").read_text()
            assert process.poll() is None
            time.sleep(0.1)

    wait_for("watching in")
    (folder / "ada.txt").write_text("Ada Lovelace was born in London.")
    wait_for(" 1 added")
    assert (folder / "report.html").exists()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=_PATIENCE)
    assert (process.returncode, out) == (0, b"3 added, 0 updated, 0 unchanged, 0 rejected\n")
    assert "ada.txt" in (folder / "report.html").read_text()


def test_an_ingest_deletes_what_is_gone_where_it_is_told_to(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept.txt").write_text(CURIE)
    assert run("ingest", "in", "kept.txt").code == 0
    (folder / "turing.txt").unlink()
    (tmp_path / "kept.txt").unlink()
    assert run("ingest", "in").out.startswith("0 added, 0 updated, 1 unchanged, 0 rejected")
    outcome = run("ingest", "in", "--retire")
    assert outcome.out == "0 added, 0 updated, 1 unchanged, 1 retired, 0 rejected\n"
    assert run("stats", "--json").json()["documents"] == 2


def test_the_page_tells_what_was_found_again_where_nothing_changed(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    pages = []
    for _ in range(2):
        assert run("ingest", "in", "--report", "r.html").code == 0
        page = (tmp_path / "r.html").read_text()
        pages.append(page[page.index("Found in each document") :])
    assert "curie.txt" in pages[0]
    assert pages[0] == pages[1]


def test_an_interrupted_ingest_leaves_the_page_of_what_was_done(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_PASSAGES", 1)
    extract: Callable[..., object] = batches.extract_batch

    def interrupt(batch, *rest):  # type: ignore[no-untyped-def]
        if any("Turing" in document.text for document, _ in batch):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(_PATIENCE)
        return extract(batch, *rest)

    monkeypatch.setattr("kgqa.pipeline.extract_batch", interrupt)
    assert run("ingest", "in", "--report", "r.html").code == 130
    page = (tmp_path / "r.html").read_text()
    assert "done so far" in page
    assert "curie.txt" in page
    assert "turing.txt" not in page
