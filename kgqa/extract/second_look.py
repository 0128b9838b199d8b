"""Each candidate relation is verified against its sentence before it may become a triple."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kgqa.documents.sentences import sentence_spans
from kgqa.extract.verify import Claim, Verifier
from kgqa.extract.windows import Cells
from kgqa.ontology import Ontology
from kgqa.types import Cluster, Extraction, Mention, RelationMention

CONTEXT_CHARACTERS = 320
"""Of what stands before a sentence: who "she" is."""
Key = tuple[str, str, str, int, int]
"""Head, relation, tail and sentence; the ends of a symmetric relation in one order."""


class SecondLook:
    """
    Args:
        verifier: says how likely a sentence states a triple.
        ontology: names relations, and says which are symmetric.
    """

    def __init__(self, verifier: Verifier, ontology: Ontology) -> None:
        self.verifier = verifier
        self.labels = {relation.id: relation.label for relation in ontology.relations}
        self.symmetric = {r.id for r in ontology.relations if r.symmetric}

    def verified(self, extractions: Sequence[Extraction]) -> list[Extraction]:
        """The extractions with those relations alone that their sentences state; the score is
        how likely that is. What a table's row or front matter states is not prose, and stays."""
        claims: dict[tuple[int, Key], Claim] = {}
        for number, extraction in enumerate(extractions):
            names = _Names(extraction.clusters)
            for relation in _of_prose(extraction):
                key = self._key(relation)
                if (number, key) not in claims:
                    claims[number, key] = self._claim(extraction, relation, key, names)
        asked = {key: claim for key, claim in claims.items() if claim.names_both}
        found = dict.fromkeys(claims, 0.0)
        found |= zip(asked, self.verifier.probabilities(list(asked.values())), strict=True)
        return [
            replace(extraction, relations=self._kept(number, extraction, found))
            for number, extraction in enumerate(extractions)
        ]

    def _kept(
        self, number: int, extraction: Extraction, found: Mapping[tuple[int, Key], float]
    ) -> tuple[RelationMention, ...]:
        kept = []
        for relation in extraction.relations:
            probability = found.get((number, self._key(relation)))
            if probability is None:
                kept.append(relation)
            elif probability >= self.verifier.threshold:
                kept.append(replace(relation, score=probability))
        return tuple(kept)

    def _key(self, relation: RelationMention) -> Key:
        head, tail = relation.head, relation.tail
        if relation.relation in self.symmetric:
            head, tail = sorted((head, tail))
        return head, relation.relation, tail, relation.start, relation.end

    def _claim(
        self, extraction: Extraction, relation: RelationMention, key: Key, names: _Names
    ) -> Claim:
        start, end = relation.start, relation.end
        return Claim(
            names.within(key[0], start, end),
            self.labels.get(relation.relation, relation.relation),
            names.within(key[2], start, end),
            text_before(extraction.document.text, start) + extraction.document.text[start:end],
        )


def text_before(text: str, start: int) -> str:
    """The whole sentences right before a place, of CONTEXT_CHARACTERS at most."""
    first = max(0, start - CONTEXT_CHARACTERS)
    before = text[first:start]
    if first > 0:
        sentences = sentence_spans(before)
        before = before[sentences[1][0] :] if len(sentences) > 1 else ""
    return before


def _of_prose(extraction: Extraction) -> list[RelationMention]:
    rows = Cells(extraction.document.blocks)
    front = [b for b in extraction.document.blocks if b.kind == "front_matter"]
    return [
        relation
        for relation in extraction.relations
        if rows.row_at(relation.start) is None
        and not any(block.start <= relation.start < block.end for block in front)
    ]


class _Names:
    """How clusters are called, here and in general."""

    def __init__(self, clusters: Sequence[Cluster]) -> None:
        self._names = {cluster.id: cluster.name for cluster in clusters}
        self._mentions: dict[str, list[Mention]] = defaultdict(list)
        for cluster in clusters:
            self._mentions[cluster.id].extend(cluster.mentions)

    def within(self, cluster: str, start: int, end: int) -> str:
        """The longest mention in the characters [start, end), else the cluster's name."""
        here = [m.text for m in self._mentions[cluster] if start <= m.start and m.end <= end]
        return max(here, key=len, default=self._names[cluster])
