"""A large document is extracted in parts, and a stopped ingest goes on behind the last one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kgqa.batches
import kgqa.extract.large
from kgqa.batches import extract_batch
from kgqa.config import load_settings
from kgqa.documents.split import split_passages
from kgqa.extract.extractor import Extractor
from kgqa.extract.journal import Journal, Part
from kgqa.models import Models
from kgqa.pipeline import ingest
from kgqa.store.open import open_store
from kgqa.types import Document

SENTENCES = (
    "Marie Curie was born in Warsaw. Ada Lovelace was born in London. Alan Turing died in England. "
    "Pierre Curie died in Paris.\n\n"
)
DOCUMENT = Document.create("large.txt", "Lives", SENTENCES * 12)
SETTINGS = {"passage_characters": 120, "precision": "fp32"}


@pytest.fixture
def models(tiny_backbone_folder: Path, tiny_weights: Path) -> Models:
    return Models(
        load_settings(backbone=str(tiny_backbone_folder), weights=tiny_weights, **SETTINGS)
    )


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Parts of four passages, kept in a cache of the test's own; its folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in (kgqa.extract.large, kgqa.batches):
        monkeypatch.setattr(module, "PART_PASSAGES", 4)
    return tmp_path / "cache" / "kgqa" / "parts"


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.npz"))


def test_parts_state_what_the_whole_states(models: Models, small_parts: Path) -> None:
    split = (DOCUMENT, split_passages(DOCUMENT, 120))
    done: list[int] = []
    ((extraction, vectors, journal),) = extract_batch(
        [split], models.extractor, models.encoder, done.append
    )
    assert sum(done) == len(split[1])
    assert len(done) == len(kept(small_parts)) > 4
    assert len(vectors) == len(split[1])
    again = extract_batch([split], models.extractor, models.encoder)[0]
    assert again.extraction == extraction
    assert np.array_equal(again.vectors, vectors)
    assert journal is not None
    journal.remove()
    assert kept(small_parts) == []


def test_kept_parts_are_not_read_again(
    models: Models, small_parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = (DOCUMENT, split_passages(DOCUMENT, 120))
    whole = extract_batch([split], models.extractor, models.encoder)[0]
    parts = kept(small_parts)
    for path in parts[3:]:
        path.unlink()
    parts[1].write_bytes(b"cut")
    read: list[int] = []
    real = Extractor.read
    monkeypatch.setattr(
        Extractor, "read", lambda self, texts: read.append(len(texts)) or real(self, texts)
    )
    again = extract_batch([split], models.extractor, models.encoder)[0]
    assert again.extraction == whole.extraction
    assert len([texts for texts in read if texts]) == len(parts) - 2


def test_parts_of_another_text_are_not_taken(models: Models, small_parts: Path) -> None:
    split = (DOCUMENT, split_passages(DOCUMENT, 120))
    extract_batch([split], models.extractor, models.encoder)
    other = Document.create("large.txt", "Lives", SENTENCES.replace("Warsaw", "Cracow") * 12)
    found = extract_batch([(other, split_passages(other, 120))], models.extractor, models.encoder)
    assert len(list(small_parts.iterdir())) == 2
    assert "Cracow" in found[0].extraction.document.text


def test_a_cache_that_cannot_be_written_is_told_and_costs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kgqa").write_text("a file where the folder would be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    journal = Journal("digest")
    for number in range(2):
        journal.keep(number, Part([], np.zeros((0, 4), np.float32)))
    assert journal.load(0, []) is None
    journal.remove()
    assert [r.levelname for r in caplog.records] == ["WARNING"]


SCRIPT = """
import os, signal, sys
import kgqa.batches, kgqa.extract.large as large
from kgqa.config import load_settings
from kgqa.models import Models
from kgqa.pipeline import ingest
from kgqa.store.open import open_store
from kgqa.types import Document
kgqa.batches.PART_PASSAGES = large.PART_PASSAGES = 4
backbone, weights, url, text = sys.argv[1:]
models = Models(load_settings(
    backbone=backbone, weights=weights, passage_characters=120, precision="fp32"))
def progress(done, known):
    if done and len(progress.seen) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    progress.seen += [done] * bool(done)
progress.seen = []
with open_store(url) as store:
    ingest([Document.create("large.txt", "Lives", text)], store, models, progress=progress)
"""


def test_a_kill_within_a_large_document_loses_no_part_and_leaves_no_half(
    models: Models,
    small_parts: Path,
    tmp_path: Path,
    tiny_backbone_folder: Path,
    tiny_weights: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"sqlite:///{tmp_path}/killed.db"
    command = [sys.executable, "-c", SCRIPT, str(tiny_backbone_folder), str(tiny_weights), url]
    killed = subprocess.run([*command, DOCUMENT.text], env=dict(os.environ), check=False)
    assert killed.returncode == -signal.SIGKILL
    before = len(kept(small_parts))
    assert before == 3
    read: list[int] = []
    real = Extractor.read
    monkeypatch.setattr(
        Extractor, "read", lambda self, texts: read.append(len(texts)) or real(self, texts)
    )
    with open_store(url) as store:
        assert store.stats().documents == 0
        ingest([DOCUMENT], store, models)
        digest = store.stats().digest
    assert kept(small_parts) == []
    resumed = len([texts for texts in read if texts])
    with open_store(f"sqlite:///{tmp_path}/undisturbed.db") as store:
        read.clear()
        ingest([DOCUMENT], store, models)
        assert store.stats().digest == digest
    assert resumed == len([texts for texts in read if texts]) - before
