"""Passages through the extractor's network: what each states, in characters.

The three spaCy components call the three steps of this module on one shared pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from kgqa.documents.sentences import sentence_spans
from kgqa.extract.coreference import Name, cluster_pairs, pair_features, prepare
from kgqa.extract.encoding import EncodedText, collate_texts, encode_texts
from kgqa.extract.mention_head import WordSpan, decode_tags
from kgqa.extract.model import ExtractorModel, mention_weights
from kgqa.extract.relation_head import THRESHOLD, PairScores
from kgqa.lm.backbone import Backbone
from kgqa.ontology import Ontology

_PAIRS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class FoundMention:
    """A mention in one text: half-open characters and words, type index, score."""

    start: int
    end: int
    words: tuple[int, int]
    type: int
    score: float


@dataclass(frozen=True, slots=True)
class FoundRelation:
    """Cluster numbers of head and tail, relation index, score in [0, 1], and the sentence
    (half-open characters of the text) that the pair's shared attention points at."""

    head: int
    relation: int
    tail: int
    score: float
    start: int
    end: int


@dataclass(slots=True)
class PassageReading:
    """One text on its way through the three steps.

    Attributes:
        text, encoded: the text and its pieces.
        hidden, attention: the pass [length, width], [heads, length, length]; dropped
            when the relations are read.
        mentions: filled by `read_mentions`, or by a user's own component.
        vectors: projected mention states [mentions, 64], for coreference across passages.
        clusters: cluster number of each mention.
        relations: between clusters.
    """

    text: str
    encoded: EncodedText
    hidden: Tensor | None
    attention: Tensor | None
    mentions: list[FoundMention] = field(default_factory=list)
    vectors: Tensor | None = None
    clusters: list[int] = field(default_factory=list)
    relations: list[FoundRelation] = field(default_factory=list)


class PassageReader:
    """The loaded network under one ontology.

    Args:
        relation_shift: added to each relation's margin over the threshold class; chosen on
            the dev part in training.
    """

    def __init__(
        self,
        model: ExtractorModel,
        backbone: Backbone,
        ontology: Ontology,
        relation_shift: float,
    ) -> None:
        self.model = model.eval()
        self.backbone = backbone
        self.ontology = ontology
        self.relation_shift = relation_shift
        self.type_index = {t.id: i for i, t in enumerate(ontology.mention_types)}
        self.related_types = {
            (self.type_index[head], self.type_index[tail])
            for relation in ontology.relations
            for head in relation.head
            for tail in relation.tail
        }

    def encode(self, texts: Sequence[str]) -> list[EncodedText]:
        """Texts as token ids with the words that they come from."""
        return encode_texts(self.backbone.tokenizer, texts)

    @torch.inference_mode()
    def read(
        self, texts: Sequence[str], encoded: Sequence[EncodedText], mentions: bool = True
    ) -> list[PassageReading]:
        """One pass over texts of one padded length, with their mentions unless told not to."""
        batch = collate_texts(encoded, self.backbone.pad_id)
        states = self.model.states(batch)
        spans = (
            decode_tags(self.model.tag_logits(states, batch), batch.word_mask)
            if mentions
            else [[] for _ in texts]
        )
        return [
            PassageReading(
                text,
                pieces,
                states.last[row],
                states.attention[row],
                [m for span in spans[row] for m in _in_lines(text, pieces, span)],
            )
            for row, (text, pieces) in enumerate(zip(texts, encoded, strict=True))
        ]

    @torch.inference_mode()
    def read_coreference(self, reading: PassageReading) -> None:
        """Fill `vectors` and `clusters`."""
        if not reading.mentions or reading.hidden is None:
            return
        weights = self._weights(reading)
        reading.vectors = self.model.coreference.project(weights @ reading.hidden)
        n = len(reading.mentions)
        pairs = [(i, j) for j in range(n) for i in range(j)]
        names = self.names(reading)
        logits = self.score_pairs(reading.vectors, names, pairs)
        reading.clusters = cluster_pairs(n, [(pairs, logits)])

    def names(self, reading: PassageReading) -> list[Name]:
        """The mentions of a reading as coreference compares them."""
        return [prepare(reading.text[m.start : m.end], m.type) for m in reading.mentions]

    @torch.inference_mode()
    def score_pairs(
        self, vectors: Tensor, names: Sequence[Name], pairs: Sequence[tuple[int, int]]
    ) -> list[float]:
        """Coreference logits of pairs of mentions; vectors [mentions, 64]."""
        if not pairs:
            return []
        features = torch.tensor([pair_features(names[i], names[j]) for i, j in pairs])
        index = torch.tensor(pairs)
        logits = self.model.coreference(vectors[index[:, 0]], vectors[index[:, 1]], features)
        found: list[float] = logits.tolist()
        return found

    @torch.inference_mode()
    def read_relations(self, reading: PassageReading) -> None:
        """Fill `relations`, and drop the pass: nothing after this needs it.

        Pairs of types that no relation of the ontology joins are not scored.
        """
        hidden, attention = reading.hidden, reading.attention
        reading.hidden = reading.attention = None
        n_clusters = max(reading.clusters, default=-1) + 1
        if n_clusters < 2 or hidden is None or attention is None:
            return
        types = self.cluster_types(reading)
        grid = [
            (head, tail)
            for head in range(n_clusters)
            for tail in range(n_clusters)
            if head != tail and (types[head], types[tail]) in self.related_types
        ]
        if not grid:
            return
        sentences = sentence_spans(reading.text) or [(0, len(reading.text))]
        masks = _sentence_masks(reading.encoded, sentences, hidden.shape[0]).T
        weights = self._weights(reading, hidden.shape[0])
        clusters, kinds = torch.tensor(reading.clusters), torch.tensor(types)
        # What each pair attends to is large: a text of many names has thousands of pairs.
        for pairs in torch.split(torch.tensor(grid), _PAIRS_AT_ONCE):
            scores = self.model.relations(hidden, attention, weights, clusters, kinds, pairs)
            reading.relations += self._above_threshold(scores, pairs, sentences, masks)

    def _above_threshold(
        self, scores: PairScores, pairs: Tensor, sentences: Sequence[tuple[int, int]], masks: Tensor
    ) -> Iterator[FoundRelation]:
        """
        Args:
            pairs: cluster numbers [pairs, 2].
            masks: 1 where a piece belongs to a sentence [length, sentences].
        """
        margins = scores.logits - scores.logits[:, THRESHOLD, None] + self.relation_shift
        margins[:, THRESHOLD] = -1
        found = (margins > 0).nonzero().tolist()
        best = (scores.attention @ masks).argmax(-1).tolist() if found else []
        for row, label in found:
            head, tail = pairs[row].tolist()
            start, end = sentences[best[row]]
            probability = float(torch.sigmoid(margins[row, label]))
            yield FoundRelation(head, label - 1, tail, probability, start, end)

    def cluster_types(self, reading: PassageReading) -> list[int]:
        """The type that a cluster's mentions agree on best, by summed score."""
        votes = [[0.0] * len(self.type_index) for _ in range(max(reading.clusters) + 1)]
        for mention, cluster in zip(reading.mentions, reading.clusters, strict=True):
            votes[cluster][mention.type] += mention.score
        return [vote.index(max(vote)) for vote in votes]

    def _weights(self, reading: PassageReading, length: int | None = None) -> Tensor:
        if length is None:
            assert reading.hidden is not None
            length = reading.hidden.shape[0]
        return mention_weights(reading.encoded, [m.words for m in reading.mentions], length)


def _in_lines(text: str, pieces: EncodedText, span: WordSpan) -> Iterator[FoundMention]:
    """The span in characters, cut where a line ends: no name goes on past a heading."""
    first = span.start
    for word in range(span.start, span.end):
        last = word + 1 == span.end
        end = pieces.words[word][1]
        if last or "\n" in text[end : pieces.words[word + 1][0]]:
            start = pieces.words[first][0]
            yield FoundMention(start, end, (first, word + 1), span.type, span.score)
            first = word + 1


def _sentence_masks(text: EncodedText, sentences: Sequence[tuple[int, int]], length: int) -> Tensor:
    """1 where a piece belongs to a sentence: [sentences, length]."""
    masks = torch.zeros(len(sentences), length)
    bounds = text.bounds
    for word, (start, _) in enumerate(text.words):
        row = next((i for i, (a, b) in enumerate(sentences) if a <= start < b), None)
        if row is not None:
            masks[row, bounds[word] : bounds[word + 1]] = 1
    return masks
