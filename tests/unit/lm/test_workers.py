"""Batches side by side."""

from __future__ import annotations

import pytest
import torch

from kgqa.lm.workers import side_by_side


def test_each_batch_has_one_thread_and_torch_keeps_its_own() -> None:
    before = torch.get_num_threads()
    seen: list[tuple[int, int]] = []
    side_by_side(lambda batch: seen.append((batch, torch.get_num_threads())), range(5))
    assert sorted(seen) == [(batch, 1) for batch in range(5)]
    assert torch.get_num_threads() == before


def test_the_first_error_ends_the_work() -> None:
    def work(batch: int) -> None:
        raise ValueError(f"batch {batch}")

    with pytest.raises(ValueError, match="batch 0"):
        side_by_side(work, range(100))
