"""All of a graph, page by page: each page is read as it is when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from kgqa.store import neo4j_content, neo4j_read
from kgqa.store.chunks import chunked
from kgqa.store.neo4j_session import Session
from kgqa.store.neo4j_transaction import Transaction
from kgqa.types import Document, Entity, Triple

_PAGE = 1_000
_DOCUMENTS_PAGE = 20  # their texts may be long


def documents(session: Session) -> Iterator[Document]:
    """Ordered by source and id."""
    keys = session.reading(neo4j_read.document_keys)
    for page in chunked(keys, _DOCUMENTS_PAGE):
        yield from session.reading(partial(neo4j_read.documents, uids=page))


def all_entities(session: Session) -> Iterator[Entity]:
    """Ordered by id."""
    for page in _entity_pages(session):
        found = session.reading(partial(neo4j_read.entities_by_key, uids=page))
        yield from (found[uid] for uid in page if uid in found)


def given_entities(session: Session) -> Iterator[Entity]:
    """Ordered by id."""
    for page in _entity_pages(session):
        yield from session.reading(partial(neo4j_content.given_entities, uids=page))


def by_heads(
    session: Session, read: Callable[[Transaction, Sequence[int]], list[Triple]]
) -> Iterator[Triple]:
    """What `read` gives for the node keys of all entities, as heads."""
    for page in _entity_pages(session):
        yield from session.reading(lambda tx, page=page: read(tx, page))  # type: ignore[misc]


def _entity_pages(session: Session) -> Iterator[list[int]]:
    yield from chunked(session.reading(neo4j_read.entity_keys), _PAGE)
