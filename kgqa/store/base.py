"""The GraphStore contract: what every backend does, and nothing that only one can.

Batch only, synchronous. A backend may give its own internal keys; ids that cross this
interface are text. What a method does is said here, and a backend only adds to it. The
contract suite in tests/contracts/ is written against this file.

Linking is a function of the *set* of documents: `replace_document` and `delete_document`
leave the name keys they touched in a durable queue (`pending_keys`), in the same
transaction; `link.resolve` reads all clusters under those keys and calls `assign`, which
writes the links and removes the keys, in one transaction. A crash in between loses
nothing: the next resolve finds the queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from kgqa.store.records import ClusterContext, DocumentContent, Edges, NamedEntity, Stats, Vectors
from kgqa.types import (
    Document,
    Entity,
    Evidence,
    Extraction,
    Link,
    ScoredPassage,
    Triple,
)


class GraphStore(Protocol):
    """A typed knowledge graph with its documents, passages and evidence."""

    url: str

    def close(self) -> None:
        """Let go of the store; no other method works afterwards."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    # -- writing ---------------------------------------------------------------------
    def replace_document(self, extraction: Extraction, vectors: Vectors) -> str:
        """Put one document, in one transaction, in place of what its id held before.

        Args:
            extraction: the document with its passages, clusters and relations.
            vectors: passage embeddings [n_passages, width], unit length.

        Returns:
            `added`, `updated`, or `unchanged` when digest and extractor are what is stored.

        Raises:
            StoreError: parts of the extraction do not fit together, the vectors are not one
                for each passage, finite and of the stored width, or a text is not Unicode.
        """

    def delete_document(self, document_id: str) -> bool:
        """Remove a document and exactly what only it supported. False if there is none."""

    def upsert(self, entities: Iterable[Entity], triples: Iterable[Triple]) -> None:
        """Add given knowledge (an imported graph) that no document has to support.

        Existing entities keep their id and get the new aliases; existing triples stay.
        Given entities and triples outlive the deletion of documents.
        Raises StoreError when a triple's end is not an entity.
        """

    def pending_keys(self) -> list[str]:
        """The name keys touched since they were last resolved, sorted."""

    def clusters(self, keys: Sequence[str]) -> list[ClusterContext]:
        """All clusters that have one of the keys, each once, sorted by cluster id."""

    def assign(
        self, entities: Sequence[Entity], links: Sequence[Link], keys: Sequence[str]
    ) -> None:
        """Write resolution, in one transaction: the entities, cluster -> entity, keys done.

        Triples and evidence follow their clusters; entities left without a cluster and not
        given by `upsert` disappear. Relations between two clusters of one entity, and
        relations of a cluster with no link, are not in the graph until they part.
        Raises StoreError when a link names an entity that is neither stored nor passed.
        """

    # -- reading ---------------------------------------------------------------------
    def version(self) -> int:
        """Rises with every write; what is derived from the store carries it."""

    def stats(self) -> Stats:
        """Sizes and digest of one state of the graph; reads all of it."""

    def document_state(self, document_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """id -> (digest, extractor) of those that are stored."""

    def documents(self) -> Iterator[Document]:
        """All documents, ordered by source."""

    def find_documents(self, name: str) -> list[Document]:
        """Documents whose id, source, file name or title is `name`."""

    def passages(self, passage_ids: Sequence[str]) -> list[ScoredPassage]:
        """Those passages with their document's title and source, in the order asked."""

    def passage_vectors(self) -> tuple[list[str], Vectors]:
        """All passage ids, sorted, and their embeddings [n, width]; [0, 0] without any."""

    def search_text(self, text: str, limit: int) -> list[tuple[str, float]]:
        """(passage id, BM25 score, higher is better) over text, title and section, whose words
        count as the title's; `text` is plain words, never query syntax."""

    def search_vectors(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """The passages nearest in meaning: (passage id, cosine in [-1, 1]), best first, ties
        by id. A server answers from an approximate index, without handing out the vectors.

        Args:
            vector: unit length, shape [width].

        Raises:
            StoreError: the store's vectors have another width.
        """

    def cosines(self, vector: Vectors, passage_ids: Sequence[str]) -> Vectors:
        """Cosine of `vector` [width], unit length, with each of the passages, exactly.

        Returns:
            [len(passage_ids)] in [-1, 1]; 0 for a passage that is not stored.

        Raises:
            StoreError: the store's vectors have another width.
        """

    def find_entities(self, keys: Sequence[str]) -> list[NamedEntity]:
        """Entities that carry one of the name keys, most used first."""

    def entities(self, entity_ids: Sequence[str]) -> list[Entity]:
        """In the order asked; unknown ids are left out."""

    def all_entities(self) -> Iterator[Entity]:
        """All entities, ordered by id."""

    def all_triples(self) -> Iterator[Triple]:
        """All triples, each once, in no order that another backend would share."""

    def triples_of(self, entity_ids: Sequence[str], limit: int = 1000) -> list[Triple]:
        """Triples with an end among the entities, best supported first."""

    def evidence_of(self, triples: Sequence[Triple]) -> list[Evidence]:
        """Triple by triple as asked, best score first; unknown triples have none."""

    def documents_of(self, entity_ids: Sequence[str]) -> dict[str, list[Document]]:
        """entity id -> documents that mention it (text left empty), ordered by source."""

    def entities_of(self, passage_ids: Sequence[str]) -> dict[str, list[str]]:
        """passage id -> ids of the entities mentioned in it."""

    # -- whole content, to move it ---------------------------------------------------
    def content_of(self, document_id: str) -> DocumentContent:
        """All that a stored document contributed. Raises StoreError if there is none."""

    def given_entities(self) -> Iterator[Entity]:
        """Entities given by `upsert`, with the aliases that were given; ordered by id."""

    def given_triples(self) -> Iterator[Triple]:
        """Triples given by `upsert`, in any order."""

    # -- graph walking ---------------------------------------------------------------
    def edges(self, nodes: Sequence[int]) -> Edges:
        """One round trip: all edges of the frontier.

        Passage -- entity edges weigh 1 per mentioned entity (2 when the document is about
        it); entity -- entity edges weigh the number of distinct triples between the two.
        """

    def node_keys(
        self, passage_ids: Sequence[str] = (), entity_ids: Sequence[str] = ()
    ) -> dict[str, int]:
        """Text ids -> node keys, unknown ids left out."""

    def node_ids(self, nodes: Sequence[int]) -> Mapping[int, str]:
        """Node keys -> text ids (passage ids for even keys, entity ids for odd ones)."""
