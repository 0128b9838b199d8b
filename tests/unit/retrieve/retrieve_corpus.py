"""A small linked store for retrieval tests, and a stand-in for the backbone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kgqa.link.resolve import resolve
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.store.records import Vectors
from kgqa.types import Cluster, Document, Extraction, Mention, Passage, RelationMention

FILMS = (
    ("Night Harbour", "Night Harbour is a film directed by Olga Brandt.", "Olga Brandt"),
    ("Olga Brandt", "Olga Brandt was born in Tallinn in a family of painters.", "Tallinn"),
    ("Tallinn", "Tallinn is a city by the sea in Estonia.", "Estonia"),
    ("Silent Orchard", "Silent Orchard is a film directed by Piet Maas.", "Piet Maas"),
    ("Piet Maas", "Piet Maas was born in Utrecht and painted.", "Utrecht"),
    ("Utrecht", "Utrecht is a city in the Netherlands.", "Netherlands"),
    ("Bread", "Bread is baked from flour and water by bakers everywhere.", ""),
)
"""(title, text, the other name in the text); the article is about its title."""


class WordEncoder:
    """Hashed bags of words as unit vectors: near when words are shared. Counts its calls."""

    def __init__(self, width: int = 64) -> None:
        self.width = width
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        vectors = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, int(hashlib.md5(word.encode()).hexdigest(), 16) % self.width] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(norms, 1e-9)


def article(title: str, text: str, other: str, source: str = "") -> Extraction:
    """A one-passage document on its title; a relation P19 states title -> other."""
    document = Document.create(source or f"films#{title}", title, text)
    passage = Passage(f"{document.id}:0", document.id, 0, len(text), text)

    def cluster(n: int, name: str, about: bool) -> Cluster:
        mentions = tuple(
            Mention(passage.id, found.start(), found.end(), name, "location", 1.0)
            for found in re.finditer(re.escape(name), text)
        )
        return Cluster(f"{document.id}:c{n}", document.id, "location", name, mentions, about)

    clusters = [cluster(0, title, True)]
    relations = []
    if other:
        clusters.append(cluster(1, other, False))
        relations.append(
            RelationMention(
                clusters[0].id, "P19", clusters[1].id, passage.id, 0, len(text), 0.9, "test"
            )
        )
    return Extraction(document, (passage,), tuple(clusters), tuple(relations), "test")


def put(store: GraphStore, encoder: WordEncoder, articles: Sequence[tuple[str, str, str]]) -> None:
    """Write articles and link them."""
    for title, text, other in articles:
        vectors = encoder.encode([f"{title}\n{text}"])
        store.replace_document(article(title, text, other), vectors)
    resolve(store)


def film_store(folder: Path, encoder: WordEncoder) -> GraphStore:
    """A new store with FILMS in it."""
    store = open_store(f"sqlite:///{folder / 'films.db'}")
    put(store, encoder, FILMS)
    return store
