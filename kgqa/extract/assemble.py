"""One document from the readings of its passages: offsets, clusters, the topic, relations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch

from kgqa.extract.coreference import Name, candidate_pairs, cluster_pairs
from kgqa.extract.reading import FoundMention, PassageReader, PassageReading
from kgqa.extract.stated_cells import StatedCells
from kgqa.extract.validate import Validator
from kgqa.extract.windows import Cells, ExtractionWindow, PassageOffsets
from kgqa.names import name_key, without_qualifier
from kgqa.types import (
    Cluster,
    Document,
    Extraction,
    Mention,
    Passage,
    RelationMention,
)

_MAX_NAME = 80
"""A longer surface form is no name for an entity if the cluster has a shorter one."""


class DocumentAssembler:
    """
    Args:
        reader: scores coreference across passages.
        digest: the extractor's, written into each extraction.
    """

    def __init__(self, reader: PassageReader, digest: str) -> None:
        self.reader = reader
        self.digest = digest
        self.validator = Validator(reader.ontology)
        self.types = [t.id for t in reader.ontology.mention_types]

    def assemble(
        self,
        document: Document,
        passages: Sequence[Passage],
        windows: Sequence[ExtractionWindow],
        readings: Sequence[PassageReading],
    ) -> Extraction:
        """All that the document contributes; every mention's text is the document's at its
        offsets.

        Args:
            windows, readings: what was read, and what was found in each.
        """
        index = PassageOffsets(passages)
        mentions = [
            self._mention(document, index, window.start + m.start, window.start + m.end, m)
            for window, reading in zip(windows, readings, strict=True)
            for m in reading.mentions
        ]
        numbers = self._clusters(readings)
        clusters = self._named(document, passages, mentions, numbers)
        relations = self._relations(index, windows, readings, numbers, clusters)
        stated = StatedCells(
            document, passages, _in_cells(document, clusters), self.reader.ontology, self.digest
        )
        stated.read()
        types = {cluster.id: cluster.type for cluster in stated.clusters}
        found = [r for r in (*stated.relations, *relations) if r.head in types and r.tail in types]
        allowed, refused = self.validator.validate(_once(found), types)
        return Extraction(
            document, tuple(passages), tuple(stated.clusters), allowed, self.digest, refused
        )

    def _mention(
        self, document: Document, index: PassageOffsets, start: int, end: int, found: FoundMention
    ) -> Mention:
        passage = index.at(start)
        end = min(end, passage.end)
        kind = self.types[found.type]
        return Mention(passage.id, start, end, document.text[start:end], kind, found.score)

    def _clusters(self, readings: Sequence[PassageReading]) -> list[int]:
        """A cluster number for each mention of the document, in order."""
        if len(readings) == 1:
            return readings[0].clusters
        names: list[Name] = []
        places: list[int] = []
        known: dict[Name, Name] = {}
        for place, reading in enumerate(readings):
            # A long document has few names, again and again.
            names += [known.setdefault(name, name) for name in self.reader.names(reading)]
            places += [place] * len(reading.mentions)
        vectors = [reading.vectors for reading in readings if reading.vectors is not None]
        if not vectors:
            return []
        states = torch.cat(vectors)
        scored = (
            (pairs, self.reader.score_pairs(states, names, pairs))
            for pairs in candidate_pairs(names, places)
        )
        return cluster_pairs(len(names), scored)

    def _named(
        self,
        document: Document,
        passages: Sequence[Passage],
        mentions: Sequence[Mention],
        numbers: Sequence[int],
    ) -> list[Cluster]:
        groups: dict[int, list[Mention]] = {}
        for mention, number in zip(mentions, numbers, strict=True):
            groups.setdefault(number, []).append(mention)
        topic = _topic(document, passages, groups)
        named = document.title_origin != "file"
        title = without_qualifier(document.title)
        clusters = []
        for number in sorted(groups):
            about = number == topic
            name = title if about and named else _name(groups[number])
            clusters.append(_cluster(document, number, groups[number], name, about))
        if topic is None and named and name_key(document.title):
            found = _title_mentions(document, passages, title)
            # A record's title says what it is about; a heading only where the text says it too.
            if found or document.title_origin == "record":
                clusters.append(_cluster(document, len(groups), found, title, about=True))
        return clusters

    def _relations(
        self,
        index: PassageOffsets,
        windows: Sequence[ExtractionWindow],
        readings: Sequence[PassageReading],
        numbers: Sequence[int],
        clusters: Sequence[Cluster],
    ) -> list[RelationMention]:
        """Those of prose; what a row states its labels say (`StatedCells`)."""
        relations: list[RelationMention] = []
        first = 0
        for window, reading in zip(windows, readings, strict=True):
            ids = {
                local: clusters[numbers[first + i]].id
                for i, local in reversed(list(enumerate(reading.clusters)))
            }
            first += len(reading.mentions)
            for found in () if window.row else sorted(reading.relations, key=lambda r: -r.score):
                relation = self.reader.ontology.relations[found.relation].id
                start = window.start + found.start
                passage = index.at(start)
                end = min(window.start + found.end, passage.end)
                ends = ids[found.head], relation, ids[found.tail]
                relations.append(
                    RelationMention(*ends, passage.id, start, end, found.score, self.digest)
                )
        return relations


def _once(relations: Iterable[RelationMention]) -> list[RelationMention]:
    """The first of each relation between two clusters in a passage."""
    first: dict[tuple[str, str, str, str], RelationMention] = {}
    for relation in relations:
        key = (relation.head, relation.relation, relation.tail, relation.passage_id)
        first.setdefault(key, relation)
    return list(first.values())


def _in_cells(document: Document, clusters: Sequence[Cluster]) -> list[Cluster]:
    """The clusters without mentions that a table's labels or several of its cells hold."""
    rows = Cells(document.blocks)
    if not rows:
        return list(clusters)
    kept = []
    for cluster in clusters:
        mentions = tuple(m for m in cluster.mentions if rows.allow(m.start, m.end))
        if mentions or not cluster.mentions:
            kept.append(replace(cluster, mentions=mentions))
    return kept


def _cluster(
    document: Document, number: int, mentions: Sequence[Mention], name: str, about: bool
) -> Cluster:
    kind = _majority(mentions) if mentions else "miscellaneous"
    cluster_id = f"{document.id}:{number}"
    return Cluster(cluster_id, document.id, kind, name, tuple(mentions), about)


def _majority(mentions: Iterable[Mention]) -> str:
    votes: dict[str, float] = {}
    for mention in mentions:
        votes[mention.type] = votes.get(mention.type, 0.0) + mention.score
    return max(votes, key=lambda kind: (votes[kind], kind))


def _name(mentions: Sequence[Mention]) -> str:
    """The fullest surface form: most words, then longest, then first in the text."""
    short = [m.text for m in mentions if len(m.text) <= _MAX_NAME] or [mentions[0].text]
    return " ".join(max(short, key=lambda text: (len(text.split()), len(text))).split())


def _topic(
    document: Document, passages: Sequence[Passage], groups: dict[int, list[Mention]]
) -> int | None:
    """The cluster that the title names: the same name, else a cluster of the first passage
    whose name shares most words with the title, at least half of both. A file's name names
    only its equal."""
    title = name_key(without_qualifier(document.title))
    words = set(title.split())
    best, best_share = None, 0.5
    for number, mentions in sorted(groups.items()):
        if any(name_key(mention.text) == title for mention in mentions):
            return number
        if document.title_origin == "file":
            continue
        if passages and mentions[0].passage_id == passages[0].id:
            own = set(name_key(_name(mentions)).split())
            share = len(own & words) / max(1, len(own | words))
            if share > best_share or (share == best_share and best is None):
                best, best_share = number, share
    return best


def _title_mentions(
    document: Document, passages: Sequence[Passage], name: str
) -> tuple[Mention, ...]:
    """Where the text has the title verbatim, if it does; the first place in each passage. The
    heading that gave the title does not count."""
    found = []
    headings = {block.start for block in document.blocks if block.kind == "heading"}
    for passage in passages:
        folded = passage.text.casefold()
        at = folded.find(name.casefold())
        if at >= 0 and passage.start + at in headings:
            at = folded.find(name.casefold(), at + len(name))
        text = passage.text[at : at + len(name)]
        if at >= 0 and name_key(text) == name_key(name):
            start = passage.start + at
            found.append(Mention(passage.id, start, start + len(name), text, "miscellaneous", 1.0))
    return tuple(found)
