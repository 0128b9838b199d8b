"""Documents into and out of the graph, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from kgqa.errors import StoreError
from kgqa.names import name_key
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_links import relink
from kgqa.store.neo4j_properties import (
    cluster_properties,
    document_properties,
    passage_properties,
    states_properties,
    surface_forms,
    surface_keys,
)
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.records import Vectors
from kgqa.types import Extraction

_CREATE_DOCUMENT = """
CREATE (d:Document) SET d = $document
WITH d UNWIND $passages AS row CREATE (d)-[:HAS_PASSAGE]->(p:Passage) SET p = row
"""
_CREATE_CLUSTERS = """
MATCH (d:Document {uid: $document}) UNWIND $rows AS row
CREATE (d)-[:HAS_CLUSTER]->(c:Cluster) SET c = row[0]
FOREACH (key IN row[1] | CREATE (c)-[:CALLED]->(:Surface {key: key}))
"""
_CREATE_STATES = """
UNWIND $rows AS row MATCH (h:Cluster {uid: row[0]}) MATCH (t:Cluster {uid: row[1]})
CREATE (h)-[s:STATES]->(t) SET s = row[2]
"""
_DELETE_PARTS = """
MATCH (d:Document {uid: $document})-[:HAS_CLUSTER]->(c:Cluster)
OPTIONAL MATCH (c)-[:CALLED]->(s:Surface) DETACH DELETE s, c
"""
_DELETE_DOCUMENT = """
MATCH (d:Document {uid: $document}) OPTIONAL MATCH (d)-[:HAS_PASSAGE]->(p:Passage)
DETACH DELETE p, d
"""


def replace_document(
    transaction: Transaction, keys: Keys, extraction: Extraction, vectors: Vectors
) -> str:
    """`added`, `updated` or `unchanged`; see GraphStore."""
    document, uid = extraction.document, keys.document(extraction.document.id)
    rows = transaction.rows(
        "MATCH (g:Graph {uid: $graph}) OPTIONAL MATCH (d:Document {uid: $document}) "
        "RETURN d.uid, d.digest, d.extractor, g.width",
        document=uid,
    )
    stored, digest, extractor, width = rows[0]
    if stored is not None and (digest, extractor) == (document.digest, extraction.extractor):
        return "unchanged"
    touched = {name_key(form) for cluster in extraction.clusters for form in surface_forms(cluster)}
    if stored is not None:
        touched |= remove_document(transaction, keys, uid)
    if extraction.passages:
        _check_width(transaction, width, vectors.shape[1])
    _insert(transaction, keys, extraction, vectors)
    touch_keys(transaction, keys, touched)
    return "added" if stored is None else "updated"


def delete_document(transaction: Transaction, keys: Keys, document_id: str) -> bool:
    """False if there is none."""
    uid = keys.document(document_id)
    if not transaction.rows("MATCH (d:Document {uid: $uid}) RETURN 1", uid=uid):
        return False
    touch_keys(transaction, keys, remove_document(transaction, keys, uid))
    return True


def remove_document(transaction: Transaction, keys: Keys, uid: int) -> set[str]:
    """Delete a document with what only it supports.

    Returns:
        The name keys of its clusters.
    """
    rows = transaction.rows(
        "MATCH (:Document {uid: $document})-[:HAS_CLUSTER]->(c:Cluster) RETURN c.uid, c.names",
        document=uid,
    )
    relink(transaction, keys, dict.fromkeys((row[0] for row in rows), None))
    if rows:
        transaction.write(_DELETE_PARTS, document=uid)
    transaction.write(_DELETE_DOCUMENT, document=uid)
    return {name_key(name) for row in rows for name in row[1]}


def touch_keys(transaction: Transaction, keys: Keys, touched: Iterable[str]) -> None:
    """Queue name keys, at the version being written."""
    rows = [[keys.name(key), key] for key in sorted(touched)]
    if rows:
        transaction.write(
            "UNWIND $rows AS row MERGE (p:Pending {uid: row[0]}) "
            "SET p.graph = $graph, p.key = row[1], p.touched = $version",
            rows=rows,
            version=transaction.version + 1,
        )


def _check_width(transaction: Transaction, stored: int | None, width: int) -> None:
    """The width counts while the graph holds a passage."""
    if stored == width:
        return
    if stored is not None and transaction.rows(
        "MATCH (p:Passage {graph: $graph}) RETURN 1 LIMIT 1"
    ):
        raise StoreError(
            f"expected passage vectors of width {stored}, which the store holds, got {width}: "
            "the backbone has changed; set it back, or ingest into a new store"
        )
    transaction.write("MATCH (g:Graph {uid: $graph}) SET g.width = $width", width=width)


def _insert(transaction: Transaction, keys: Keys, extraction: Extraction, vectors: Vectors) -> None:
    uid = keys.document(extraction.document.id)
    transaction.write(
        _CREATE_DOCUMENT,
        document=document_properties(keys, extraction),
        passages=passage_properties(keys, extraction, vectors),
    )
    clusters = [
        [cluster_properties(keys, cluster), surface_keys(keys, cluster)]
        for cluster in extraction.clusters
    ]
    if clusters:
        transaction.write(_CREATE_CLUSTERS, document=uid, rows=clusters)
    if extraction.relations:
        transaction.write(
            _CREATE_STATES,
            rows=[
                [keys.cluster(r.head), keys.cluster(r.tail), states_properties(keys, r)]
                for r in extraction.relations
            ],
        )
