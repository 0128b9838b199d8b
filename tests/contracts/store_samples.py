"""Small extractions and a plain resolver for the contract suite."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kgqa.names import name_key
from kgqa.store.base import GraphStore
from kgqa.store.records import NamedEntity, Stats, Vectors
from kgqa.types import (
    Cluster,
    Document,
    Entity,
    Evidence,
    Extraction,
    Link,
    Mention,
    Passage,
    RelationMention,
    ScoredPassage,
    Triple,
)

WIDTH = 4
TYPES = {"Warsaw": "location", "Paris": "location", "Sorbonne": "organization", "1903": "time"}


def extraction(
    source: str,
    text: str,
    names: Sequence[Sequence[str]] = (),
    relations: Sequence[tuple[str, str, str]] = (),
    *,
    title: str = "",
    extractor: str = "x1",
) -> Extraction:
    """A document with one passage a line.

    Args:
        names: for each cluster its surface forms, fullest first; each verbatim occurrence
            is a mention. A cluster whose first form is the title is what it is about.
        relations: (first form of the head, relation, first form of the tail).
    """
    document = Document.create(source, title or source, text)
    passages = tuple(
        Passage(f"{document.id}:{n}", document.id, line.start(), line.end(), line[0])
        for n, line in enumerate(re.finditer(r"[^\n]+", text))
    )
    clusters = tuple(
        Cluster(
            f"{document.id}:c{n}",
            document.id,
            TYPES.get(forms[0], "person"),
            forms[0],
            tuple(_mentions(passages, forms)),
            about=forms[0] == title,
        )
        for n, forms in enumerate(names)
    )
    by_name = {cluster.name: cluster.id for cluster in clusters}
    stated = tuple(
        RelationMention(
            by_name[h], r, by_name[t], passages[0].id, 0, passages[0].end, 0.5, extractor
        )
        for h, r, t in relations
    )
    return Extraction(document, passages, clusters, stated, extractor)


def placed(made: Extraction, *places: tuple[str, int | None, int | None]) -> Extraction:
    """The same with section, page and row of each passage."""
    passages = tuple(
        replace(passage, section=section, page=page, row=row)
        for passage, (section, page, row) in zip(made.passages, places, strict=True)
    )
    return replace(made, passages=passages)


def _mentions(passages: Sequence[Passage], forms: Sequence[str]) -> list[Mention]:
    pattern = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return [
        Mention(
            passage.id,
            passage.start + found.start(),
            passage.start + found.end(),
            found[0],
            TYPES.get(forms[0], "person"),
            0.75,
        )
        for passage in passages
        for found in re.finditer(pattern, passage.text)
    ]


def vectors_for(made: Extraction) -> Vectors:
    """Unit vectors that depend on the passages' texts only: [n, WIDTH]."""
    seeds = [sum(passage.text.encode("utf-8", "replace")) for passage in made.passages]
    rows = [np.random.default_rng(seed).normal(size=WIDTH) for seed in seeds]
    vectors = np.array(rows, dtype=np.float32).reshape(len(rows), WIDTH)
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return np.asarray(vectors / lengths, dtype=np.float32)


def put(store: GraphStore, made: Extraction) -> str:
    return store.replace_document(made, vectors_for(made))


def resolve_by_name(store: GraphStore) -> None:
    """The plainest resolver that is a function of the set of documents: one entity for
    each name key and type of the clusters' names."""
    keys = store.pending_keys()
    blocks: dict[str, list[Cluster]] = defaultdict(list)
    for context in store.clusters(keys):
        cluster = context.cluster
        if name_key(cluster.name) in keys:
            blocks[entity_id(cluster.name, cluster.type)].append(cluster)
    entities = [Entity(uid, b[0].type, min(c.name for c in b)) for uid, b in blocks.items()]
    links = [Link(c.id, uid, 1.0) for uid, block in blocks.items() for c in block]
    store.assign(entities, links, keys)


def entity_id(name: str, kind: str = "person") -> str:
    return f"e:{name_key(name)}:{kind}"


CURIE = extraction(
    "curie.txt",
    "Marie Curie was born in Warsaw.\nIn 1903 Curie taught at the Sorbonne.",
    [["Marie Curie", "Curie"], ["Warsaw"], ["Sorbonne"], ["1903"]],
    [("Marie Curie", "P19", "Warsaw"), ("Marie Curie", "P108", "Sorbonne")],
    title="Marie Curie",
)
CITY = extraction(
    "folder/warsaw.txt",
    "Warsaw is where Marie Curie was born.\nWarsaw is not Paris.",
    [["Warsaw"], ["Marie Curie"], ["Paris"]],
    [("Marie Curie", "P19", "Warsaw")],
    title="Warsaw",
)
REPORT = placed(
    extraction(
        "report.pdf",
        "Ada Byron sold engines.\nIn Warsaw nobody bought one.\nWarsaw; 3 engines; 1903",
        [["Ada Byron"], ["Warsaw"], ["1903"]],
        [("Ada Byron", "P937", "Warsaw")],
        title="Annual report",
    ),
    ("", 1, None),
    ("Results > \u00c9urope\x00an sales", 2, None),
    ("Tables", 3, 12),
)
"""A page, a section with what text search folds, and a row."""
MARIE, WARSAW, SORBONNE = (
    entity_id("Marie Curie"),
    entity_id("Warsaw", "location"),
    entity_id("Sorbonne", "organization"),
)


@dataclass(frozen=True)
class Snapshot:
    """All that a store says, without internal keys; equal for equal content."""

    stats: Stats
    documents: list[Document]
    passages: list[ScoredPassage]
    vectors: bytes
    entities: list[Entity]
    triples: list[Triple]
    evidence: list[Evidence]
    edges: Mapping[tuple[str, str], float]
    found: list[NamedEntity]
    searched: list[tuple[str, float]]
    clusters: list[object]


def snapshot(store: GraphStore) -> Snapshot:
    documents, passages = list(store.documents()), store.passage_vectors()
    entities, triples = list(store.all_entities()), sorted(store.all_triples())
    names = [name for entity in entities for name in (entity.name, *entity.aliases)]
    keys = sorted({name_key(name) for name in names})
    return Snapshot(
        store.stats(),
        documents,
        store.passages(passages[0]),
        passages[1].tobytes(),
        entities,
        triples,
        store.evidence_of(triples),
        edges_by_id(store),
        store.find_entities(keys),
        store.search_text("marie curie warsaw paris born", 10),
        [
            (c.cluster, c.keys, c.vector.tobytes(), c.document_title, c.entity_id)
            for c in store.clusters(keys)
        ],
    )


def edges_by_id(store: GraphStore) -> dict[tuple[str, str], float]:
    """(source id, target id) -> weight, over all nodes."""
    keys = store.node_keys(store.passage_vectors()[0], [e.id for e in store.all_entities()])
    edges = store.edges(list(keys.values()))
    ids = store.node_ids(list(keys.values()))
    pairs = zip(edges.sources.tolist(), edges.targets.tolist(), strict=True)
    weights = edges.weights.tolist()
    return {(ids[s], ids[t]): w for (s, t), w in zip(pairs, weights, strict=True)}
