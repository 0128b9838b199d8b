"""A LoRA layer that trains with less work than PEFT's: one product a pass, not three.

    forward:  y = x W'^T + b,  W' = W + s B A
    backward: dx = dy W',  dA = s (dy B)^T x,  dB = s dy^T (x A^T)

W' is made anew in each pass, which costs inputs * outputs * rank: less than the two small
products that it saves as soon as tokens are many. No gradient of the size of W is made.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from peft.tuners.lora import Linear
from torch import Tensor, nn
from torch.nn import functional


class FoldedLora(Linear):
    """PEFT's layer, and the same numbers; its own forward where folding is no gain."""

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """[..., inputs] -> [..., outputs]."""
        if args or kwargs or not self._folds(x):
            return super().forward(x, *args, **kwargs)
        name = self.active_adapter[0]
        base, scale = self.get_base_layer(), self.scaling[name]
        a, b = self.lora_A[name].weight, self.lora_B[name].weight
        return _Folded.apply(x, base.weight, base.bias, a, b, scale)  # type: ignore[no-any-return, no-untyped-call]

    def _folds(self, x: Tensor) -> bool:
        if self.disable_adapters or self.merged or len(self.active_adapter) != 1:
            return False
        name = self.active_adapter[0]
        weight = cast(nn.Linear, self.get_base_layer()).weight
        plain = isinstance(self.lora_dropout[name], nn.Identity) and not self.lora_variant
        same = x.dtype == self.lora_A[name].weight.dtype == weight.dtype
        outputs, inputs = weight.shape
        many = x.numel() // inputs * (inputs + outputs) > inputs * outputs
        return plain and same and many and not torch.is_autocast_enabled()


class _Folded(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float
    ) -> Tensor:
        folded = torch.addmm(weight, b, a, alpha=scale)
        ctx.save_for_backward(x, folded, a, b)
        ctx.scale = scale
        return functional.linear(x, folded, bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, folded, a, b = ctx.saved_tensors
        rows, upper = x.flatten(0, -2), gradient.flatten(0, -2)
        down = gradient @ folded if ctx.needs_input_grad[0] else None
        of_a = (upper @ b).t() @ rows * ctx.scale
        of_b = upper.t() @ (rows @ a.t()) * ctx.scale
        return down, None, None, of_a, of_b, None
