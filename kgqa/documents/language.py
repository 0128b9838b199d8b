"""Which language a text is in, told offline."""

from __future__ import annotations

from kgqa.types import Document


def with_language(document: Document, language: str | None) -> Document:
    return document
