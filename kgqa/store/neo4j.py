"""The server graph store: Neo4j 5.26 or newer, Community or Enterprise, no APOC.

One driver serves all threads of a process. Every write is one transaction, `upsert` one for
each batch; writers of one graph take turns (`kgqa.store.neo4j_session`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kgqa.store import (
    neo4j_clusters,
    neo4j_content,
    neo4j_links,
    neo4j_pages,
    neo4j_read,
    neo4j_search,
    neo4j_upsert,
    neo4j_walk,
    neo4j_write,
)
from kgqa.store.extraction_check import check_extraction
from kgqa.store.neo4j_address import address_of
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_open import open_graph, prepare
from kgqa.store.neo4j_session import Session
from kgqa.store.neo4j_stats import stats
from kgqa.store.neo4j_transaction import Transaction, version_of
from kgqa.store.passage_matrix import PassageMatrix
from kgqa.store.records import ClusterContext, DocumentContent, Edges, NamedEntity, Stats, Vectors
from kgqa.store.resolver import Resolver, Seen
from kgqa.types import Document, Entity, Evidence, Extraction, Link, ScoredPassage, Triple

__all__ = ["Neo4jStore", "prepare"]


class Neo4jStore:
    """GraphStore on Neo4j; `kgqa.store.base.GraphStore` documents the methods.

    All methods raise StoreError when the server fails, cannot be reached for 90 seconds, or
    the store is closed.
    """

    def __init__(self, url: str, session: Session, keys: Keys) -> None:
        self.url = url
        self._session = session
        self._keys = keys
        self._resolver = Resolver()
        self._stats: tuple[int, Stats] | None = None
        self._index = neo4j_search.VectorIndex(session.server_version())
        self._matrix: tuple[int, PassageMatrix] | None = None

    @classmethod
    def open(cls, url: str, ontology: Path | None = None) -> Neo4jStore:
        """Open `neo4j://host:port/database`, or one of several graphs in it with `?graph=NAME`.

        Args:
            ontology: names the relationship types of relations that are new; None takes the
                packaged one.

        Raises:
            StoreError: see `kgqa.store.open.open_store`.
        """
        return cls(url, open_graph(url), Keys(address_of(url).graph, ontology))

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
        return self._session.writing(
            lambda tx: neo4j_write.replace_document(tx, self._keys, extraction, vectors)
        )

    def delete_document(self, document_id: str) -> bool:
        return self._session.writing(
            lambda tx: neo4j_write.delete_document(tx, self._keys, document_id)
        )

    def upsert(self, entities: Iterable[Entity], triples: Iterable[Triple]) -> None:
        """See GraphStore. After an error some batches of at most 10,000 records are in, and
        the same call again completes them."""
        neo4j_upsert.upsert(self._session, self._keys, entities, triples)

    def pending_keys(self) -> list[str]:
        # The counters first: what is queued after them is taken for unseen.
        seen, keys = self._session.reading(
            lambda tx: (neo4j_clusters.counters(tx), neo4j_clusters.pending_keys(tx))
        )
        self._resolver.seen = seen
        return keys

    def clusters(self, keys: Sequence[str]) -> list[ClusterContext]:
        return self._session.steady(lambda tx: neo4j_clusters.clusters(tx, self._keys, keys))

    def assign(
        self, entities: Sequence[Entity], links: Sequence[Link], keys: Sequence[str]
    ) -> None:
        """See GraphStore. Aliases of `entities` are not read: they follow the clusters.

        A key that another writer touched after this thread last called `pending_keys`
        stays pending.
        """
        seen = self._resolver.seen

        def work(tx: Transaction) -> bool:
            neo4j_links.write_links(tx, self._keys, entities, links)
            return neo4j_clusters.settle_keys(tx, self._keys, keys, seen)

        if self._session.writing(work) and seen is not None:
            self._resolver.seen = Seen(seen.version, seen.assigned + 1)

    # -- reading ---------------------------------------------------------------------
    def version(self) -> int:
        return self._session.reading(version_of)

    def stats(self) -> Stats:
        if self._stats is None or self._stats[0] != self.version():
            self._stats = self._session.steady(lambda tx: (version_of(tx), stats(tx)))
        return self._stats[1]

    def document_state(self, document_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        return self._session.reading(
            lambda tx: neo4j_read.document_state(tx, self._keys, document_ids)
        )

    def documents(self) -> Iterator[Document]:
        return neo4j_pages.documents(self._session)

    def find_documents(self, name: str) -> list[Document]:
        return self._session.reading(lambda tx: neo4j_read.find_documents(tx, self._keys, name))

    def passages(self, passage_ids: Sequence[str]) -> list[ScoredPassage]:
        return self._session.reading(lambda tx: neo4j_read.passages(tx, self._keys, passage_ids))

    def passage_vectors(self) -> tuple[list[str], Vectors]:
        return self._session.reading(neo4j_read.passage_vectors)

    def search_text(self, text: str, limit: int) -> list[tuple[str, float]]:
        return self._session.reading(
            lambda tx: neo4j_search.search_text(tx, self._keys, text, limit)
        )

    def search_vectors(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """See GraphStore. From Neo4j's vector index where it takes vectors of this width and
        is not full of other graphs' passages; else exactly, with the graph's vectors held in
        memory until it changes."""
        return self._session.reading(lambda tx: self._nearest(tx, vector, limit))

    def _nearest(
        self, transaction: Transaction, vector: Vectors, limit: int
    ) -> list[tuple[str, float]]:
        if self._matrix is not None:
            version, matrix = self._matrix
            if version == version_of(transaction):
                return matrix.nearest(vector, limit)
            self._matrix = None
        found = self._index.nearest(transaction, vector, limit)
        if found is not None:
            return found
        version = version_of(transaction)
        matrix = PassageMatrix(*neo4j_read.passage_vectors(transaction))
        self._matrix = (version, matrix)
        return matrix.nearest(vector, limit)

    def cosines(self, vector: Vectors, passage_ids: Sequence[str]) -> Vectors:
        return self._session.reading(
            lambda tx: neo4j_search.cosines(tx, self._keys, vector, passage_ids)
        )

    def find_entities(self, keys: Sequence[str]) -> list[NamedEntity]:
        return self._session.reading(lambda tx: neo4j_read.find_entities(tx, self._keys, keys))

    def entities(self, entity_ids: Sequence[str]) -> list[Entity]:
        return self._session.reading(lambda tx: neo4j_read.entities(tx, self._keys, entity_ids))

    def all_entities(self) -> Iterator[Entity]:
        return neo4j_pages.all_entities(self._session)

    def all_triples(self) -> Iterator[Triple]:
        return neo4j_pages.by_heads(self._session, neo4j_read.triples_from)

    def triples_of(self, entity_ids: Sequence[str], limit: int = 1000) -> list[Triple]:
        return self._session.reading(
            lambda tx: neo4j_read.triples_of(tx, self._keys, entity_ids, limit)
        )

    def evidence_of(self, triples: Sequence[Triple]) -> list[Evidence]:
        return self._session.steady(lambda tx: neo4j_read.evidence_of(tx, self._keys, triples))

    def documents_of(self, entity_ids: Sequence[str]) -> dict[str, list[Document]]:
        return self._session.steady(lambda tx: neo4j_read.documents_of(tx, self._keys, entity_ids))

    def entities_of(self, passage_ids: Sequence[str]) -> dict[str, list[str]]:
        return self._session.reading(lambda tx: neo4j_read.entities_of(tx, self._keys, passage_ids))

    # -- whole content, to move it ---------------------------------------------------
    def content_of(self, document_id: str) -> DocumentContent:
        return self._session.steady(
            lambda tx: neo4j_content.content_of(tx, self._keys, document_id)
        )

    def given_entities(self) -> Iterator[Entity]:
        return neo4j_pages.given_entities(self._session)

    def given_triples(self) -> Iterator[Triple]:
        return neo4j_pages.by_heads(self._session, neo4j_content.given_triples)

    # -- graph walking ---------------------------------------------------------------
    def edges(self, nodes: Sequence[int]) -> Edges:
        return self._session.reading(lambda tx: neo4j_walk.edges(tx, nodes))

    def node_keys(
        self, passage_ids: Sequence[str] = (), entity_ids: Sequence[str] = ()
    ) -> dict[str, int]:
        return self._session.reading(
            lambda tx: neo4j_walk.node_keys(tx, self._keys, passage_ids, entity_ids)
        )

    def node_ids(self, nodes: Sequence[int]) -> Mapping[int, str]:
        return self._session.reading(lambda tx: neo4j_walk.node_ids(tx, nodes))
