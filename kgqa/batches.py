"""Documents in batches: split, extracted, written. `pipeline.ingest` and the flows share it."""

from __future__ import annotations

import gc
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kgqa.documents.split import split_passages
from kgqa.lm.encoder import Encoder
from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors
from kgqa.tracing import span
from kgqa.types import Document, Extraction, IngestReport, Passage, Rejection

if TYPE_CHECKING:
    from kgqa.extract.extractor import Extractor

logger = logging.getLogger(__name__)

BATCH_PASSAGES = 320
Progress = Callable[[int], None]
Split = tuple[Document, tuple[Passage, ...]]
Extracted = tuple[Extraction, Vectors]
"""A document's extraction with its passage vectors [n_passages, width]."""


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
    progress: Progress | None = None,
) -> Iterator[list[Split]]:
    """Split documents in batches of about BATCH_PASSAGES passages; rejections are counted."""
    batch: list[Split] = []
    size = 0
    for source in sources:
        if isinstance(source, Rejection):
            report.rejections.append(source)
            if progress is not None:
                progress(1)
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
    batch: Sequence[Split], extractor: Extractor, encoder: Encoder
) -> list[Extracted]:
    """What the documents state, and their passages as vectors; in the batch's order."""
    with span("batch", documents=len(batch)):
        extractions = extractor.extract(batch)
        texts = [f"{d.title}\n{p.text}" for d, passages in batch for p in passages]
        vectors = encoder.encode(texts)
    logger.info("extracted %d documents, %d passages", len(batch), len(texts))
    extracted, first = [], 0
    for extraction in extractions:
        last = first + len(extraction.passages)
        extracted.append((extraction, vectors[first:last]))
        first = last
    return extracted


def write_batch(extracted: deque[Extracted], store: GraphStore, report: IngestReport) -> None:
    """Write each document in a transaction of its own and count it.

    What is written leaves `extracted`: after an error the same call goes on with the rest,
    and counts no document twice.
    """
    while extracted:
        extraction, vectors = extracted[0]
        with span("document", source=extraction.document.source):
            outcome = store.replace_document(extraction, vectors)
        report.wrote(extraction, outcome)
        extracted.popleft()
