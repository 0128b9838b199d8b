"""A progress bar on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(
    title: str, unit: str, total: int | None = None
) -> Iterator[Callable[[int], None]]:
    """Yields what is called with the number of units done since the last call."""
    from tqdm import tqdm

    with tqdm(desc=title, unit=f" {unit}", total=total, file=sys.stderr) as bar:

        def advance(units: int) -> None:
            bar.update(units)

        yield advance


@contextmanager
def passages_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yields what is called with the passages that are done since the last call, and with those
    that came to be known; the bar says how long these will take."""
    from tqdm import tqdm

    with tqdm(desc=title, unit=" passages", total=0, file=sys.stderr) as bar:

        def advance(done: int, known: int) -> None:
            bar.total = (bar.total or 0) + known
            bar.update(done)
            if known:
                bar.refresh()

        yield advance
