"""Where a training computes."""

from __future__ import annotations

from dataclasses import Field, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar

import torch


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Record = TypeVar("Record", bound=_Dataclass)


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
