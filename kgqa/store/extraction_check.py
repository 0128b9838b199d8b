"""What every backend asks of a document before it writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from kgqa.errors import StoreError
from kgqa.store.records import Vectors
from kgqa.types import Extraction

_PART_OF_FILE = re.compile(r"(.*?\.\w+)(#.*|:\d+)", re.DOTALL)


def file_name(source: str) -> str:
    """The file's name in a document's source, without folders and the place in the file.

    >>> file_name("/corpora/2wiki/corpus.json#AC/DC")
    'corpus.json'
    """
    part = _PART_OF_FILE.fullmatch(source)
    return PurePosixPath(part[1] if part else source).name


def check_extraction(extraction: Extraction, vectors: Vectors) -> None:
    """Check that the parts of an extraction fit together.

    Args:
        vectors: passage embeddings [n_passages, width].

    Raises:
        StoreError: they do not, or a vector is not finite.
    """
    place = f"document {extraction.document.source!r}"
    if vectors.ndim != 2 or len(vectors) != len(extraction.passages):
        raise StoreError(
            f"{place}: expected vectors of shape [{len(extraction.passages)}, width], one per "
            f"passage, got {list(vectors.shape)}"
        )
    if not np.isfinite(vectors).all():
        raise StoreError(f"{place}: expected finite vectors, got NaN or infinity")
    passages = {passage.id for passage in extraction.passages}
    clusters = {cluster.id for cluster in extraction.clusters}
    for passage_id in _passages_named(extraction):
        if passage_id not in passages:
            raise StoreError(f"{place}: expected one of its passages, got id {passage_id!r}")
    for relation in extraction.relations:
        for end in (relation.head, relation.tail):
            if end not in clusters:
                raise StoreError(f"{place}: expected one of its clusters, got id {end!r}")


def _passages_named(extraction: Extraction) -> Iterator[str]:
    for cluster in extraction.clusters:
        for mention in cluster.mentions:
            yield mention.passage_id
    for relation in extraction.relations:
        yield relation.passage_id
