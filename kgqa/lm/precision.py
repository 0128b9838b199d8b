"""bf16 or fp32: measured once a machine, then remembered.

Which is faster differs between processors that both have bf16 instructions, so a rule by
processor flags would be wrong on some. The choice is kept in the user's cache folder: were
it measured in each process, noise could flip it, and with it the extracted graph's digest.
"""

from __future__ import annotations

import copy
import hashlib
import platform
import time
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from kgqa.lm.cache_folder import cache_folder, remember

Precision = Literal["auto", "bf16", "fp32"]
_SEQUENCES, _TOKENS, _ROUNDS = 8, 128, 3
_MARGIN = 1.15
"""bf16 loses digits: it has to be this much faster to be worth it."""


def fastest_precision(model: nn.Module) -> torch.dtype:
    """The faster dtype for this encoder's forward pass, from the cache or by measuring."""
    remembered = _cache_file()
    try:
        choice = remembered.read_text().strip()
    except OSError:
        choice = ""
    if choice not in {"bf16", "fp32"}:
        choice = _measure(model)
        remember(remembered, choice.encode())
    return torch.bfloat16 if choice == "bf16" else torch.float32


def _measure(model: nn.Module) -> str:
    seconds = {}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        # A copy: weights that were bf16 once would stay rounded.
        seconds[name] = _best_of(copy.deepcopy(model).to(dtype))
    return "bf16" if seconds["fp32"] > _MARGIN * seconds["bf16"] else "fp32"


@torch.inference_mode()
def _best_of(model: nn.Module) -> float:
    ids = torch.arange(_SEQUENCES * _TOKENS).view(_SEQUENCES, _TOKENS) % 100 + 1
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        model(input_ids=ids, attention_mask=torch.ones_like(ids))
        times.append(time.perf_counter() - start)
    return min(times)


def _cache_file() -> Path:
    machine = f"{_processor()} {torch.__version__} {torch.get_num_threads()}"
    return cache_folder() / f"precision-{hashlib.sha256(machine.encode()).hexdigest()[:16]}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith("model name")), platform.processor())
