"""The documents that the benchmarks read: 2wiki where it is at hand, else the sample corpus."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from kgqa.documents.read import read_documents
from kgqa.types import Document

ROOT = Path(__file__).parents[2]


def shared_data() -> Path:
    """The folder of public data sets; it may be absent."""
    return Path(os.environ.get("KGQA_SHARED_DATA") or ROOT.parent / "shared" / "data")


def corpus() -> Iterator[Document]:
    """2wiki's passages, or the sample corpus."""
    path = shared_data() / "2wiki" / "corpus.json"
    source = path if path.is_file() else ROOT / "data" / "articles"
    for document in read_documents([str(source)], max_bytes=1 << 30):
        if isinstance(document, Document):
            yield document
