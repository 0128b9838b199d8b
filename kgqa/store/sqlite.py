"""The embedded graph store: one SQLite file, WAL, no server.

One connection behind a lock serves all threads of a process; several processes may read
and write one file at once (writers wait for each other). Every write is one transaction,
`upsert` one for each batch, so that a kill at any moment leaves a store that opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

from kgqa.store import (
    sqlite_clusters,
    sqlite_content,
    sqlite_given,
    sqlite_graph,
    sqlite_links,
    sqlite_pages,
    sqlite_read,
    sqlite_walk,
    sqlite_write,
)
from kgqa.store.chunks import chunked
from kgqa.store.extraction_check import check_extraction
from kgqa.store.passage_matrix import PassageMatrix
from kgqa.store.records import ClusterContext, DocumentContent, Edges, NamedEntity, Stats, Vectors
from kgqa.store.resolver import Resolver, Seen
from kgqa.store.sqlite_file import connect, path_of
from kgqa.store.sqlite_session import Session
from kgqa.store.sqlite_stats import stats
from kgqa.types import Document, Entity, Evidence, Extraction, Link, ScoredPassage, Triple

_UPSERT_BATCH = 50_000


class SqliteStore:
    """GraphStore on SQLite; `kgqa.store.base.GraphStore` documents the methods.

    All methods raise StoreError when the file cannot be read or written (disk full,
    locked for a minute, damaged, store closed).
    """

    def __init__(self, url: str, session: Session) -> None:
        self.url = url
        self._session = session
        self._resolver = Resolver()
        self._stats: tuple[int, Stats] | None = None
        self._matrix: tuple[int, PassageMatrix] | None = None

    @classmethod
    def open(cls, url: str) -> SqliteStore:
        """Open `sqlite:///relative.db`, `sqlite:////absolute.db` or `sqlite:///:memory:`.

        A store whose file or folder cannot be written to can be read.

        Raises:
            StoreError: see `kgqa.store.open.open_store`.
        """
        return cls(url, Session(connect(path_of(url)), url))

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- writing ---------------------------------------------------------------------
    def replace_document(self, extraction: Extraction, vectors: Vectors) -> str:
        check_extraction(extraction, vectors)
        with self._session.writing() as connection:
            return sqlite_write.replace_document(connection, extraction, vectors)

    def delete_document(self, document_id: str) -> bool:
        with self._session.writing() as connection:
            return sqlite_write.delete_document(connection, document_id)

    def upsert(self, entities: Iterable[Entity], triples: Iterable[Triple]) -> None:
        """See GraphStore. One transaction for each 50,000 records: after an error the
        batches before it are in, and the same call again completes them."""
        for entity_batch in chunked(entities, _UPSERT_BATCH):
            with self._session.writing() as connection:
                sqlite_given.put_given_entities(connection, entity_batch)
        known: dict[str, int] = {}
        for triple_batch in chunked(triples, _UPSERT_BATCH):
            with self._session.writing() as connection:
                sqlite_given.put_given_triples(connection, triple_batch, known)

    def pending_keys(self) -> list[str]:
        with self._session.reading() as connection:
            self._resolver.seen = sqlite_clusters.counters(connection)
            return sqlite_clusters.pending_keys(connection)

    def clusters(self, keys: Sequence[str]) -> list[ClusterContext]:
        with self._session.reading() as connection:
            return sqlite_clusters.clusters(connection, keys)

    def assign(
        self, entities: Sequence[Entity], links: Sequence[Link], keys: Sequence[str]
    ) -> None:
        """See GraphStore. Aliases of `entities` are not read: they follow the clusters.

        A key that another writer touched after this thread last called `pending_keys`
        stays pending.
        """
        seen = self._resolver.seen
        with self._session.writing() as connection:
            sqlite_links.write_links(connection, entities, links)
            settled = sqlite_clusters.settle_keys(connection, keys, seen)
        if seen is not None and settled:
            self._resolver.seen = Seen(seen.version, seen.assigned + 1)

    # -- reading ---------------------------------------------------------------------
    def version(self) -> int:
        with self._session.reading() as connection:
            return sqlite_clusters.counters(connection).version

    def stats(self) -> Stats:
        with self._session.reading() as connection:
            version = sqlite_clusters.counters(connection).version
            if self._stats is None or self._stats[0] != version:
                self._stats = (version, stats(connection))
            return self._stats[1]

    def document_state(self, document_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        with self._session.reading() as connection:
            return sqlite_read.document_state(connection, document_ids)

    def documents(self) -> Iterator[Document]:
        return sqlite_pages.documents(self._session)

    def find_documents(self, name: str) -> list[Document]:
        with self._session.reading() as connection:
            return sqlite_read.find_documents(connection, name)

    def passages(self, passage_ids: Sequence[str]) -> list[ScoredPassage]:
        with self._session.reading() as connection:
            return sqlite_read.passages(connection, passage_ids)

    def passage_vectors(self) -> tuple[list[str], Vectors]:
        with self._session.reading() as connection:
            return sqlite_read.passage_vectors(connection)

    def search_text(self, text: str, limit: int) -> list[tuple[str, float]]:
        with self._session.reading() as connection:
            return sqlite_read.search_text(connection, text, limit)

    def search_vectors(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        return self._passage_matrix().nearest(vector, limit)

    def cosines(self, vector: Vectors, passage_ids: Sequence[str]) -> Vectors:
        return self._passage_matrix().cosines(vector, passage_ids)

    def _passage_matrix(self) -> PassageMatrix:
        """Of the store as it is now; kept until the store is written to."""
        with self._session.reading() as connection:
            version = sqlite_clusters.counters(connection).version
            if self._matrix is None or self._matrix[0] != version:
                vectors = sqlite_read.passage_vectors(connection)
                self._matrix = (version, PassageMatrix(*vectors))
            return self._matrix[1]

    def find_entities(self, keys: Sequence[str]) -> list[NamedEntity]:
        with self._session.reading() as connection:
            return sqlite_graph.find_entities(connection, keys)

    def entities(self, entity_ids: Sequence[str]) -> list[Entity]:
        with self._session.reading() as connection:
            return sqlite_graph.entities(connection, entity_ids)

    def all_entities(self) -> Iterator[Entity]:
        return sqlite_pages.entities(self._session, sqlite_graph.entities_after)

    def all_triples(self) -> Iterator[Triple]:
        return sqlite_pages.triples(self._session, sqlite_graph.triples_after)

    def triples_of(self, entity_ids: Sequence[str], limit: int = 1000) -> list[Triple]:
        with self._session.reading() as connection:
            return sqlite_graph.triples_of(connection, entity_ids, limit)

    def evidence_of(self, triples: Sequence[Triple]) -> list[Evidence]:
        with self._session.reading() as connection:
            return sqlite_graph.evidence_of(connection, triples)

    def documents_of(self, entity_ids: Sequence[str]) -> dict[str, list[Document]]:
        with self._session.reading() as connection:
            return sqlite_graph.documents_of(connection, entity_ids)

    def entities_of(self, passage_ids: Sequence[str]) -> dict[str, list[str]]:
        with self._session.reading() as connection:
            return sqlite_graph.entities_of(connection, passage_ids)

    # -- whole content, to move it ---------------------------------------------------
    def content_of(self, document_id: str) -> DocumentContent:
        with self._session.reading() as connection:
            return sqlite_content.content_of(connection, document_id)

    def given_entities(self) -> Iterator[Entity]:
        return sqlite_pages.entities(self._session, sqlite_content.given_entities_after)

    def given_triples(self) -> Iterator[Triple]:
        return sqlite_pages.triples(self._session, sqlite_content.given_triples_after)

    # -- graph walking ---------------------------------------------------------------
    def edges(self, nodes: Sequence[int]) -> Edges:
        with self._session.reading() as connection:
            return sqlite_walk.edges(connection, nodes)

    def node_keys(
        self, passage_ids: Sequence[str] = (), entity_ids: Sequence[str] = ()
    ) -> dict[str, int]:
        with self._session.reading() as connection:
            return sqlite_walk.node_keys(connection, passage_ids, entity_ids)

    def node_ids(self, nodes: Sequence[int]) -> Mapping[int, str]:
        with self._session.reading() as connection:
            return sqlite_walk.node_ids(connection, nodes)
