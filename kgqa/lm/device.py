"""Where a training computes."""

from __future__ import annotations

import torch


def training_device() -> torch.device:
    """The GPU where there is one, whose fp32 products are TF32 from then on, else the
    processor. Reading stays on the processor."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.set_float32_matmul_precision("high")
    return torch.device("cuda")
