"""A graph from one store into another, with equal digests."""

from __future__ import annotations

from kgqa.errors import StoreError
from kgqa.store.base import GraphStore
from kgqa.store.records import Stats
from kgqa.types import Link


def copy_graph(source: GraphStore, target: GraphStore) -> Stats:
    """Copy everything: documents, links, given knowledge, and the queue of names.

    A copy that was cut off can be run again: what is there already changes nothing.

    Returns:
        The sizes and digest of both.

    Raises:
        StoreError: the target holds documents that the source lacks, the source was written
            to meanwhile, or the digests differ.
    """
    version = source.version()
    documents = [document.id for document in source.documents()]
    foreign = [d.source for d in target.documents() if d.id not in set(documents)]
    if foreign:
        raise StoreError(
            f"copy to {target.url}: expected an empty store or a part of {source.url}, it holds "
            f"{foreign[0]!r} and {len(foreign) - 1} more documents; name an empty one"
        )
    target.upsert(source.given_entities(), ())
    target.upsert((), source.given_triples())
    for document_id in documents:
        _copy_document(source, target, document_id)
    waiting = set(source.pending_keys())
    target.assign((), (), [key for key in target.pending_keys() if key not in waiting])
    if source.version() != version:
        raise StoreError(
            f"copy from {source.url}: expected a store at rest, but it was written to "
            "meanwhile; run the copy again"
        )
    before, after = source.stats(), target.stats()
    if before != after:
        raise StoreError(
            f"copy to {target.url}: expected digest {before.digest}, got {after.digest}; "
            "the target held knowledge of its own: copy into an empty store"
        )
    return after


def _copy_document(source: GraphStore, target: GraphStore, document_id: str) -> None:
    content = source.content_of(document_id)
    target.replace_document(content.extraction, content.vectors)
    links = [Link(cluster, entity, 1.0) for cluster, entity in content.entities.items()]
    wanted = sorted({link.entity_id for link in links if link.entity_id is not None})
    target.assign(source.entities(wanted), links, ())
