from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from kgqa.errors import WeightsError
from kgqa.lm import backbone as backbone_module
from kgqa.lm.backbone import Backbone, load_backbone
from kgqa.lm.batching import length_buckets, padded_length
from kgqa.lm.checksum import check_sha256
from kgqa.lm.encoder import Encoder

TEXTS = ["Marie Curie was born in Warsaw.", "Ada", "The analytical engine of Charles Babbage " * 6]


def test_a_folder_loads_frozen_with_a_digest_of_its_weights(tiny_backbone_folder: Path) -> None:
    first = load_backbone(str(tiny_backbone_folder), "fp32")
    second = load_backbone(str(tiny_backbone_folder), "bf16")
    assert first.digest == second.digest
    assert first.width == 32
    assert second.dtype == torch.bfloat16
    assert not any(p.requires_grad for p in first.model.parameters())


def test_the_packaged_backbone_is_the_known_one() -> None:
    folder = backbone_module.packaged_folder()
    assert (folder / "config.json").is_file()


def test_a_changed_weight_file_is_refused(tiny_backbone_folder: Path, tmp_path: Path) -> None:
    changed = tmp_path / "model.safetensors"
    shutil.copy(tiny_backbone_folder / "model.safetensors", changed)
    with changed.open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x7f")
    with pytest.raises(WeightsError, match="expected 53aa51172d142c89"):
        check_sha256(changed, backbone_module.PACKAGED_SHA256)


def test_a_missing_folder_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="expected `fast`, `accurate`, a folder"):
        load_backbone(str(tmp_path / "nowhere"), "fp32")


def test_pickled_weights_are_never_read(tiny_backbone_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_backbone_folder, folder)
    model = load_backbone(str(folder), "fp32").model
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(WeightsError):
        load_backbone(str(folder), "fp32")


def test_vectors_have_unit_length_and_ignore_order_and_company(tiny_backbone: Backbone) -> None:
    encoder = Encoder(tiny_backbone)
    together = encoder.encode(TEXTS)
    backwards = encoder.encode(TEXTS[::-1])[::-1]
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together, backwards, atol=1e-6)
    assert np.allclose(together, alone, atol=1e-6)
    assert encoder.encode([]).shape == (0, 32)


def test_buckets_hold_each_index_once_and_one_padded_length() -> None:
    lengths = [3, 40, 16, 17, 200, 33, 16, 1, 5, 48]
    batches = list(length_buckets(lengths, 3))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= 3
        assert len({padded_length(lengths[i]) for i in batch}) == 1
