"""Small documents with chosen names and contexts, for the tests of linking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors
from kgqa.types import Cluster, Document, Entity, Extraction, Mention, Passage, RelationMention

TOPICS = ("physics", "politics", "sport", "music", "geography", "film")
WIDTH = len(TOPICS) + 2


def context(topic: str, shade: float = 0.0, other: str = "") -> Vectors:
    """A unit vector [WIDTH]: mostly `topic`; documents of different topics are orthogonal.

    `shade` turns it towards an axis of no topic, or towards `other`.
    """
    vector = np.zeros(WIDTH, dtype=np.float32)
    vector[TOPICS.index(topic)] = 1.0
    vector[TOPICS.index(other) if other else -1] += shade
    return vector / np.linalg.norm(vector)


@dataclass(frozen=True)
class Named:
    """A cluster to be: its type and the surface forms of its mentions."""

    type: str
    forms: tuple[str, ...]
    about: bool = False


def named(kind: str, *forms: str, about: bool = False) -> Named:
    return Named(kind, forms, about)


@dataclass(frozen=True)
class Story:
    """A document of one passage with its clusters; each is related to the next one."""

    extraction: Extraction
    vectors: Vectors

    @property
    def id(self) -> str:
        return self.extraction.document.id

    def put(self, store: GraphStore) -> str:
        return store.replace_document(self.extraction, self.vectors)


def story(title: str, vector: Vectors, names: Sequence[Named], source: str = "") -> Story:
    text = f"{title}. " + " ".join(form for name in names for form in name.forms)
    document = Document.create(source or f"{title}-{text}", title, text)
    passage = Passage(f"{document.id}:0", document.id, 0, len(text), text)
    clusters = []
    at = len(title) + 2
    for n, name in enumerate(names):
        mentions = []
        for form in name.forms:
            mentions.append(Mention(passage.id, at, at + len(form), form, name.type, 1.0))
            at += len(form) + 1
        full = max(name.forms, key=len)
        clusters.append(
            Cluster(f"{document.id}:{n}", document.id, name.type, full, tuple(mentions), name.about)
        )
    relations = tuple(
        RelationMention(a.id, "P1", b.id, passage.id, 0, len(text), 1.0, "test")
        for a, b in pairwise(clusters)
    )
    extraction = Extraction(document, (passage,), tuple(clusters), relations, "test")
    return Story(extraction, vector[None, :].astype(np.float32))


def links(store: GraphStore, key: str) -> dict[str, str | None]:
    """Document title -> entity id of its cluster under the name key."""
    return {c.document_title: c.entity_id for c in store.clusters([key])}


def only_entity(store: GraphStore, key: str) -> Entity:
    found = store.find_entities([key])
    assert len(found) == 1
    return found[0].entity
