"""The documents that the benchmarks read: 2wiki where it is at hand, else the sample corpus."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from kgqa.documents.read import ReadOptions, read_documents
from kgqa.types import Document

ROOT = Path(__file__).parents[2]


def shared_data() -> Path:
    """The folder of public data sets; it may be absent."""
    return Path(os.environ.get("KGQA_SHARED_DATA") or ROOT.parent / "shared" / "data")


def corpus() -> Iterator[Document]:
    """2wiki's passages, or the sample corpus."""
    path = shared_data() / "2wiki" / "corpus.json"
    return documents_in(path) if path.is_file() else sample_corpus()


def sample_corpus() -> Iterator[Document]:
    return documents_in(ROOT / "data" / "articles")


def documents_in(source: Path) -> Iterator[Document]:
    for document in read_documents([str(source)], ReadOptions(max_bytes=1 << 30)):
        if isinstance(document, Document):
            yield document


def sample_questions() -> list[str]:
    """The sample corpus's questions."""
    content = json.loads((ROOT / "data" / "questions.json").read_text())
    return [
        qa["question"]
        for article in content["data"]
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]
