"""The folded LoRA layer against PEFT's own on the same parameters."""

from __future__ import annotations

import pytest
import torch
from peft.tuners.lora import Linear
from torch import Tensor, nn

from kgqa.lm.adapter import add_lora
from kgqa.lm.folded_lora import FoldedLora


def layer(dropout: float = 0.0, dtype: torch.dtype = torch.float32) -> FoldedLora:
    torch.manual_seed(0)
    made = add_lora(nn.Sequential(nn.Linear(16, 24)).to(dtype), 4, 8, dropout)[0]  # type: ignore[index]
    assert isinstance(made, FoldedLora)
    nn.init.normal_(made.lora_B["default"].weight)
    return made.to(dtype)


def passed(one: FoldedLora, inputs: Tensor, peft: bool) -> list[Tensor]:
    """What comes out, and the gradients of the input and of A and B."""
    one.zero_grad()
    entering = inputs.clone().requires_grad_()
    found = Linear.forward(one, entering) if peft else one(entering)
    (found * torch.arange(found.numel()).view(found.shape).sin().to(found.dtype)).sum().backward()
    weights = one.lora_A["default"].weight, one.lora_B["default"].weight
    return [found.detach(), entering.grad, *(w.grad.clone() for w in weights)]  # type: ignore[list-item, union-attr]


@pytest.mark.parametrize("shape", [(3, 50, 16), (200, 16)])
def test_values_and_gradients_are_those_of_peft(shape: tuple[int, ...]) -> None:
    one, inputs = layer(), torch.randn(shape, generator=torch.Generator().manual_seed(1))
    assert type(one(inputs).grad_fn).__name__ == "_FoldedBackward"
    for found, expected in zip(passed(one, inputs, False), passed(one, inputs, True), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_bf16_is_as_near_to_fp32_as_peft_is() -> None:
    inputs = torch.randn(200, 16, generator=torch.Generator().manual_seed(1))
    exact = passed(layer(), inputs, True)
    half = layer(dtype=torch.bfloat16)
    for peft in (False, True):
        for found, expected in zip(passed(half, inputs.bfloat16(), peft), exact, strict=True):
            assert (found.float() - expected).norm() < 0.02 * expected.norm()


def test_few_tokens_dropout_and_a_layer_that_is_off_are_left_to_peft() -> None:
    inputs = torch.randn(200, 16)
    assert type(layer()(inputs[:2]).grad_fn).__name__ != "_FoldedBackward"
    assert type(layer(dropout=0.5)(inputs).grad_fn).__name__ != "_FoldedBackward"
    one = layer()
    one.enable_adapters(False)
    torch.testing.assert_close(one(inputs), one.base_layer(inputs))


def test_no_gradient_reaches_frozen_inputs() -> None:
    one = layer()
    one(torch.randn(200, 16)).sum().backward()
    assert one.base_layer.weight.grad is None
    assert one.lora_A["default"].weight.grad.norm() > 0  # type: ignore[union-attr]
