"""Whole documents and given knowledge, read back from the graph to move them.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

from collections.abc import Sequence

from kgqa.errors import StoreError
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_properties import MENTION_LISTS, PASSAGE_PLACE
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.passage_vectors import from_blobs
from kgqa.store.records import DocumentContent
from kgqa.types import (
    Cluster,
    Document,
    Entity,
    Extraction,
    Mention,
    Passage,
    RelationMention,
    Triple,
)

_CLUSTERS = f"""
MATCH (:Document {{uid: $uid}})-[:HAS_CLUSTER]->(c:Cluster)
OPTIONAL MATCH (c)-[:NAMES]->(e:Entity)
RETURN c.id, c.type, c.name, c.about, e.id,
  {MENTION_LISTS}
"""
_RELATIONS = """
MATCH (:Document {uid: $uid})-[:HAS_CLUSTER]->(h:Cluster)-[s:STATES]->(t:Cluster)
RETURN h.id, s.relation, t.id, s.passage, s.start, s.end, s.score, s.extractor
"""


def content_of(transaction: Transaction, keys: Keys, document_id: str) -> DocumentContent:
    """See `GraphStore.content_of`."""
    uid = keys.document(document_id)
    rows = transaction.rows(
        "MATCH (d:Document {uid: $uid}) RETURN d.source, d.title, d.text, d.digest, d.extractor",
        uid=uid,
    )
    if not rows:
        raise StoreError(f"expected a stored document, got id {document_id!r}")
    *parts, extractor = rows[0]
    passages = transaction.rows(
        "MATCH (:Document {uid: $uid})-[:HAS_PASSAGE]->(p:Passage) "
        f"RETURN p.uid, p.half, p.id, p.start, p.end, p.text, {PASSAGE_PLACE} "
        "ORDER BY p.start, p.end, p.id",
        uid=uid,
    )
    ids = {row[0]: row[2] for row in passages}
    clusters = sorted(transaction.rows(_CLUSTERS, uid=uid), key=lambda row: str(row[0]))
    relations = sorted(transaction.rows(_RELATIONS, uid=uid))
    extraction = Extraction(
        Document(document_id, *parts),
        tuple(Passage(row[2], document_id, *row[3:]) for row in passages),
        tuple(
            Cluster(
                cluster_id,
                document_id,
                kind,
                name,
                tuple(Mention(ids[p], *rest) for p, *rest in zip(*lists, strict=True)),
                about,
            )
            for cluster_id, kind, name, about, _, *lists in clusters
        ),
        tuple(
            RelationMention(head, relation, tail, ids[passage], *rest)
            for head, relation, tail, passage, *rest in relations
        ),
        extractor,
    )
    vectors = from_blobs([bytes(row[1]) for row in passages])
    return DocumentContent(extraction, vectors, {row[0]: row[4] for row in clusters})


def given_entities(transaction: Transaction, uids: Sequence[int]) -> list[Entity]:
    """Those of the entities that were given, with the aliases that were; in the order asked."""
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (e:Entity {uid: uid}) WHERE e.given "
        "RETURN uid, e.id, e.type, e.name, e.description, "
        "[(e)-[:ALSO_CALLED]->(a:Alias) WHERE a.given | a.name]",
        uids=list(uids),
    )
    found = {
        uid: Entity(entity_id, kind, name, tuple(sorted(set(aliases) - {name})), description)
        for uid, entity_id, kind, name, description, aliases in rows
    }
    return [found[uid] for uid in uids if uid in found]


def given_triples(transaction: Transaction, heads: Sequence[int]) -> list[Triple]:
    """Given triples with these heads (node keys)."""
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (h:Entity {uid: uid})-[r]->(t:Entity) WHERE r.given "
        "RETURN h.id, r.p_id, t.id",
        uids=list(heads),
    )
    return [Triple(*row) for row in rows]
