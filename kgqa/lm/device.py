"""Where a training computes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def moved(record: Record, device: torch.device) -> Record:
    """The record with all its fields, tensors or records of tensors, on that device."""
    return replace(record, **{f.name: getattr(record, f.name).to(device) for f in fields(record)})


def training_device() -> torch.device:
    """The GPU where there is one, whose fp32 products are TF32 from then on, else the
    processor. Reading stays on the processor."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.set_float32_matmul_precision("high")
    return torch.device("cuda")
