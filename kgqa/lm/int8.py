"""Linear layers with 8-bit weights, for reading on a processor.

    y = s_x s_w q((x - m) / f) q(f W) + m W + b

Each token has its own scale s_x and each output its own s_w, the largest number's over 127
(dynamic quantisation by token and by channel, as in ZeroQuant, Yao et al., NeurIPS 2022, arXiv
2206.01861). Where some inputs are known to be large, f = sqrt(size of x / size of W) moves half
of that into the weights, so that the small ones keep digits (SmoothQuant, Xiao et al., ICML
2023, arXiv 2211.10438). m is 0, or the middle of a token's numbers if they lie to one side.
Whole numbers are multiplied and summed exactly; processors with VNNI instructions do so twice
as fast as in bf16.
"""

from __future__ import annotations

import functools
from pathlib import Path

import torch
from torch import Tensor, nn

_MOST = 127
_LEAST = 1e-8
_FLAGS = frozenset({"avx512_vnni", "avx_vnni"})


class Int8Linear(nn.Module):
    """
    Args:
        weight: [outputs, inputs].
        bias: [outputs].
        sizes: [inputs], about how large each input is; None: all alike.
        least: what no input is below, without `sizes`; None: they lie on both sides of 0.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor,
        sizes: Tensor | None = None,
        least: float | None = None,
    ) -> None:
        super().__init__()
        assert sizes is None or least is None, "a lower bound holds before inputs are shrunk"
        self.least = least
        rows = weight.detach().float()
        self.shrink: Tensor | None = None
        if sizes is not None:
            factors = (sizes.float().clamp_min(_LEAST) / _largest(rows, 0).clamp_min(_LEAST)).sqrt()
            self.shrink, rows = 1 / factors, rows * factors
        scales = _scales(rows)
        stored = _rounded(rows, scales)
        self.register_buffer("weight", stored.t())  # [inputs, outputs]
        self.register_buffer("sums", (stored * scales).sum(1))  # of each output's weights
        self.register_buffer("scales", scales[:, 0].contiguous())
        self.register_buffer("bias", bias.detach().float())
        self.weight: Tensor
        self.sums: Tensor
        self.scales: Tensor
        self.bias: Tensor

    def forward(self, inputs: Tensor) -> Tensor:
        """fp32 [tokens, inputs] -> fp32 [tokens, outputs]."""
        if self.shrink is not None:
            inputs = inputs * self.shrink
        middle = None
        if self.least is not None:
            middle = (inputs.amax(1, keepdim=True) + self.least) / 2
            scales = ((middle - self.least) / _MOST).clamp_min_(_LEAST)
            inputs = inputs - middle
        else:
            scales = _scales(inputs)
        products = torch._int_mm(_rounded(inputs, scales), self.weight).float()
        found = torch.addcmul(self.bias, products.mul_(scales), self.scales)
        return found if middle is None else found.addr_(middle[:, 0], self.sums)


def _scales(rows: Tensor) -> Tensor:
    """[rows, 1], so that a row divided by its scale lies in [-127, 127]."""
    return _largest(rows, 1)[:, None].mul_(1 / _MOST).clamp_min_(_LEAST)


def _largest(rows: Tensor, dim: int) -> Tensor:
    # Not `aminmax` or the infinity norm: those take ten times as long.
    return rows.abs().amax(dim)


def _rounded(rows: Tensor, scales: Tensor) -> Tensor:
    return (rows / scales).round_().to(torch.int8)


@functools.cache
def multiplies_int8() -> bool:
    """Whether the processor has instructions for sums of 8-bit products, and torch uses them."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not _FLAGS.isdisjoint(flags.split())
