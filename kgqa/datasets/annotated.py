"""Documents with gold mentions, coreference and relations; what the extractor learns from.

All `start` and `end` are half-open character offsets into `AnnotatedDocument.text`,
and no gold span starts or ends with white space.
"""

from __future__ import annotations

from dataclasses import dataclass

MENTION_TYPES = frozenset({"person", "organization", "location", "time", "number", "miscellaneous"})


@dataclass(frozen=True, slots=True, order=True)
class SentenceSpan:
    """A sentence: half-open offsets into its document's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class GoldMention:
    """`pronoun` says that the words are no name ("he", "which"): KnowledgeNet marks such."""

    start: int
    end: int
    pronoun: bool = False


@dataclass(frozen=True, slots=True)
class GoldCluster:
    """All gold mentions of one thing, in text order, without repeats."""

    type: str
    mentions: tuple[GoldMention, ...]


@dataclass(frozen=True, slots=True, order=True)
class GoldRelation:
    """`head` and `tail` index `AnnotatedDocument.clusters`, `evidence` its sentences."""

    head: int
    relation: str
    tail: int
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """One text and what its annotators marked in it.

    Args:
        id: unique within its file.
        annotated_types: mention types of which every mention is marked.
        annotated_relations: relation ids of which every instance is marked; None: all.
        coreference: annotators marked coreference; else clusters are by name alone.
    """

    id: str
    title: str
    text: str
    sentences: tuple[SentenceSpan, ...]
    clusters: tuple[GoldCluster, ...]
    relations: tuple[GoldRelation, ...]
    annotated_types: frozenset[str] = MENTION_TYPES
    annotated_relations: frozenset[str] | None = None
    coreference: bool = True

    @property
    def complete(self) -> bool:
        """What is not marked is not there; else training must mask it."""
        return self.annotated_types >= MENTION_TYPES and self.annotated_relations is None

    def surface(self, mention: GoldMention) -> str:
        """The words of a mention."""
        return self.text[mention.start : mention.end]
