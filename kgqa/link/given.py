"""A given graph into the store: its names become entities that no document has to support."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kgqa.documents.triples import GivenTriple
from kgqa.link.resolve import resolve
from kgqa.names import name_key
from kgqa.store.base import GraphStore
from kgqa.store.chunks import chunked
from kgqa.types import Entity, Rejection, Triple, digest_of

_BATCH = 50_000
_TYPE = "miscellaneous"
"""A triple file knows no types; linking takes this one for any that fits."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one import did.

    Attributes:
        added: triples that were not in the graph before.
        unchanged: lines whose triple the graph had, or an earlier line named.
        entities: entities that were not in the graph before.
        rejections: the lines that are no triple.
    """

    added: int
    unchanged: int
    entities: int
    rejections: tuple[Rejection, ...]

    @property
    def taken(self) -> int:
        """Lines that are in the graph now."""
        return self.added + self.unchanged


def import_triples(
    sources: Iterable[GivenTriple | Rejection],
    store: GraphStore,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Put given triples into the graph, under their own relation names; again changes nothing.

    Entities are told apart by their exact name. Written in batches, each whole: what an
    interrupted import left out, the next one adds. Documents that name a given entity are
    linked to it.

    Args:
        sources: what `read_triples` yields.
        progress: called with the number of lines done since the last call.

    Raises:
        StoreError: the store cannot be written.
    """
    before = store.stats()
    rejections: list[Rejection] = []
    read = 0
    for batch in chunked(sources, _BATCH):
        triples = [found for found in batch if not isinstance(found, Rejection)]
        rejections += [found for found in batch if isinstance(found, Rejection)]
        read += len(triples)
        names = dict.fromkeys(name for t in triples for name in (t.head, t.tail))
        store.upsert(
            (given_entity(name) for name in names),
            (Triple(given_id(t.head), t.relation, given_id(t.tail)) for t in triples),
        )
        if progress is not None:
            progress(len(batch))
    resolve(store)
    after = store.stats()
    added = after.triples - before.triples
    return ImportReport(added, read - added, after.entities - before.entities, tuple(rejections))


def given_id(name: str) -> str:
    """The id of the given entity of that exact name."""
    return f"g{digest_of('given', name)[:16]}"


def given_entity(name: str) -> Entity:
    """An entity of a given graph; a name written with_underscores is also known in words."""
    words = " ".join(name.replace("_", " ").split())
    aliases = (words,) if name_key(words) != name_key(name) else ()
    return Entity(given_id(name), _TYPE, name, aliases)
