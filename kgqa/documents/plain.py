"""Plain text files."""

from __future__ import annotations

from kgqa.documents.build import build_document, heading_of
from kgqa.types import Document


def title_of_stem(stem: str) -> str:
    """A file's name, or a SQuAD article's, as a title: `marie_curie` -> "marie curie"."""
    return " ".join(stem.replace("_", " ").split())


def plain_document(text: str, source: str, stem: str) -> Document:
    """The text as it is; its title is its heading line, else the file's name."""
    return build_document(source, heading_of(text) or title_of_stem(stem), text)
