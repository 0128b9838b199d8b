"""Annotated documents as what the extractor's three heads are trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kgqa.datasets.annotated import AnnotatedDocument, GoldMention
from kgqa.extract.coreference import pair_features, prepare
from kgqa.extract.encoding import EncodedText
from kgqa.extract.mention_head import OUTSIDE, begin_tag, inside_tag
from kgqa.ontology import Ontology


@dataclass(frozen=True, slots=True)
class Targets:
    """One document for training.

    Attributes:
        text: its pieces.
        allowed: [words, tags], the tags that the annotation allows.
        spans: each mention's half-open range of words.
        cluster_of: [mentions].
        types: [clusters].
        antecedents: pairs (i, j) of mentions [pairs, 2], with `coreferent` [pairs] 1 or 0
            and `features` [pairs, PAIR_FEATURES]; empty where coreference is not annotated.
        pairs: all ordered pairs of clusters [n, 2]; labels [n, relations + 1].
        known: [relations + 1], which relations the set annotates.
        stated: indices of pairs with evidence, and their evidence tokens [stated, pieces].
    """

    text: EncodedText
    allowed: Tensor
    spans: tuple[tuple[int, int], ...]
    cluster_of: Tensor
    types: Tensor
    antecedents: Tensor
    coreferent: Tensor
    features: Tensor
    pairs: Tensor
    labels: Tensor
    known: Tensor
    stated: Tensor
    evidence: Tensor

    def mentions(self) -> set[tuple[int, int, int]]:
        """(start, end, type) of those that are to be found: no pronouns, whose words may as well
        be outside."""
        kinds = self.types[self.cluster_of].tolist()
        spans = zip(self.spans, kinds, strict=True)
        return {(*span, kind) for span, kind in spans if not self.allowed[span[0], OUTSIDE]}

    def judges(self, start: int, end: int, kind: int) -> bool:
        """Whether the annotation tells if that is a mention: not, where it leaves the words free
        for one of a type that it does not have."""
        free = self.allowed[start:end, OUTSIDE].all()
        return not (free and self.allowed[start, begin_tag(kind)])


class TargetMaker:
    """Targets under one ontology."""

    def __init__(self, ontology: Ontology) -> None:
        self.type_index = {t.id: i for i, t in enumerate(ontology.mention_types)}
        self.relation_index = {r.id: i + 1 for i, r in enumerate(ontology.relations)}
        self.n_classes = len(ontology.relations) + 1

    def make(self, document: AnnotatedDocument, text: EncodedText) -> Targets:
        """Mentions and clusters that lie beyond the model's last token are left out."""
        mentions: list[tuple[tuple[int, int], int, GoldMention]] = []
        kept: dict[int, int] = {}
        for old, cluster in enumerate(document.clusters):
            for mention in cluster.mentions:
                span = text.word_range(mention.start, mention.end)
                if span is not None:
                    mentions.append((span, kept.setdefault(old, len(kept)), mention))
        mentions.sort(key=lambda row: row[0])
        types = [self.type_index[document.clusters[old].type] for old in kept]
        cluster_of = torch.tensor([row[1] for row in mentions], dtype=torch.long)
        antecedents, coreferent, features = self._coreference(document, mentions, types)
        pairs, labels, stated, evidence = self._relations(document, text, kept)
        return Targets(
            text,
            self._allowed(document, text, mentions, types),
            tuple(row[0] for row in mentions),
            cluster_of,
            torch.tensor(types, dtype=torch.long),
            antecedents,
            coreferent,
            features,
            pairs,
            labels,
            self._known(document),
            stated,
            evidence,
        )

    def _allowed(
        self,
        document: AnnotatedDocument,
        text: EncodedText,
        mentions: Sequence[tuple[tuple[int, int], int, GoldMention]],
        types: Sequence[int],
    ) -> Tensor:
        free = torch.zeros(2 * len(self.type_index) + 1, dtype=torch.bool)
        free[OUTSIDE] = True
        for name, index in self.type_index.items():
            if name not in document.annotated_types:
                free[begin_tag(index)] = free[inside_tag(index)] = True
        allowed = free.repeat(len(text.words), 1)
        for (start, end), cluster, mention in mentions:
            if mention.pronoun:
                continue
            allowed[start:end] = False
            allowed[start, begin_tag(types[cluster])] = True
            allowed[start + 1 : end, inside_tag(types[cluster])] = True
        return allowed

    def _coreference(
        self,
        document: AnnotatedDocument,
        mentions: Sequence[tuple[tuple[int, int], int, GoldMention]],
        types: Sequence[int],
    ) -> tuple[Tensor, Tensor, Tensor]:
        pairs, same, features = [], [], []
        if document.coreference:
            names = [prepare(document.surface(m), types[c]) for _, c, m in mentions]
            for j in range(len(mentions)):
                for i in range(j):
                    pairs.append((i, j))
                    same.append(float(mentions[i][1] == mentions[j][1]))
                    features.append(pair_features(names[i], names[j]))
        return (
            torch.tensor(pairs, dtype=torch.long).view(-1, 2),
            torch.tensor(same),
            torch.tensor(features),
        )

    def _relations(
        self, document: AnnotatedDocument, text: EncodedText, kept: Mapping[int, int]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        n = len(kept)
        grid = [(h, t) for h in range(n) for t in range(n) if h != t]
        row_of = {pair: row for row, pair in enumerate(grid)}
        labels = torch.zeros(len(grid), self.n_classes)
        evidence: dict[int, Tensor] = {}
        for relation in document.relations:
            if relation.head not in kept or relation.tail not in kept:
                continue
            row = row_of.get((kept[relation.head], kept[relation.tail]))
            index = self.relation_index.get(relation.relation)
            if row is None or index is None:
                continue
            labels[row, index] = 1
            for sentence in relation.evidence:
                span = document.sentences[sentence]
                tokens = evidence.setdefault(row, torch.zeros(len(text.input_ids)))
                _mark(tokens, text, span.start, span.end)
        rows = sorted(evidence)
        marked = [evidence[row] for row in rows]
        return (
            torch.tensor(grid, dtype=torch.long).view(-1, 2),
            labels,
            torch.tensor(rows, dtype=torch.long),
            torch.stack(marked) if marked else torch.zeros(0, len(text.input_ids)),
        )

    def _known(self, document: AnnotatedDocument) -> Tensor:
        known = torch.ones(self.n_classes, dtype=torch.bool)
        if document.annotated_relations is not None:
            for name, index in self.relation_index.items():
                known[index] = name in document.annotated_relations
        return known


def _mark(tokens: Tensor, text: EncodedText, start: int, end: int) -> None:
    span = text.word_range(start, min(end, text.words[-1][1])) if text.words else None
    if span is not None:
        tokens[text.bounds[span[0]] : text.bounds[span[1]]] = 1
