"""What the nodes of a document hold, for those who create them and for the bulk export."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from kgqa.store.extraction_check import file_name
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_search import graph_word, stemmed
from kgqa.store.passage_vectors import to_blobs
from kgqa.store.records import Vectors
from kgqa.types import Cluster, Extraction, Passage, RelationMention

Properties = dict[str, Any]


def document_properties(keys: Keys, extraction: Extraction) -> Properties:
    """Those of a Document node."""
    document = extraction.document
    return {
        "uid": keys.document(document.id),
        "graph": keys.graph,
        "id": document.id,
        "source": document.source,
        "title": document.title,
        "text": document.text,
        "digest": document.digest,
        "extractor": extraction.extractor,
        "source_key": keys.text(document.source),
        "file_key": keys.text(file_name(document.source)),
        "title_key": keys.text(document.title),
    }


def passage_properties(keys: Keys, extraction: Extraction, vectors: Vectors) -> list[Properties]:
    """Of each passage; `half` is its vector as SQLite keeps it (float16), `vector` what the
    vector index takes. Of where it stands only what is known is a property.

    Args:
        vectors: [n_passages, width].
    """
    title = stemmed(extraction.document.title)
    halves = to_blobs(vectors)
    rounded = vectors.astype(np.float16).astype(np.float64).tolist()
    return [
        {
            "uid": keys.passage(passage.id),
            "graph": keys.graph,
            "graph_word": graph_word(keys),
            "id": passage.id,
            "start": passage.start,
            "end": passage.end,
            "text": passage.text,
            "title_words": f"{title} {stemmed(passage.section)}" if passage.section else title,
            "words": stemmed(passage.text),
            "half": half,
            "vector": vector,
            **_place(passage),
        }
        for passage, half, vector in zip(extraction.passages, halves, rounded, strict=True)
    ]


def _place(passage: Passage) -> Properties:
    known = {"section": passage.section or None, "page": passage.page, "row": passage.row}
    return {name: value for name, value in known.items() if value is not None}


PASSAGE_PLACE = "coalesce(p.section, ''), p.page, p.row"
"""Cypher for section, page and row of a passage `p`, as `Passage` has them."""
MENTION_LISTS = ", ".join(
    f"coalesce(c.{name}, [])" for name in ("passages", "starts", "ends", "texts", "types", "scores")
)
"""Cypher for the parallel lists of a cluster `c`. Neo4j's import tool leaves out empty ones."""


def surface_forms(cluster: Cluster) -> Counter[str]:
    """The cluster's surface forms -> how many mentions use each."""
    forms = Counter({cluster.name: 0})
    forms.update(mention.text for mention in cluster.mentions)
    return forms


def surface_keys(keys: Keys, cluster: Cluster) -> list[int]:
    """The keys of its names, sorted: a `Surface` node each."""
    return sorted({keys.named(form) for form in surface_forms(cluster)})


def cluster_properties(keys: Keys, cluster: Cluster) -> Properties:
    """Its mentions are parallel lists."""
    forms = surface_forms(cluster)
    mentions = cluster.mentions
    return {
        "uid": keys.cluster(cluster.id),
        "id": cluster.id,
        "type": cluster.type,
        "name": cluster.name,
        "about": cluster.about,
        "names": list(forms),
        "counts": list(forms.values()),
        "passages": [keys.passage(m.passage_id) for m in mentions],
        "starts": [m.start for m in mentions],
        "ends": [m.end for m in mentions],
        "texts": [m.text for m in mentions],
        "types": [m.type for m in mentions],
        "scores": [float(m.score) for m in mentions],
    }


def states_properties(keys: Keys, mention: RelationMention) -> Properties:
    """Of the STATES relationship between two clusters."""
    return {
        "relation": mention.relation,
        "passage": keys.passage(mention.passage_id),
        "start": mention.start,
        "end": mention.end,
        "score": float(mention.score),
        "extractor": mention.extractor,
    }
