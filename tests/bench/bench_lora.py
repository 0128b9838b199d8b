"""A training step of the packaged backbone with LoRA: our layers against PEFT's own.

    python tests/bench/bench_lora.py [--rounds 6]

Steps of both take turns in one run; a step is forward and backward over 16 texts of 176 tokens,
in two parts side by side, as the reader trains. PEFT's layers run in the same network.
"""

from __future__ import annotations

import argparse
import statistics
import time
from unittest import mock

import torch
from torch import Tensor, nn

from kgqa.lm.adapter import AdapterSettings, add_adapter
from kgqa.lm.backbone import load_backbone
from kgqa.lm.folded_lora import FoldedLora
from kgqa.lm.workers import side_by_side

_ROWS, _TOKENS = 8, 176


def seconds(model: nn.Module, parts: list[Tensor]) -> float:
    started = time.perf_counter()
    side_by_side(lambda ids: model(input_ids=ids).last_hidden_state.sum().backward(), parts)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6)
    rounds = parser.parse_args().rounds
    torch.manual_seed(0)
    model = add_adapter(load_backbone(precision="fp32").copy_model(), AdapterSettings("lora", 48))
    parts = [torch.randint(1000, 20000, (_ROWS, _TOKENS)) for _ in range(2)]
    folded, plain = [], []
    for _ in range(rounds + 1):  # the first round warms up
        folded.append(seconds(model, parts))
        with mock.patch.object(FoldedLora, "_folds", return_value=False):
            plain.append(seconds(model, parts))
    ours, theirs = statistics.median(folded[1:]), statistics.median(plain[1:])
    print(f"folded {ours:.3f} s, PEFT's {theirs:.3f} s a step: ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
