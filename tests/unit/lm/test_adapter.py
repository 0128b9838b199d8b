from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from kgqa.errors import WeightsError
from kgqa.lm.adapter import (
    CARD_FILE,
    WEIGHTS_FILE,
    add_lora,
    load_adapter,
    merge_lora,
    save_adapter,
)
from kgqa.lm.backbone import Backbone

IDS = torch.tensor([[2, 10, 11, 12, 3]])


def _adapted(backbone: Backbone) -> torch.nn.Module:
    model = add_lora(backbone.copy_model(), 4, 8)
    generator = torch.Generator().manual_seed(1)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    return model.eval()


@torch.inference_mode()
def test_merged_weights_compute_what_peft_computes(tiny_backbone: Backbone) -> None:
    adapted = _adapted(tiny_backbone)
    tensors = {n: p for n, p in adapted.named_parameters() if "lora_" in n}
    merged = merge_lora(tiny_backbone.copy_model(), tensors, scale=2.0)
    expected = adapted(input_ids=IDS).last_hidden_state
    plain = tiny_backbone.model(input_ids=IDS).last_hidden_state
    assert torch.allclose(merged(input_ids=IDS).last_hidden_state, expected, atol=1e-5)
    assert not torch.allclose(plain, expected, atol=1e-3)


def test_only_lora_is_trainable_and_every_linear_layer_has_it(tiny_backbone: Backbone) -> None:
    model = add_lora(tiny_backbone.copy_model(), 4)
    trainable = [n for n, p in model.named_parameters() if p.requires_grad]
    linear = [n for n, m in tiny_backbone.model.named_modules() if isinstance(m, torch.nn.Linear)]
    assert all("lora_" in name for name in trainable)
    assert len(trainable) == 2 * len(linear)


def _save(folder: Path, backbone: Backbone) -> None:
    card = {"kind": "reader", "backbone": backbone.digest, "ontology": "abc"}
    save_adapter(folder, {"x": torch.ones(2)}, card)


def test_what_is_saved_is_read_back(tiny_backbone: Backbone, tmp_path: Path) -> None:
    _save(tmp_path, tiny_backbone)
    saved = load_adapter(tmp_path, "reader", tiny_backbone, "abc")
    assert torch.equal(saved.tensors["x"].float(), torch.ones(2))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / WEIGHTS_FILE).unlink(), "no such weight file"),
        (lambda f: (f / CARD_FILE).unlink(), "no such weight card"),
        (lambda f: (f / CARD_FILE).write_text("{"), "not a readable weight card"),
        (lambda f: (f / WEIGHTS_FILE).write_bytes(b"x"), "SHA-256"),
        (lambda f: _edit(f, kind="extractor"), "expected a card of kind"),
        (lambda f: _edit(f, backbone="other"), "another backbone"),
        (lambda f: _edit(f, ontology="other"), "another ontology"),
    ],
)
def test_what_does_not_fit_is_refused(spoil, message, tiny_backbone, tmp_path) -> None:  # type: ignore[no-untyped-def]
    _save(tmp_path, tiny_backbone)
    spoil(tmp_path)
    with pytest.raises(WeightsError, match=message):
        load_adapter(tmp_path, "reader", tiny_backbone, "abc")


def _edit(folder: Path, **changes: str) -> None:
    path = folder / CARD_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
