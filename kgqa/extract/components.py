"""The extractor as spaCy components: kgqa_mentions, kgqa_coreference, kgqa_relations.

    nlp = spacy.blank("en")
    for name in ("kgqa_mentions", "kgqa_coreference", "kgqa_relations"):
        nlp.add_pipe(name)
    doc = nlp("Marie Curie was born in Warsaw.")
    doc.ents, doc._.kgqa_clusters, doc._.kgqa_relations

One pass over a batch serves all three. A pipeline may leave `kgqa_mentions` out and set
`doc.ents` itself, with the ontology's mention types as labels: coreference and relations
then read those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from kgqa.extract.encoding import EncodedText
from kgqa.extract.loading import load_passage_reader
from kgqa.extract.reading import FoundMention, FoundRelation, PassageReader, PassageReading
from kgqa.lm.batching import token_buckets

READING, ENCODED = "kgqa_reading", "kgqa_encoded"
BATCH_TOKENS = 512
"""Of a batch, padding counted: the states and attention of a pass are what memory goes to."""
_STREAM = 320

Doc.set_extension("kgqa_clusters", default=(), force=True)
Doc.set_extension("kgqa_relations", default=(), force=True)


class _Component:
    """Applies one step to documents in batches; the pass is kept in `doc.user_data`."""

    def __init__(self, reader: PassageReader) -> None:
        self.reader = reader

    def __call__(self, doc: Doc) -> Doc:
        self.apply([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], batch_size: int = _STREAM) -> Iterator[Doc]:
        rest = iter(stream)
        while docs := list(islice(rest, max(batch_size, _STREAM))):
            self.apply(docs)
            yield from docs

    def apply(self, docs: Sequence[Doc]) -> None:
        raise TypeError(f"{type(self).__name__} is no component of its own")

    def readings(self, docs: Sequence[Doc], mentions: bool) -> list[PassageReading]:
        """The pass of each document, made where a component before has not."""
        missing = [doc for doc in docs if READING not in doc.user_data]
        encoded = self._encoded(missing)
        for group in token_buckets([len(text.input_ids) for text in encoded], BATCH_TOKENS):
            texts = [missing[i].text for i in group]
            found = self.reader.read(texts, [encoded[i] for i in group], mentions)
            for i, reading in zip(group, found, strict=True):
                missing[i].user_data[READING] = reading
        return [doc.user_data[READING] for doc in docs]

    def _encoded(self, docs: Sequence[Doc]) -> list[EncodedText]:
        unread = [doc for doc in docs if ENCODED not in doc.user_data]
        if unread:
            texts = self.reader.encode([doc.text for doc in unread])
            for doc, text in zip(unread, texts, strict=True):
                doc.user_data[ENCODED] = text
        return [doc.user_data.pop(ENCODED) for doc in docs]


class Mentions(_Component):
    """Sets `doc.ents`: typed mentions, labels from the ontology."""

    def apply(self, docs: Sequence[Doc]) -> None:
        """Set `doc.ents`; where mentions overlap, the longest stays."""
        types = self.reader.ontology.mention_types
        for doc, reading in zip(docs, self.readings(docs, mentions=True), strict=True):
            spans: list[Span] = []
            for mention in reading.mentions:
                label = types[mention.type].id
                span = doc.char_span(mention.start, mention.end, label, alignment_mode="expand")
                if span is not None:
                    spans.append(span)
            doc.ents = tuple(filter_spans(spans))


class Coreference(_Component):
    """Sets `doc._.kgqa_clusters`: for each cluster the spans of its mentions."""

    def apply(self, docs: Sequence[Doc]) -> None:
        """Set `doc._.kgqa_clusters`, spans by cluster."""
        for doc, reading in zip(docs, self.readings(docs, mentions=False), strict=True):
            if not reading.mentions:
                reading.mentions = self._of_entities(doc, reading)
            self.reader.read_coreference(reading)
            groups: dict[int, list[Span]] = {}
            for mention, cluster in zip(reading.mentions, reading.clusters, strict=True):
                span = doc.char_span(mention.start, mention.end, alignment_mode="expand")
                if span is not None:
                    groups.setdefault(cluster, []).append(span)
            doc._.kgqa_clusters = tuple(tuple(groups[i]) for i in sorted(groups))

    def _of_entities(self, doc: Doc, reading: PassageReading) -> list[FoundMention]:
        """Mentions from `doc.ents` that another component set; other labels are passed over."""
        mentions = []
        for entity in doc.ents:
            words = reading.encoded.word_range(entity.start_char, entity.end_char)
            kind = self.reader.type_index.get(entity.label_)
            if kind is not None and words is not None:
                mentions.append(FoundMention(entity.start_char, entity.end_char, words, kind, 1.0))
        return mentions


class Relations(_Component):
    """Sets `doc._.kgqa_relations`: FoundRelation records over `doc._.kgqa_clusters`."""

    def apply(self, docs: Sequence[Doc]) -> None:
        """Set `doc._.kgqa_relations`."""
        for doc, reading in zip(docs, self.readings(docs, mentions=False), strict=True):
            self.reader.read_relations(reading)
            relations: list[FoundRelation] = reading.relations
            doc._.kgqa_relations = tuple(relations)


def _factory(kind: Callable[[PassageReader], _Component]) -> Callable[..., _Component]:
    def make(nlp: Language, name: str, weights: str | None, backbone: str) -> _Component:
        return kind(load_passage_reader(weights, backbone))

    return make


_DEFAULTS: dict[str, Any] = {"weights": None, "backbone": "packaged"}
for _name, _kind in (
    ("kgqa_mentions", Mentions),
    ("kgqa_coreference", Coreference),
    ("kgqa_relations", Relations),
):
    Language.factory(_name, default_config=_DEFAULTS, func=_factory(_kind))
