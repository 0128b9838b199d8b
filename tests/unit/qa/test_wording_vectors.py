"""Vectors of wordings are those of the encoder, whatever the cache folder holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder
from kgqa.qa import wording_vectors
from kgqa.qa.wording_vectors import WordingVectors

TEXTS = ["Who directed X?", "Where was X born?", "Who is the mother of X?"]


class CountingEncoder(Encoder):
    """Keeps the texts that it was given."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], bucket: int = 16) -> NDArray[np.float32]:
        self.asked += texts
        return super().encode(texts, bucket)


@pytest.fixture
def encoder(tiny_backbone: Backbone) -> CountingEncoder:
    return CountingEncoder(tiny_backbone)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "kgqa"


def test_a_table_is_made_once_and_then_read(encoder: CountingEncoder) -> None:
    made = WordingVectors(encoder).table(TEXTS)
    np.testing.assert_array_equal(made, Encoder(encoder.backbone).encode(TEXTS, bucket=4))
    encoder.asked.clear()
    np.testing.assert_array_equal(WordingVectors(encoder).table(TEXTS), made)
    assert encoder.asked == TEXTS[:1]  # the one that is compared


def test_other_texts_are_made_anew(encoder: CountingEncoder) -> None:
    WordingVectors(encoder).table(TEXTS)
    found = WordingVectors(encoder).table(TEXTS[1:])
    np.testing.assert_array_equal(found, Encoder(encoder.backbone).encode(TEXTS[1:], bucket=4))


@pytest.mark.parametrize("damage", ["cut", "empty", "other numbers", "other width"])
def test_a_table_that_cannot_be_right_is_made_anew(
    damage: str, encoder: CountingEncoder, folder: Path
) -> None:
    made = WordingVectors(encoder).table(TEXTS)
    (path,) = folder.iterdir()
    if damage in ("cut", "empty"):
        path.write_bytes(path.read_bytes()[: -5 if damage == "cut" else 0])
    else:
        digest = wording_vectors.digest_of(TEXTS)
        vectors = load_file(path)["vectors"]
        changed = -vectors if damage == "other numbers" else vectors[:, :-1].copy()
        save_file({"vectors": changed}, path, {"texts": digest})
    np.testing.assert_array_equal(WordingVectors(encoder).table(TEXTS), made)
    encoder.asked.clear()
    np.testing.assert_array_equal(WordingVectors(encoder).table(TEXTS), made)
    assert encoder.asked == TEXTS[:1]  # and it was written again


def test_a_folder_that_cannot_be_written_costs_only_time(
    encoder: CountingEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    found = WordingVectors(encoder).table(TEXTS)
    np.testing.assert_array_equal(found, Encoder(encoder.backbone).encode(TEXTS, bucket=4))


def test_parts_of_questions_are_embedded_once(
    encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wording_vectors, "_HELD", 2)
    vectors = WordingVectors(encoder)
    found = vectors.of([TEXTS[0], TEXTS[1], TEXTS[0]])
    assert encoder.asked == TEXTS[:2]
    np.testing.assert_array_equal(
        np.stack([found[text] for text in TEXTS[:2]]),
        Encoder(encoder.backbone).encode(TEXTS[:2], bucket=4),
    )
    vectors.of([TEXTS[0]])
    vectors.of([TEXTS[2]])  # the second, used least recently, goes
    assert encoder.asked == TEXTS
    vectors.of(TEXTS)
    assert encoder.asked == [*TEXTS, TEXTS[1]]
