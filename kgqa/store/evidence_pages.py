"""Triples with their evidence, all of a store, page by page."""

from __future__ import annotations

from collections.abc import Iterator

from kgqa.store.base import GraphStore
from kgqa.store.chunks import chunked
from kgqa.types import Evidence, Triple

_PAGE = 1_000


def supported_triples(store: GraphStore) -> Iterator[tuple[Triple, list[Evidence]]]:
    """Every triple with its evidence, in no order that another backend would share."""
    for page in chunked(store.all_triples(), _PAGE):
        found: dict[Triple, list[Evidence]] = {triple: [] for triple in page}
        for evidence in store.evidence_of(page):
            found[evidence.triple].append(evidence)
        yield from found.items()
