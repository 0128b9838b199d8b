"""Extractions of one sentence or two a document, to fill a small store by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from kgqa.link.resolve import resolve
from kgqa.store.base import GraphStore
from kgqa.types import Cluster, Document, Extraction, Mention, Passage, RelationMention


def fill(
    store: GraphStore,
    articles: Mapping[str, str],
    types: Mapping[str, str],
    stated: Collection[tuple[str, str, str]],
) -> None:
    """One document an article, and the graph of them.

    Args:
        articles: title -> text.
        types: name -> mention type; a name counts where it first stands in a text.
        stated: (head, relation, tail) that each text with both names says.
    """
    for title, text in articles.items():
        extraction = _extraction(title, text, types, stated)
        store.replace_document(extraction, np.ones((1, 2), np.float32))
    resolve(store)


def _extraction(
    title: str, text: str, types: Mapping[str, str], stated: Collection[tuple[str, str, str]]
) -> Extraction:
    document = Document.create(f"films#{title}", title, text)
    passage = Passage(f"{document.id}:0", document.id, 0, len(text), text)
    clusters = {}
    for name, kind in types.items():
        if name in text:
            start = text.index(name)
            mention = Mention(passage.id, start, start + len(name), name, kind, 1.0)
            key = f"{document.id}:{name}"
            clusters[name] = Cluster(key, document.id, kind, name, (mention,), name == title)
    relations = tuple(
        RelationMention(
            clusters[head].id, relation, clusters[tail].id, passage.id, 0, len(text), 0.9, "test"
        )
        for head, relation, tail in sorted(stated)
        if head in clusters and tail in clusters
    )
    return Extraction(document, (passage,), tuple(clusters.values()), relations, "test")
