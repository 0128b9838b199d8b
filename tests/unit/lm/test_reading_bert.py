"""The network that reads answers against the plain one, whose weights it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from kgqa.lm.adapter import AdapterSettings, add_adapter
from kgqa.lm.backbone import Backbone, load_backbone
from kgqa.lm.int8 import Int8Linear
from kgqa.lm.reading_bert import ReadingBert, for_reading

TEXTS = [
    "Who wrote the first program? Ada Lovelace wrote it in 1843, for a machine never built.",
    "Where was she buried?",
    "The town lies on the river Leen, and has about 32,000 inhabitants.",
]


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(precision="fp32")


@pytest.fixture(scope="module")
def asked(backbone: Backbone) -> dict[str, Tensor]:
    """Three texts of different lengths, padded, then two virtual tokens each."""
    pieces = [encoding.ids for encoding in backbone.tokenizer.encode(TEXTS, 64)]
    length = max(map(len, pieces))
    ids = torch.tensor([one + [0] * (length - len(one)) for one in pieces])
    mask = torch.tensor([[1] * len(one) + [0] * (length - len(one)) for one in pieces])
    words = backbone.model.get_input_embeddings()(ids)  # type: ignore[operator]
    virtual = words[:, 1:3] * 1.1
    return {
        "inputs_embeds": torch.cat([words, virtual], dim=1),
        "attention_mask": torch.cat([mask, torch.ones(3, 2, dtype=torch.long)], dim=1),
        "token_type_ids": torch.ones(3, length + 2, dtype=torch.long),
    }


@torch.inference_mode()
def test_states_are_those_of_the_plain_network(
    backbone: Backbone, asked: dict[str, Tensor]
) -> None:
    shown = asked["attention_mask"].bool()
    expected = backbone.model(**asked).last_hidden_state[shown]
    found = ReadingBert(backbone.model, "fp32")(**asked).last_hidden_state  # type: ignore[arg-type]
    torch.testing.assert_close(found[shown], expected, rtol=1e-4, atol=1e-4)
    assert not found[~shown].any()
    for precision, least in (("bf16", 0.02), ("int8", 0.1)):
        model = ReadingBert(backbone.model, precision)  # type: ignore[arg-type]
        near = model(**asked).last_hidden_state[shown].float()
        error = (near - expected).norm() / expected.norm()
        assert 0 < error < least, (precision, error)


@torch.inference_mode()
def test_ids_alone_give_the_same_states(backbone: Backbone) -> None:
    ids = torch.tensor([[101, 7592, 2088, 102]])
    found = ReadingBert(backbone.model, "fp32")(input_ids=ids)  # type: ignore[arg-type]
    expected = backbone.model(input_ids=ids)
    torch.testing.assert_close(
        found.last_hidden_state, expected.last_hidden_state, rtol=1e-4, atol=1e-4
    )


@torch.inference_mode()
def test_a_row_among_others_is_read_as_alone(backbone: Backbone, asked: dict[str, Tensor]) -> None:
    for precision in ("fp32", "int8"):
        model = ReadingBert(backbone.model, precision)  # type: ignore[arg-type]
        together = model(**asked).last_hidden_state
        for row in range(3):
            alone = {name: tensor[row : row + 1] for name, tensor in asked.items()}
            torch.testing.assert_close(
                model(**alone).last_hidden_state[0], together[row], rtol=1e-3, atol=1e-3
            )


@torch.inference_mode()
def test_8_bits_come_near_the_product_and_spare_small_inputs_beside_large_ones() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(24, 32, generator=generator)
    bias = torch.randn(24, generator=generator)
    inputs = torch.randn(10, 32, generator=generator)
    error = _error(Int8Linear(weight, bias), inputs, weight, bias)
    assert 0 < error < 0.02
    sizes = torch.ones(32)
    sizes[3] = 60
    outlying = inputs * sizes
    plain = _error(Int8Linear(weight, bias), outlying, weight, bias)
    spared = _error(Int8Linear(weight, bias, sizes), outlying, weight, bias)
    assert spared < 0.7 * plain
    positive = inputs.abs()
    both = _error(Int8Linear(weight, bias), positive, weight, bias)
    one = _error(Int8Linear(weight, bias, least=0.0), positive, weight, bias)
    assert one < 0.9 * both


def _error(layer: Int8Linear, inputs: Tensor, weight: Tensor, bias: Tensor) -> float:
    exact = inputs @ weight.T + bias
    return float((layer(inputs) - exact).norm() / exact.norm())


def test_zeros_are_zeros_in_8_bits() -> None:
    for least in (None, 0.0, -0.17):
        layer = Int8Linear(torch.zeros(4, 8), torch.ones(4), least=least)
        assert torch.equal(layer(torch.zeros(3, 8)), torch.ones(3, 4))


def test_a_network_with_an_adapter_in_it_is_not_remade(backbone: Backbone) -> None:
    before = {name: tensor.clone() for name, tensor in backbone.model.state_dict().items()}
    assert isinstance(for_reading(backbone.model, "int8"), ReadingBert)
    for name, tensor in backbone.model.state_dict().items():
        assert torch.equal(tensor, before[name])
    adapted: nn.Module = add_adapter(backbone.copy_model(), AdapterSettings("bottleneck", 4))
    assert for_reading(adapted, "int8") is adapted


def test_the_choice_is_remembered(
    backbone: Backbone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("kgqa.lm.reading_bert.multiplies_int8", lambda: True)
    first = for_reading(backbone.model, "auto")
    (kept,) = (tmp_path / "kgqa").glob("reading-*")
    assert isinstance(first, ReadingBert)
    eight = isinstance(first.layers[0].attend, Int8Linear)
    assert kept.read_text() == ("int8" if eight else "own")
    kept.write_text("own" if eight else "int8")
    second = for_reading(backbone.model, "auto")
    assert isinstance(second, ReadingBert)
    assert isinstance(second.layers[0].attend, Int8Linear) != eight
