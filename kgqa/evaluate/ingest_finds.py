"""What an ingest found in each document, and the sentences that gave nothing."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kgqa.documents.sentences import sentence_spans
from kgqa.store.base import GraphStore
from kgqa.types import (
    READ_LANGUAGE,
    Block,
    BlockKind,
    Document,
    Extraction,
    IngestReport,
    Passage,
)

EXAMPLES = 20
_PROSE: frozenset[BlockKind] = frozenset({"prose", "list_item"})
# A shorter piece is a salutation, a caption or what is left of a table.
_LEAST_WORDS = 4

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class DocumentFinds:
    """One document's figures.

    Attributes:
        triples: different ones, that is relations between two of its clusters.
        sentences: of its prose, with a few words at least.
        silent: those of them that hold neither a mention nor what states a relation.
    """

    source: str
    title: str
    format: str
    language: str
    passages: int
    mentions: int
    clusters: int
    triples: int
    sentences: int
    silent: int


@dataclass(frozen=True, slots=True)
class SilentSentence:
    """A sentence that gave nothing: its document, and where it stands there."""

    source: str
    text: str
    start: int
    section: str = ""
    page: int | None = None


@dataclass(slots=True)
class _Draw:
    """An even draw from a stream of unknown length (Vitter, 1985, algorithm R), the same again."""

    size: int
    drawn: list[SilentSentence] = field(default_factory=list)
    _seen: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def place(self) -> int | None:
        """Where the next of the stream goes, None where it is not drawn."""
        self._seen += 1
        place = self._seen - 1
        if place >= self.size:
            place = self._random.randrange(self._seen)
        return place if place < self.size else None

    def put(self, place: int, sentence: SilentSentence) -> None:
        self.drawn[place : place + 1] = [sentence]

    def drop(self, source: str) -> None:
        self.drawn = [sentence for sentence in self.drawn if sentence.source != source]


class FindsReport(IngestReport):
    """An ingest's report that also keeps what each document gave.

    Args:
        store: what holds the documents that are there already, to count what they gave.
    """

    def __init__(self, store: GraphStore) -> None:
        super().__init__()
        self._store = store
        self._documents: dict[str, DocumentFinds] = {}
        self._draw = _Draw(EXAMPLES)

    @property
    def documents(self) -> list[DocumentFinds]:
        """The most triples first."""
        return sorted(
            self._documents.values(), key=lambda d: (-d.triples, -d.mentions, d.source, d.title)
        )

    @property
    def examples(self) -> list[SilentSentence]:
        """Up to EXAMPLES sentences that gave nothing, drawn evenly, in order."""
        return sorted(self._draw.drawn, key=lambda sentence: (sentence.source, sentence.start))

    def kept(
        self,
        batch: Sequence[tuple[Document, tuple[Passage, ...]]],
        fresh: Sequence[tuple[Document, tuple[Passage, ...]]],
    ) -> None:
        super().kept(batch, fresh)
        new = {document.id for document, _ in fresh}
        for document, _ in batch:
            if document.id not in new:
                extraction = self._store.content_of(document.id).extraction
                self._add(replace(extraction, document=document))

    def wrote(self, extraction: Extraction, outcome: str) -> None:
        super().wrote(extraction, outcome)
        self._add(extraction)

    def deleted(self, document_id: str) -> None:
        super().deleted(document_id)
        former = self._documents.pop(document_id, None)
        if former is not None:
            self._draw.drop(former.source)

    def _add(self, extraction: Extraction) -> None:
        document = extraction.document
        if document.id in self._documents:  # a watched file that has changed
            self._draw.drop(document.source)
        sentences = silent = 0
        for block, span, is_silent in _prose_sentences(extraction):
            sentences += 1
            silent += is_silent
            if is_silent and (place := self._draw.place()) is not None:
                self._draw.put(place, _example(document, block, span))
        self._documents[document.id] = DocumentFinds(
            document.source,
            document.title,
            document.format,
            document.language,
            len(extraction.passages),
            sum(len(cluster.mentions) for cluster in extraction.clusters),
            len(extraction.clusters),
            len({(r.head, r.relation, r.tail) for r in extraction.relations}),
            sentences,
            silent,
        )


def _prose_sentences(extraction: Extraction) -> Iterator[tuple[Block, Span, bool]]:
    """Each sentence of the prose with its block, and whether it gave nothing; none where the
    document's language is not read."""
    document = extraction.document
    if document.language not in ("", READ_LANGUAGE):
        return
    found = sorted(
        {(m.start, m.end) for cluster in extraction.clusters for m in cluster.mentions}
        | {(r.start, r.end) for r in extraction.relations}
    )
    first = 0
    for block in document.blocks or (Block("prose", 0, len(document.text)),):
        while first < len(found) and found[first][0] < block.start:
            first += 1
        last = first
        while last < len(found) and found[last][0] < block.end:
            last += 1
        if block.kind in _PROSE:
            yield from _sentences(document.text, block, found[first:last])


def _sentences(
    text: str, block: Block, found: Sequence[Span]
) -> Iterator[tuple[Block, Span, bool]]:
    spans = [
        (block.start + start, block.start + end)
        for start, end in sentence_spans(text[block.start : block.end])
    ]
    starts = [start for start, _ in spans]
    spoke = set()
    for start, end in found:
        number = max(bisect_right(starts, start) - 1, 0)
        while number < len(spans) and starts[number] < end:
            spoke.add(number)
            number += 1
    for number, (start, end) in enumerate(spans):
        if len(text[start:end].split(None, _LEAST_WORDS)) >= _LEAST_WORDS:
            yield block, (start, end), number not in spoke


def _example(document: Document, block: Block, span: Span) -> SilentSentence:
    text = " ".join(document.text[slice(*span)].split())
    return SilentSentence(document.source, text, span[0], block.section, block.page)
