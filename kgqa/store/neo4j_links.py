"""Clusters to entities, and what follows from it, inside the caller's transaction.

What changes is read, the difference is made here, and only that is written: the writer
holds the graph's lock, so that nothing moves in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kgqa.errors import StoreError
from kgqa.store.neo4j_entities import create_aliases, drop_empty, put_entities, stored_entities
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_relations import Ends, Place, by_ends, change_places
from kgqa.store.neo4j_transaction import Transaction
from kgqa.types import Entity, Link

_CLUSTERS = """
UNWIND $uids AS uid MATCH (c:Cluster {uid: uid})
OPTIONAL MATCH (c)-[:NAMES]->(e:Entity)
RETURN uid, e.uid, c.names, c.counts, coalesce(c.passages, []), CASE WHEN c.about
  THEN [(c)<-[:HAS_CLUSTER]-(:Document)-[:HAS_PASSAGE]->(p:Passage) | p.uid] ELSE [] END
"""
_STATES = """
UNWIND $uids AS uid MATCH (:Cluster {uid: uid})-[s:STATES]-(:Cluster)
WITH DISTINCT s, startNode(s) AS h, endNode(s) AS t
OPTIONAL MATCH (h)-[:NAMES]->(head:Entity) OPTIONAL MATCH (t)-[:NAMES]->(tail:Entity)
RETURN h.uid, head.uid, s.relation, t.uid, tail.uid,
  s.passage, s.start, s.end, s.score, s.extractor
"""
_UNLINK = "UNWIND $uids AS uid MATCH (:Cluster {uid: uid})-[n:NAMES]->(:Entity) DELETE n"
_LINK = """
UNWIND $rows AS row MATCH (c:Cluster {uid: row[0]}) MATCH (e:Entity {uid: row[1]})
CREATE (c)-[:NAMES]->(e)
"""


def write_links(
    transaction: Transaction, keys: Keys, entities: Sequence[Entity], links: Sequence[Link]
) -> None:
    """Put the entities, link the clusters, and drop entities that this leaves empty.

    A link of a cluster that is gone (its document was replaced meanwhile) is left out.

    Raises:
        StoreError: a link names an entity that is neither stored nor among `entities`.
    """
    if entities:
        put_entities(transaction, keys, entities, given=False)
    wanted = {
        keys.cluster(link.cluster_id): None
        if link.entity_id is None
        else keys.entity(link.entity_id)
        for link in links
    }
    targets = {uid for uid in wanted.values() if uid is not None}
    known = stored_entities(transaction, targets)
    for link in links:
        if link.entity_id is not None and keys.entity(link.entity_id) not in known:
            raise StoreError(
                f"cluster {link.cluster_id!r}: expected a link to an entity that is stored or "
                f"passed along, got id {link.entity_id!r}"
            )
    relink(transaction, keys, wanted)
    drop_empty(transaction, (keys.entity(entity.id) for entity in entities))


def relink(transaction: Transaction, keys: Keys, links: Mapping[int, int | None]) -> None:
    """Point clusters at entities or at nothing; derived content follows."""
    if not links:
        return
    rows = transaction.rows(_CLUSTERS, uids=list(links))
    moved = {row[0]: (row[1], links[row[0]]) for row in rows if row[1] != links[row[0]]}
    if not moved:
        return
    stated = transaction.rows(_STATES, uids=list(moved))
    aliases: Counter[tuple[int, str]] = Counter()
    named: Counter[tuple[int, str]] = Counter()
    mentions: Counter[tuple[int, int]] = Counter()
    about: Counter[tuple[int, int]] = Counter()
    for uid, _, names, counts, passages, topics in rows:
        for entity, sign in zip(moved.get(uid, ()), (-1, 1), strict=False):
            if entity is None:
                continue
            for name, count in zip(names, counts, strict=True):
                aliases[entity, name] += sign * count
                named[entity, name] += sign
            for passage in passages:
                mentions[passage, entity] += sign
            for passage in topics:
                about[passage, entity] += sign
    left = {old for old, _ in moved.values() if old is not None}
    if left:
        transaction.write(_UNLINK, uids=[uid for uid, (old, _) in moved.items() if old])
    linked = [[uid, new] for uid, (_, new) in moved.items() if new is not None]
    if linked:
        transaction.write(_LINK, rows=linked)
    _change_aliases(transaction, keys, aliases, named)
    _change_mentions(transaction, mentions, about)
    _move_triples(transaction, keys, stated, moved)
    drop_empty(transaction, left)


def _move_triples(
    transaction: Transaction,
    keys: Keys,
    stated: Sequence[list[Any]],
    moved: Mapping[int, tuple[int | None, int | None]],
) -> None:
    removed: list[tuple[Ends, Place]] = []
    added: list[tuple[Ends, Place]] = []
    for head, head_now, relation, tail, tail_now, *place in stated:
        old = moved.get(head, (head_now, None))[0], moved.get(tail, (tail_now, None))[0]
        new = moved.get(head, (None, head_now))[1], moved.get(tail, (None, tail_now))[1]
        if old == new:
            continue
        for (h, t), rows in ((old, removed), (new, added)):
            if h is not None and t is not None and h != t:
                rows.append(((h, relation, t), Place(*place)))
    if removed or added:
        change_places(transaction, keys, by_ends(removed), by_ends(added))


def _change_aliases(
    transaction: Transaction,
    keys: Keys,
    mentions: Mapping[tuple[int, str], int],
    clusters: Mapping[tuple[int, str], int],
) -> None:
    wanted = {keys.alias(*pair): pair for pair in clusters if clusters[pair] or mentions[pair]}
    if not wanted:
        return
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (a:Alias {uid: uid}) "
        "RETURN uid, a.mentions, a.clusters, a.given",
        uids=list(wanted),
    )
    stored = {row[0]: row[1:] for row in rows}
    new, changed, gone = [], [], []
    for uid, pair in wanted.items():
        before = stored.get(uid, [0, 0, False])
        after = [before[0] + mentions[pair], before[1] + clusters[pair]]
        if uid not in stored:
            new.append([pair[0], uid, pair[1], keys.named(pair[1]), *after, False])
        elif after[1] == 0 and not before[2]:
            gone.append(uid)
        else:
            changed.append([uid, *after])
    if gone:
        transaction.write("UNWIND $uids AS uid MATCH (a:Alias {uid: uid}) DETACH DELETE a",
                          uids=gone)  # fmt: skip
    if changed:
        transaction.write(
            "UNWIND $rows AS row MATCH (a:Alias {uid: row[0]}) "
            "SET a.mentions = row[1], a.clusters = row[2]",
            rows=changed,
        )
    create_aliases(transaction, new)


def _change_mentions(
    transaction: Transaction,
    mentions: Mapping[tuple[int, int], int],
    about: Mapping[tuple[int, int], int],
) -> None:
    pairs = [list(p) for p in sorted(mentions.keys() | about.keys())]
    if not pairs:
        return
    rows = transaction.rows(
        "UNWIND $pairs AS pair "
        "MATCH (:Passage {uid: pair[0]})-[m:MENTIONS]->(:Entity {uid: pair[1]}) "
        "RETURN pair[0], pair[1], elementId(m), m.count, m.about",
        pairs=pairs,
    )
    stored = {(row[0], row[1]): row[2:] for row in rows}
    new, changed, gone = [], [], []
    for passage, entity in pairs:
        element, count, topics = stored.get((passage, entity), ["", 0, 0])
        after = [
            count + mentions.get((passage, entity), 0),
            topics + about.get((passage, entity), 0),
        ]
        if not element:
            if any(after):
                new.append([passage, entity, *after])
        elif any(after):
            changed.append([element, *after])
        else:
            gone.append(element)
    if gone:
        transaction.write(
            "UNWIND $ids AS id MATCH ()-[m:MENTIONS]->() WHERE elementId(m) = id DELETE m", ids=gone
        )
    if changed:
        transaction.write(
            "UNWIND $rows AS row MATCH ()-[m:MENTIONS]->() WHERE elementId(m) = row[0] "
            "SET m.count = row[1], m.about = row[2]",
            rows=changed,
        )
    if new:
        transaction.write(
            "UNWIND $rows AS row MATCH (p:Passage {uid: row[0]}) MATCH (e:Entity {uid: row[1]}) "
            "CREATE (p)-[:MENTIONS {count: row[2], about: row[3]}]->(e)",
            rows=new,
        )
