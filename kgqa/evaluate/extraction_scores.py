"""Extraction against gold documents: mentions, coreference, relations, and all end to end.

Four figures, all micro-averaged over documents, in percent:

- `mention_f1`: a mention is right if its span and its type are exactly a gold one's.
- `coreference_f1`: the CoNLL mean of MUC, B-cubed and CEAF-e, over predicted mentions by
  exact span, singletons included.
- `relation_f1`: triples over gold clusters, which the extractor is given.
- `triple_f1`: triples of predicted clusters. A predicted cluster stands for the gold cluster
  that shares most of its spans (the earlier on a tie), if at least half of its mentions are
  exactly that cluster's; else for nothing, and its triples are wrong. A triple is right if
  head, relation and tail are; one predicted twice counts once.

Where annotators marked only part (`AnnotatedDocument.complete` is false), only that part is
scored: mentions of other types count only where they meet a gold mention, relations that
were not annotated do not count. Pronouns are no mentions (Re-DocRED marks none): outside of
`relation_f1` they count on neither side, nor does a triple whose end has no name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from kgqa.datasets.annotated import AnnotatedDocument, GoldCluster, GoldMention, GoldRelation
from kgqa.evaluate.bootstrap import Floats
from kgqa.evaluate.coreference import coreference_counts

_Counted = TypeVar("_Counted")


@dataclass(frozen=True, slots=True, order=True)
class MentionSpan:
    """Half-open character offsets into the document's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PredictedCluster:
    """A mention type, and the places that are one thing."""

    type: str
    mentions: tuple[MentionSpan, ...]


@dataclass(frozen=True, slots=True, order=True)
class PredictedRelation:
    """`head` and `tail` index clusters: predicted ones, or gold ones where those are given."""

    head: int
    relation: str
    tail: int


@dataclass(frozen=True, slots=True)
class PredictedDocument:
    """What was extracted from one document; relations index the clusters."""

    clusters: tuple[PredictedCluster, ...]
    relations: tuple[PredictedRelation, ...]


@dataclass(frozen=True, slots=True)
class ExtractionCounts:
    """What one document adds. Each of [3] holds correct, predicted, gold; coreference is [12]."""

    mentions: Floats
    coreference: Floats
    relations: Floats
    triples: Floats


def score_extraction(
    document: AnnotatedDocument,
    predicted: PredictedDocument,
    relations_given_gold: set[PredictedRelation],
) -> ExtractionCounts:
    """Score one document: what was found in its text, and relations given its gold clusters."""
    given = _triples(relations_given_gold, document)
    gold_given = _triples(document.relations, document)
    named = without_pronouns(document)
    found = _scored(named, document, predicted)
    triples = matched_triples(named, found)
    return ExtractionCounts(
        mentions=_counts(_typed_spans(found.clusters), _typed_spans(named.clusters)),
        coreference=coreference_counts(_span_sets(named.clusters), _span_sets(found.clusters)),
        relations=_counts(given, gold_given),
        triples=_counts(_triples(triples, named), _triples(named.relations, named)),
    )


def without_pronouns(document: AnnotatedDocument) -> AnnotatedDocument:
    """The same document with names only: clusters of pronouns go, with their relations."""
    clusters: list[GoldCluster] = []
    place: dict[int, int] = {}
    for n, cluster in enumerate(document.clusters):
        names = tuple(mention for mention in cluster.mentions if not mention.pronoun)
        if names:
            place[n] = len(clusters)
            clusters.append(GoldCluster(cluster.type, names))
    relations = tuple(
        replace(relation, head=place[relation.head], tail=place[relation.tail])
        for relation in document.relations
        if relation.head in place and relation.tail in place
    )
    return replace(document, clusters=tuple(clusters), relations=relations)


def matched_triples(
    document: AnnotatedDocument, predicted: PredictedDocument
) -> set[PredictedRelation]:
    """Predicted relations over gold clusters; an end that stands for none gets an index < 0."""
    owners: dict[MentionSpan, list[int]] = defaultdict(list)
    for n, gold in enumerate(document.clusters):
        for span in _spans(gold.mentions):
            owners[span].append(n)
    ends = [_gold_of(cluster, owners, none=-1 - n) for n, cluster in enumerate(predicted.clusters)]
    return {
        PredictedRelation(ends[relation.head], relation.relation, ends[relation.tail])
        for relation in predicted.relations
    }


def _gold_of(
    cluster: PredictedCluster, owners: Mapping[MentionSpan, Sequence[int]], none: int
) -> int:
    spans = _spans(cluster.mentions)
    shared = Counter(n for span in spans for n in owners.get(span, ()))
    if not shared:
        return none
    best = min(shared, key=lambda n: (-shared[n], n))
    return best if 2 * shared[best] >= len(spans) else none


def _scored(
    named: AnnotatedDocument, document: AnnotatedDocument, predicted: PredictedDocument
) -> PredictedDocument:
    """The prediction without mentions that the annotators had no eye for. Indices stay."""
    pronouns = {
        (mention.start, mention.end)
        for cluster in document.clusters
        for mention in cluster.mentions
        if mention.pronoun
    }
    gold = [mention for cluster in named.clusters for mention in cluster.mentions]

    def counts(kind: str, mention: MentionSpan) -> bool:
        if (mention.start, mention.end) in pronouns:
            return False
        return kind in document.annotated_types or any(
            mention.start < other.end and other.start < mention.end for other in gold
        )

    nameless = {
        n
        for n, cluster in enumerate(predicted.clusters)
        if all((mention.start, mention.end) in pronouns for mention in cluster.mentions)
    }
    return PredictedDocument(
        tuple(
            PredictedCluster(
                cluster.type,
                tuple(mention for mention in cluster.mentions if counts(cluster.type, mention)),
            )
            for cluster in predicted.clusters
        ),
        tuple(r for r in predicted.relations if not {r.head, r.tail} & nameless),
    )


def _spans(mentions: Sequence[MentionSpan] | Sequence[GoldMention]) -> set[MentionSpan]:
    return {MentionSpan(mention.start, mention.end) for mention in mentions}


def _span_sets(
    clusters: Sequence[PredictedCluster] | Sequence[GoldCluster],
) -> list[set[MentionSpan]]:
    return [_spans(cluster.mentions) for cluster in clusters]


def _typed_spans(
    clusters: Sequence[PredictedCluster] | Sequence[GoldCluster],
) -> set[tuple[str, MentionSpan]]:
    return {(cluster.type, span) for cluster in clusters for span in _spans(cluster.mentions)}


def _triples(
    relations: set[PredictedRelation] | Sequence[GoldRelation], document: AnnotatedDocument
) -> set[PredictedRelation]:
    annotated = document.annotated_relations
    return {
        PredictedRelation(relation.head, relation.relation, relation.tail)
        for relation in relations
        if annotated is None or relation.relation in annotated
    }


def _counts(predicted: Set[_Counted], gold: Set[_Counted]) -> Floats:
    return np.array([len(predicted & gold), len(predicted), len(gold)], dtype=np.float64)
