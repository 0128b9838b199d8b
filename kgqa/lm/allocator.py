"""Tell glibc to keep large allocations, which tensor work frees and takes again at once.

A training step spends much of its time in page faults otherwise (up to threefold).
"""

from __future__ import annotations

import ctypes
import functools
import sys

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_NEVER = (1 << 31) - 1
_TOP_PAD_BYTES = 64 << 20


@functools.cache
def keep_large_allocations() -> bool:
    """Set glibc's malloc thresholds once a process. False where the C library has none."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    settings = (
        (_M_MMAP_THRESHOLD, _NEVER),
        (_M_TRIM_THRESHOLD, _NEVER),
        (_M_TOP_PAD, _TOP_PAD_BYTES),
    )
    taken = [mallopt(option, value) == 1 for option, value in settings]
    return all(taken)


def give_back() -> None:
    """Hand what is free back to the system, pages inside the heap too (glibc's `malloc_trim`).

    Between two parts of a long work it costs a hundredth of their time, and keeps what was freed
    and cut into pieces from adding up.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
