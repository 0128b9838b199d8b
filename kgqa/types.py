"""The records that pass between the stages; standard library only.

ingest:  Document -> Block -> Passage -> Mention -> Cluster + RelationMention -> Link
         -> Triple + Evidence
ask:     Question -> seed entities -> passages + Subgraph -> Answer

All `start` and `end` are half-open character offsets into `Document.text`.
All scores lie in [0, 1] unless a field says otherwise.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

READ_LANGUAGE = "en"
"""What the shipped weights read; from a text in another language nothing is extracted."""
ContextName = Literal["gnn", "attention", "memory", "none"]
"""What reads the graph for a language model; `none` leaves it text only."""
AdapterKind = Literal["lora", "bottleneck", "prompt"]
BlockKind = Literal[
    "prose",
    "heading",
    "list_item",
    "table_row",
    "code",
    "front_matter",
    "contents",
    "footnote",
    "page_header",
    "boilerplate",
]
"""`contents` is a table of contents, `page_header` a running header or footer, `boilerplate` a
frame that is not the document's own (an archive's licence, navigation, a cookie banner)."""
TitleOrigin = Literal["record", "text", "file"]
"""Who gave a document its title: a record's field, the text itself (a heading), the file's name."""


def digest_of(*parts: str) -> str:
    """SHA-256 over the parts, hex, with an unambiguous separator."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def document_id(source: str) -> str:
    """The id that a document of this source has."""
    return digest_of(source)[:16]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value under its label, of a table's row or of front matter: `text[start:end]` of the
    document; the label is "" where a table has no head."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document's layout: the characters [start, end) of its text.

    Attributes:
        section: the headings above it, outermost first, joined by " > ".
        page: of a paged source, from 1.
        row: of a table or sheet, from 1, its head counted.
        cells: of a table's row or of front matter, in order.
    """

    kind: BlockKind
    start: int
    end: int
    section: str = ""
    page: int | None = None
    row: int | None = None
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One source text. `digest` covers title, text and a foreign language, `id` the source alone.

    Attributes:
        text: what all offsets point into. A line end in it is one that its writer meant: lines
            that were only wrapped have been joined.
        blocks: its layout in order, without overlaps; () is one block of prose.
        language: ISO 639-1, "" where it is not known.
        format: the file format's name, as `kgqa ingest --list-formats` has it; "" for none.
        title_origin: who gave the title.
    """

    id: str
    source: str
    title: str
    text: str
    digest: str
    blocks: tuple[Block, ...] = ()
    language: str = ""
    format: str = ""
    title_origin: TitleOrigin = "record"

    @classmethod
    def create(
        cls,
        source: str,
        title: str,
        text: str,
        *,
        blocks: tuple[Block, ...] = (),
        language: str = "",
        format: str = "",
        title_origin: TitleOrigin = "record",
    ) -> Document:
        """With the id that its source gives, and the digest of its content."""
        foreign = () if language in ("", READ_LANGUAGE) else (language,)
        digest = digest_of(title, text, *foreign)
        return cls(
            document_id(source),
            source,
            title,
            text,
            digest,
            blocks,
            language,
            format,
            title_origin,
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one document: `text == document.text[start:end]`.

    `section`, `page` and `row` say where it stands, as in its first `Block`; a passage never
    goes on over a heading, a page or a table's row.
    """

    id: str
    document_id: str
    start: int
    end: int
    text: str
    section: str = ""
    page: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One typed name in a passage: `text == document.text[start:end]`."""

    passage_id: str
    start: int
    end: int
    text: str
    type: str
    score: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """The mentions of one document that name the same thing (a coreference cluster).

    A cluster is what linking maps to an entity. `name` is its fullest surface form,
    `about` says that the document's title names it. A topic that the text never
    mentions verbatim has no mentions.
    """

    id: str
    document_id: str
    type: str
    name: str
    mentions: tuple[Mention, ...]
    about: bool = False


@dataclass(frozen=True, slots=True)
class RelationMention:
    """One stated relation between two clusters of a document, with the span that states it."""

    head: str
    relation: str
    tail: str
    passage_id: str
    start: int
    end: int
    score: float
    extractor: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Relations that the ontology's head and tail types do not allow, and how many came."""

    relation: str
    head_type: str
    tail_type: str
    count: int


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that one document contributes to the graph; what `GraphStore.replace_document` takes.

    `extractor` identifies weights, ontology and code: a document is unchanged only if
    both its digest and its extractor are.
    """

    document: Document
    passages: tuple[Passage, ...]
    clusters: tuple[Cluster, ...]
    relations: tuple[RelationMention, ...]
    extractor: str = ""
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """The decision for one cluster: an entity, or None (NIL: nothing known fits)."""

    cluster_id: str
    entity_id: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Entity:
    """A node of the graph. `aliases` are its other names, `description` tells it from namesakes."""

    id: str
    type: str
    name: str
    aliases: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Triple:
    """`head` and `tail` are entity ids, `relation` an ontology id such as `P19`."""

    head: str
    relation: str
    tail: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a triple is stated: `document.text[start:end]` of the passage's document."""

    triple: Triple
    passage_id: str
    start: int
    end: int
    score: float
    extractor: str


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A retrieved neighbourhood. `scores` holds one relevance per entity, same order."""

    seeds: tuple[str, ...]
    entities: tuple[Entity, ...]
    triples: tuple[Triple, ...]
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question in plain words; its answer carries the id."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """`score` is comparable within one result only."""

    passage: Passage
    title: str
    source: str
    score: float


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """The characters of a document that state the answer."""

    passage_id: str
    document: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is None when the reader abstained; `spans` mark the answer in its passages."""

    question_id: str
    text: str | None
    score: float
    triples: tuple[Triple, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    passages: tuple[ScoredPassage, ...] = ()
    spans: tuple[AnswerSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """`reason` is a short stable phrase that reports group by; `detail` says what came."""

    source: str
    reason: str
    detail: str = ""


@dataclass(slots=True)
class IngestReport:
    """What one ingest did. The only mutable record: it is filled as documents pass.

    Attributes:
        retired: documents that were deleted, as what they were read from is gone.
        formats: documents read of each format, those that were there before included.
        languages: likewise of each language, ISO 639-1; "" where it is not known.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    retired: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)

    @property
    def taken(self) -> int:
        """Documents that are in the store now."""
        return self.added + self.updated + self.unchanged

    @property
    def unread_languages(self) -> dict[str, int]:
        """Documents of each language that the weights do not read, the most frequent first."""
        read = ("", READ_LANGUAGE)
        return {code: n for code, n in self.languages.most_common() if code not in read}

    @property
    def refusals(self) -> list[Refusal]:
        """One for each kind that the ontology does not allow, the most frequent first."""
        counts: Counter[tuple[str, str, str]] = Counter()
        for refusal in self.refused:
            counts[refusal.relation, refusal.head_type, refusal.tail_type] += refusal.count
        return [Refusal(*kind, count) for kind, count in counts.most_common()]

    def read(self, document: Document) -> None:
        """A document was read; whether the store has it already is not known yet."""
        self.formats[document.format] += 1
        self.languages[document.language] += 1

    def kept(
        self,
        batch: Sequence[tuple[Document, tuple[Passage, ...]]],
        fresh: Sequence[tuple[Document, tuple[Passage, ...]]],
    ) -> None:
        """Of a batch, all but the fresh documents are in the store as they are."""
        self.unchanged += len(batch) - len(fresh)

    def wrote(self, extraction: Extraction, outcome: str) -> None:
        """A document was written; `outcome` is what `GraphStore.replace_document` returns."""
        self.added += outcome == "added"
        self.updated += outcome == "updated"
        self.unchanged += outcome == "unchanged"
        self.refused.extend(extraction.refused)

    def deleted(self, document_id: str) -> None:
        """A document was deleted, as what it was read from is gone."""
        self.retired += 1
