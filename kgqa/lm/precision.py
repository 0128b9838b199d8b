"""bf16, fp32 or 8 bits: measured once a machine and sort of model, then remembered.

Which is faster differs between processors that both have bf16 instructions, so a rule by
processor flags would be wrong on some. The choice is kept in the user's cache folder: were
it measured in each process, noise could flip it, and with it the extracted graph's digest.
"""

from __future__ import annotations

import copy
import hashlib
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from kgqa.lm.cache_folder import cache_folder, remember

Precision = Literal["auto", "bf16", "fp32", "int8"]
_SEQUENCES, _TOKENS, _ROUNDS = 8, 128, 5
_MARGIN = 1.15
"""Fewer bits lose digits: they have to be this much faster to be worth it."""


def fastest_precision(model: nn.Module) -> torch.dtype:
    """The faster dtype for this encoder's forward pass, from the cache or by measuring."""
    # Copies: weights that were bf16 once would stay rounded.
    made = {
        "fp32": lambda: copy.deepcopy(model).to(torch.float32),
        "bf16": lambda: copy.deepcopy(model).to(torch.bfloat16),
    }
    fastest = _faster("precision", model, made)
    return torch.bfloat16 if fastest == "bf16" else torch.float32


def int8_is_faster(
    model: nn.Module, made: Callable[[], nn.Module], int8: Callable[[], nn.Module]
) -> bool:
    """Whether a network reads faster in 8 bits, from the cache or by measuring.

    Args:
        made, int8: make the model as it reads in its own precision and in 8 bits.
    """
    return _faster("reading", model, {"own": made, "int8": int8}) == "int8"


def _faster(kind: str, model: nn.Module, made: Mapping[str, Callable[[], nn.Module]]) -> str:
    """The first of two, unless the second is faster by `_MARGIN`; remembered for the machine and
    for models of this one's shapes."""
    remembered = _cache_file(kind, model)
    try:
        choice = remembered.read_text().strip()
    except OSError:
        choice = ""
    if choice not in made:
        first, second = made
        slow, fast = _best_times([make() for make in made.values()])
        choice = second if slow > _MARGIN * fast else first
        remember(remembered, choice.encode())
    return choice


@torch.inference_mode()
def _best_times(models: Sequence[nn.Module]) -> list[float]:
    """Each model's best of some passes, taken in turns: other work on the machine, which would
    decide for good otherwise, slows all alike."""
    ids = torch.arange(_SEQUENCES * _TOKENS).view(_SEQUENCES, _TOKENS) % 100 + 1
    times: list[list[float]] = [[] for _ in models]
    for _ in range(_ROUNDS):
        for taken, model in zip(times, models, strict=True):
            start = time.perf_counter()
            model(input_ids=ids, attention_mask=torch.ones_like(ids))
            taken.append(time.perf_counter() - start)
    return list(map(min, times))


def _cache_file(kind: str, model: nn.Module) -> Path:
    machine = f"{_processor()} {torch.__version__} {torch.get_num_threads()}"
    shapes = " ".join(str(list(parameter.shape)) for parameter in model.parameters())
    key = hashlib.sha256(f"{machine} {type(model).__name__} {shapes}".encode()).hexdigest()
    return cache_folder() / f"{kind}-{key[:16]}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith("model name")), platform.processor())
