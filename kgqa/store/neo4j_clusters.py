"""What linking reads: the queue of name keys, and the clusters under them.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgqa.names import name_key
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_properties import MENTION_LISTS
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.passage_vectors import from_blobs, means
from kgqa.store.records import ClusterContext
from kgqa.store.resolver import Seen
from kgqa.types import Cluster, Mention

_CLUSTERS = f"""
UNWIND $keys AS key MATCH (:Surface {{key: key}})<-[:CALLED]-(c:Cluster)
WITH DISTINCT c MATCH (d:Document)-[:HAS_CLUSTER]->(c)
OPTIONAL MATCH (c)-[:NAMES]->(e:Entity)
RETURN c.id, d.id, c.type, c.name, c.about, c.names, d.digest, d.title, e.id,
  {MENTION_LISTS}
"""
_PASSAGES = "UNWIND $uids AS uid MATCH (p:Passage {uid: uid}) RETURN uid, p.id, p.half"


def counters(transaction: Transaction) -> Seen:
    """As they are now."""
    rows = transaction.rows("MATCH (g:Graph {uid: $graph}) RETURN g.version, g.assigned")
    return Seen(*rows[0])


def pending_keys(transaction: Transaction) -> list[str]:
    return sorted(
        row[0] for row in transaction.rows("MATCH (p:Pending {graph: $graph}) RETURN p.key")
    )


def settle_keys(
    transaction: Transaction, keys: Keys, settled: Iterable[str], seen: Seen | None
) -> bool:
    """As `sqlite_clusters.settle_keys`: False when another resolver wrote meanwhile."""
    now = counters(transaction)
    transaction.write("MATCH (g:Graph {uid: $graph}) SET g.assigned = g.assigned + 1")
    rows = [[keys.name(key), key] for key in settled]
    if seen is not None and now.assigned != seen.assigned:
        transaction.write(
            "UNWIND $rows AS row MERGE (p:Pending {uid: row[0]}) "
            "SET p.graph = $graph, p.key = row[1], p.touched = $version",
            rows=rows,
            version=now.version + 1,
        )
        return False
    transaction.write(
        "UNWIND $rows AS row MATCH (p:Pending {uid: row[0]}) WHERE p.touched <= $latest DELETE p",
        rows=rows,
        latest=now.version if seen is None else seen.version,
    )
    return True


def clusters(transaction: Transaction, keys: Keys, wanted: Sequence[str]) -> list[ClusterContext]:
    """See `GraphStore.clusters`."""
    rows = transaction.rows(_CLUSTERS, keys=[keys.name(key) for key in dict.fromkeys(wanted)])
    rows.sort(key=lambda row: str(row[0]))
    places = [row[9] for row in rows]
    passages = transaction.rows(_PASSAGES, uids=sorted({p for row in places for p in row}))
    ids = {uid: name for uid, name, _ in passages}
    width = transaction.rows("MATCH (g:Graph {uid: $graph}) RETURN g.width")[0][0]
    vectors = means(
        [sorted(set(group)) for group in places],
        [row[0] for row in passages],
        from_blobs([bytes(row[2]) for row in passages]),
        width or 0,
    )
    contexts = []
    for row, vector in zip(rows, vectors, strict=True):
        uid, document, kind, name, about, names, digest, title, entity, *lists = row
        mentions = tuple(
            Mention(ids[passage], *rest) for passage, *rest in zip(*lists, strict=True)
        )
        contexts.append(
            ClusterContext(
                Cluster(uid, document, kind, name, mentions, about),
                tuple(sorted({name_key(form) for form in names})),
                vector,
                digest,
                title,
                entity,
            )
        )
    return contexts
