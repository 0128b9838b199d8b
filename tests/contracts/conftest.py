"""Every GraphStore backend, each test on each. A new backend is one line in BACKENDS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from kgqa.store.base import GraphStore
from kgqa.store.open import open_store

_NUMBERS = count()
_Url = Callable[[pytest.FixtureRequest, Path], str]

BACKENDS: dict[str, _Url] = {
    "sqlite": lambda _, folder: f"sqlite:///{folder / f'{next(_NUMBERS)}.db'}",
    # One database, and a graph of its own in it for each store.
    "neo4j": lambda request, _: request.getfixturevalue("new_neo4j_url")(),
}
"""Name -> what gives the URL of a store that does not exist yet."""


@pytest.fixture(params=list(BACKENDS))
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], GraphStore]]:
    """Opens one more empty store at each call."""
    url = BACKENDS[request.param]
    with ExitStack() as opened:
        yield lambda: opened.enter_context(open_store(url(request, tmp_path)))


@pytest.fixture
def store(new_store: Callable[[], GraphStore]) -> GraphStore:
    return new_store()
