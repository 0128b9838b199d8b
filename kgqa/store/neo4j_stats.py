"""Sizes and digest of a graph; reads all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kgqa.store.graph_digest import (
    DigestedEntity,
    DigestedEvidence,
    DigestedTriple,
    Place,
    graph_digest,
)
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.records import Stats

_PASSAGES = """
MATCH (d:Document {graph: $graph})-[:HAS_PASSAGE]->(p:Passage)
RETURN p.uid, d.digest, p.start, p.end
"""
_ENTITIES = """
MATCH (e:Entity {graph: $graph})
RETURN e.uid, e.type, e.name, e.given, [(e)-[:ALSO_CALLED]->(a:Alias) | a.name]
"""
_PLACES = """
MATCH (d:Document {graph: $graph})-[:HAS_CLUSTER]->(c:Cluster)-[:NAMES]->(e:Entity)
RETURN e.uid, d.digest, coalesce(c.starts, []), coalesce(c.ends, [])
"""
_TRIPLES = """
MATCH (h:Entity {graph: $graph})-[r]->(t:Entity)
RETURN h.uid, r.p_id, t.uid, r.given,
  coalesce(r.passages, []), coalesce(r.starts, []), coalesce(r.ends, [])
"""


def stats(transaction: Transaction) -> Stats:
    """Call it where no writer can come between its statements."""
    documents = [
        row[0] for row in transaction.rows("MATCH (d:Document {graph: $graph}) RETURN d.digest")
    ]
    passages = {row[0]: Place(*row[1:]) for row in transaction.rows(_PASSAGES)}
    places: dict[int, list[Place]] = defaultdict(list)
    for uid, digest, starts, ends in transaction.rows(_PLACES):
        spans = list(zip(starts, ends, strict=True)) or [(-1, -1)]
        places[uid] += (Place(digest, *span) for span in spans)
    entities = [
        DigestedEntity(uid, kind, name, given, names, places[uid])
        for uid, kind, name, given, names in transaction.rows(_ENTITIES)
    ]
    triples = transaction.rows(_TRIPLES)

    def evidence() -> Iterator[DigestedEvidence]:
        for head, relation, tail, _, uids, starts, ends in triples:
            for uid, start, end in zip(uids, starts, ends, strict=True):
                place = Place(passages[uid].document, start, end)
                yield DigestedEvidence(head, relation, tail, place)

    stated = list(evidence())
    digest = graph_digest(
        documents,
        passages.values(),
        entities,
        (DigestedTriple(*row[:4]) for row in triples),
        stated,
    )
    return Stats(len(documents), len(passages), len(entities), len(triples), len(stated), digest)
