"""Linked documents for the tests of the SQLite store."""

from __future__ import annotations

import numpy as np

from kgqa.names import name_key
from kgqa.store.base import GraphStore
from kgqa.types import (
    Cluster,
    Document,
    Entity,
    Extraction,
    Link,
    Mention,
    Passage,
    RelationMention,
)


def stated(number: int, head: str, tail: str) -> Extraction:
    """A document of one passage, `HEAD knows TAIL.`, which states just that."""
    text = f"{head} knows {tail}."
    document = Document.create(f"{number:06}.txt", f"Document {number}", text)
    passage = Passage(f"{document.id}:0", document.id, 0, len(text), text)
    clusters = tuple(
        Cluster(
            f"{document.id}:c{n}",
            document.id,
            "person",
            name,
            (Mention(passage.id, start, start + len(name), name, "person", 1.0),),
        )
        for n, (name, start) in enumerate([(head, 0), (tail, text.index(tail, len(head)))])
    )
    relation = RelationMention(
        clusters[0].id, "P1", clusters[1].id, passage.id, 0, len(text), 1.0, "x"
    )
    return Extraction(document, (passage,), clusters, (relation,), "x")


def put(store: GraphStore, extraction: Extraction) -> str:
    vectors = np.full((len(extraction.passages), 4), 0.5, dtype=np.float32)
    return store.replace_document(extraction, vectors)


def resolve(store: GraphStore) -> None:
    """One entity for each name key."""
    keys = store.pending_keys()
    links = [
        Link(context.cluster.id, f"e:{key}", 1.0)
        for context in store.clusters(keys)
        if (key := name_key(context.cluster.name)) in keys
    ]
    names = {link.entity_id or "" for link in links}
    entities = [Entity(name, "person", name.removeprefix("e:")) for name in sorted(names)]
    store.assign(entities, links, keys)
