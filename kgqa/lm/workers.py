"""Batches side by side: one thread a batch keeps the processor busier than all on one.

Between the large products of a pass lie many small steps that one thread does alone. Where
each batch has one thread to itself, the others compute meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Batch = TypeVar("Batch")


def side_by_side(work: Callable[[Batch], object], batches: Iterable[Batch]) -> None:
    """Call `work` on each batch, as many at a time as torch has threads, one thread each.

    Raises:
        Exception: what `work` raised first; the batches that wait are dropped.
    """
    threads = torch.get_num_threads()
    with ThreadPoolExecutor(threads, initializer=lambda: torch.set_num_threads(1)) as pool:
        try:
            for _ in pool.map(work, batches):
                pass
        finally:
            pool.shutdown(cancel_futures=True)
            # A part of what the workers set holds for the whole process.
            torch.set_num_threads(threads)
