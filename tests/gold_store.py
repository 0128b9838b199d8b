"""A graph from gold annotations: a store as ingest would leave it, had it made no mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kgqa.datasets.annotated import AnnotatedDocument, GoldCluster, GoldRelation
from kgqa.documents.split import split_passages
from kgqa.extract.windows import PassageOffsets
from kgqa.link.resolve import resolve
from kgqa.names import name_key, without_qualifier
from kgqa.store.base import GraphStore
from kgqa.store.records import Vectors
from kgqa.types import Cluster, Document, Extraction, Mention, Passage, RelationMention

GOLD = "gold"
"""The extractor that gold evidence names."""

Encode = Callable[[Sequence[str]], Vectors]


def store_annotated(
    documents: Iterable[AnnotatedDocument],
    store: GraphStore,
    encode: Encode,
    *,
    source: str = GOLD,
    passage_characters: int = 1000,
) -> None:
    """Put annotated documents into the store with their gold graph, and link it.

    Mentions and relations score 1. Left out: mentions across two passages, pronouns, and
    relations whose evidence sentences are not all in one passage.

    Args:
        encode: texts -> vectors [n, width], unit length, as `Encoder.encode`; linking uses it.
        source: what the documents' ids are made from, with their own id.

    Raises:
        StoreError: the store holds vectors of another width.
    """
    for annotated in documents:
        document = Document.create(f"{source}#{annotated.id}", annotated.title, annotated.text)
        passages = split_passages(document, passage_characters)
        extraction = _extraction(annotated, document, passages)
        store.replace_document(
            extraction, encode([f"{document.title}\n{passage.text}" for passage in passages])
        )
    resolve(store)


def _extraction(
    annotated: AnnotatedDocument, document: Document, passages: Sequence[Passage]
) -> Extraction:
    index = PassageOffsets(passages)
    title = name_key(without_qualifier(annotated.title))
    clusters = [
        _cluster(annotated, document, index, number, title)
        for number in range(len(annotated.clusters))
    ]
    relations = [_relation(annotated, index, clusters, gold) for gold in annotated.relations]
    return Extraction(
        document,
        tuple(passages),
        tuple(cluster for cluster in clusters if cluster.mentions),
        tuple(relation for relation in relations if relation is not None),
        GOLD,
    )


def _cluster(
    annotated: AnnotatedDocument,
    document: Document,
    index: PassageOffsets,
    number: int,
    title: str,
) -> Cluster:
    gold: GoldCluster = annotated.clusters[number]
    mentions = tuple(
        Mention(passage.id, m.start, m.end, annotated.surface(m), gold.type, 1.0)
        for m in gold.mentions
        if not m.pronoun and (passage := index.at(m.start)).end >= m.end
    )
    names = [mention.text for mention in mentions] or [annotated.surface(gold.mentions[0])]
    name = " ".join(max(names, key=lambda text: (len(text.split()), len(text))).split())
    about = any(name_key(text) == title for text in names)
    return Cluster(f"{document.id}:{number}", document.id, gold.type, name, mentions, about)


def _relation(
    annotated: AnnotatedDocument,
    index: PassageOffsets,
    clusters: Sequence[Cluster],
    gold: GoldRelation,
) -> RelationMention | None:
    head, tail = clusters[gold.head], clusters[gold.tail]
    spans = [annotated.sentences[n] for n in gold.evidence]
    if not spans or not head.mentions or not tail.mentions:
        return None
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    passage = index.at(start)
    if passage.end < end:
        return None
    return RelationMention(head.id, gold.relation, tail.id, passage.id, start, end, 1.0, GOLD)
