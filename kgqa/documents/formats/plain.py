"""Plain text files."""

from __future__ import annotations

from collections.abc import Iterator

from kgqa.documents.decode import decode
from kgqa.documents.plain_layout import text_document
from kgqa.types import Document


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document; see `kgqa.documents.plain_layout`."""
    yield text_document(decode(content, source), source, stem=stem)
