"""Documents in batches: split, extracted, written. `pipeline.ingest` and the flows share it."""

from __future__ import annotations

import gc
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from kgqa.documents.split import split_passages
from kgqa.extract.journal import Journal
from kgqa.extract.large import PART_PASSAGES, extract_large
from kgqa.lm.allocator import give_back
from kgqa.lm.encoder import Encoder
from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors
from kgqa.tracing import span
from kgqa.types import Document, Extraction, IngestReport, Passage, Rejection

if TYPE_CHECKING:
    from kgqa.extract.extractor import Extractor

logger = logging.getLogger(__name__)

BATCH_PASSAGES = 320
Progress = Callable[[int, int], None]
"""Called with the passages that are done since the last call, and with those that were read from
files and are still to be done."""
Split = tuple[Document, tuple[Passage, ...]]


class Extracted(NamedTuple):
    """A document's extraction with its passage vectors [n_passages, width], and what is kept of a
    large one until it is written."""

    extraction: Extraction
    vectors: Vectors
    journal: Journal | None = None


@contextmanager
def collecting_new_objects_only() -> Iterator[None]:
    """Keep Python's garbage collector from going through what was there before, again and
    again: models and libraries are a million objects, and an ingest makes many short-lived."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def split_batches(
    sources: Iterable[Document | Rejection],
    report: IngestReport,
    passage_characters: int,
) -> Iterator[list[Split]]:
    """Split documents in batches of about BATCH_PASSAGES passages; rejections are counted."""
    batch: list[Split] = []
    size = 0
    for source in sources:
        if isinstance(source, Rejection):
            report.rejections.append(source)
            continue
        report.read(source)
        batch.append((source, split_passages(source, passage_characters)))
        size += len(batch[-1][1])
        if size >= BATCH_PASSAGES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def fresh_of(batch: Sequence[Split], store: GraphStore, extractor: str) -> list[Split]:
    """Those documents of a batch that the store lacks, or holds otherwise.

    Args:
        extractor: the digest of weights, ontology and code that would read them.
    """
    states = store.document_state([document.id for document, _ in batch])
    return [
        (document, passages)
        for document, passages in batch
        if states.get(document.id) != (document.digest, extractor)
    ]


def extract_batch(
    batch: Sequence[Split],
    extractor: Extractor,
    encoder: Encoder,
    done: Callable[[int], None] | None = None,
) -> list[Extracted]:
    """What the documents state, and their passages as vectors; in the batch's order.

    A large document is extracted part by part; its parts are kept on disk until it is written.

    Args:
        done: called with the number of passages extracted since the last call.
    """
    with span("batch", documents=len(batch)):
        small = [split for split in batch if len(split[1]) <= PART_PASSAGES]
        extractions = iter(extractor.extract(small))
        texts = [text for document, passages in small for text in _texts(document, passages)]
        vectors = encoder.encode(texts)
        if done is not None and texts:
            done(len(texts))
        extracted: list[Extracted] = []
        first = 0
        for document, passages in batch:
            if len(passages) > PART_PASSAGES:
                own = _texts(document, passages)
                large = extract_large(document, passages, extractor, encoder, own, done)
                extracted.append(Extracted(*large))
            else:
                last = first + len(passages)
                extracted.append(Extracted(next(extractions), vectors[first:last]))
                first = last
    give_back()
    passages_of = sum(len(passages) for _, passages in batch)
    logger.info("extracted %d documents, %d passages", len(batch), passages_of)
    return extracted


def _texts(document: Document, passages: Sequence[Passage]) -> list[str]:
    """What of each passage its vector is made of: where it stands, and what it says."""
    return [
        "\n".join(filter(None, (document.title, passage.section, passage.text)))
        for passage in passages
    ]


def write_batch(extracted: deque[Extracted], store: GraphStore, report: IngestReport) -> None:
    """Write each document in a transaction of its own and count it.

    What is written leaves `extracted`: after an error the same call goes on with the rest,
    and counts no document twice.
    """
    while extracted:
        extraction, vectors, journal = extracted[0]
        with span("document", source=extraction.document.source):
            outcome = store.replace_document(extraction, vectors)
        if journal is not None:
            journal.remove()
        report.wrote(extraction, outcome)
        extracted.popleft()
