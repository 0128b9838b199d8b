"""One digest for equal graphs, whatever the backend and the order of ingestion.

An entity is known by its signature, not by an internal id: a hash of its type, its name,
its other names, the places of its mentions, and whether it was given. Two homonyms differ
by where they are mentioned. Triples and evidence are known by the signatures of their
ends. Each kind's hashes are sorted before they enter the digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """Characters of a document, by its digest; -1, -1 for a cluster without a mention."""

    document: str
    start: int
    end: int


class DigestedEntity(NamedTuple):
    """`node` is any key that is unique within one graph; it does not enter the digest."""

    node: Hashable
    type: str
    name: str
    given: bool
    names: list[str]
    places: list[Place]


class DigestedTriple(NamedTuple):
    """A triple; `head` and `tail` tell its ends apart, `given` says that `upsert` brought it."""

    head: Hashable
    relation: str
    tail: Hashable
    given: bool


class DigestedEvidence(NamedTuple):
    """Where a document states a triple."""

    head: Hashable
    relation: str
    tail: Hashable
    place: Place


def graph_digest(
    documents: Iterable[str],
    passages: Iterable[Place],
    entities: Iterable[DigestedEntity],
    triples: Iterable[DigestedTriple],
    evidence: Iterable[DigestedEvidence],
) -> str:
    """SHA-256, hex, over a graph's content; each argument in any order.

    Args:
        documents: the digest of each document.
        passages: the place of each passage.
        entities: every entity; read before the triples and the evidence.
        triples: every triple, by the nodes of its ends.
        evidence: every relation mention in the graph, by the nodes of its triple's ends.
    """
    signatures = {entity.node: _signature(entity) for entity in entities}
    total = hashlib.sha256()
    for section in (
        (_hash(digest) for digest in documents),
        (_hash(*place) for place in passages),
        signatures.values(),
        (_hash(signatures[t.head], t.relation, signatures[t.tail], t.given) for t in triples),
        (_hash(signatures[e.head], e.relation, signatures[e.tail], *e.place) for e in evidence),
    ):
        lines = sorted(section)
        total.update(len(lines).to_bytes(8, "big"))
        total.update(b"".join(lines))
    return total.hexdigest()


def _signature(entity: DigestedEntity) -> bytes:
    names, places = sorted({entity.name, *entity.names}), sorted(entity.places)
    return _hash(entity.type, entity.name, entity.given, len(names), *names, *_flat(places))


def _flat(places: list[Place]) -> Iterable[str | int]:
    for place in places:
        yield from place


def _hash(*parts: object) -> bytes:
    """Each part with its length before it, so that no two lists of parts read the same."""
    encoded = [p if isinstance(p, bytes) else str(p).encode() for p in parts]
    lengths = ",".join(map(str, map(len, encoded)))
    return hashlib.sha256(b"\x1f".join((lengths.encode(), *encoded))).digest()
