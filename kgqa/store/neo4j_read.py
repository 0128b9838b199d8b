"""Documents, passages, entities, triples and evidence, read from the graph.

A function that is named like a `GraphStore` method does what is said there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_properties import PASSAGE_PLACE
from kgqa.store.neo4j_transaction import Transaction
from kgqa.store.passage_vectors import from_blobs
from kgqa.store.records import NamedEntity, Vectors
from kgqa.types import Document, Entity, Evidence, Passage, ScoredPassage, Triple

_DOCUMENT = "d.id, d.source, d.title, d.text, d.digest"
_ENTITY = "uid, e.id, e.type, e.name, e.description, [(e)-[:ALSO_CALLED]->(a:Alias) | a.name]"
_ENTITIES = f"UNWIND $uids AS uid MATCH (e:Entity {{uid: uid}}) RETURN {_ENTITY}"
_NAMED = f"""
UNWIND $keys AS key
CALL (key) {{
  MATCH (a:Alias {{key: key}})<-[:ALSO_CALLED]-(e:Entity) RETURN e.uid AS uid, a.mentions AS count
  UNION ALL
  MATCH (e:Entity {{key: key}}) RETURN e.uid AS uid, 0 AS count
}}
WITH key, uid, sum(count) AS count MATCH (e:Entity {{uid: uid}}) RETURN key, count, {_ENTITY}
"""
_TRIPLES_OF = """
UNWIND $uids AS uid MATCH (:Entity {uid: uid})-[r]-(:Entity)
WITH DISTINCT r, startNode(r) AS h, endNode(r) AS t
RETURN h.id, r.p_id, t.id ORDER BY r.support DESC, h.id, r.p_id, t.id LIMIT $limit
"""
_EVIDENCE = """
UNWIND $rows AS row
MATCH (:Entity {uid: row[0]})-[r]->(:Entity {uid: row[2]}) WHERE r.p_id = row[1]
AND r.support > 0
CALL (r) {
  UNWIND r.passages AS uid WITH DISTINCT uid MATCH (p:Passage {uid: uid})
  RETURN collect([uid, p.id]) AS ids
}
RETURN row[3], ids, r.passages, r.starts, r.ends, r.scores, r.extractors
"""
_DOCUMENTS_OF = """
UNWIND $uids AS uid
MATCH (e:Entity {uid: uid})<-[:NAMES]-(:Cluster)<-[:HAS_CLUSTER]-(d:Document)
RETURN DISTINCT e.id, d.id, d.source, d.title, '', d.digest
"""


def distinct(keys: Iterable[int]) -> list[int]:
    """Each once, in order."""
    return list(dict.fromkeys(keys))


def document_state(
    transaction: Transaction, keys: Keys, document_ids: Sequence[str]
) -> dict[str, tuple[str, str]]:
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (d:Document {uid: uid}) RETURN d.id, d.digest, d.extractor",
        uids=distinct(keys.document(uid) for uid in document_ids),
    )
    return {uid: (digest, extractor) for uid, digest, extractor in rows}


def document_keys(transaction: Transaction) -> list[int]:
    """Node keys of all documents, ordered by source and id."""
    rows = transaction.rows("MATCH (d:Document {graph: $graph}) RETURN d.source, d.id, d.uid")
    return [row[2] for row in sorted(rows)]


def documents(transaction: Transaction, uids: Sequence[int]) -> list[Document]:
    """In the order asked; those that are gone are left out."""
    rows = transaction.rows(
        f"UNWIND $uids AS uid MATCH (d:Document {{uid: uid}}) RETURN uid, {_DOCUMENT}",
        uids=list(uids),
    )
    found = {row[0]: Document(*row[1:]) for row in rows}
    return [found[uid] for uid in uids if uid in found]


def find_documents(transaction: Transaction, keys: Keys, name: str) -> list[Document]:
    rows = transaction.rows(
        "CALL () { MATCH (d:Document {uid: $uid}) RETURN d "
        "UNION MATCH (d:Document {source_key: $text}) RETURN d "
        "UNION MATCH (d:Document {file_key: $text}) RETURN d "
        f"UNION MATCH (d:Document {{title_key: $text}}) RETURN d }} RETURN {_DOCUMENT}",
        uid=keys.document(name),
        text=keys.text(name),
    )
    return sorted((Document(*row) for row in rows), key=lambda d: (d.source, d.id))


def passages(
    transaction: Transaction, keys: Keys, passage_ids: Sequence[str]
) -> list[ScoredPassage]:
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (d:Document)-[:HAS_PASSAGE]->(p:Passage {uid: uid}) "
        f"RETURN p.id, d.id, p.start, p.end, p.text, {PASSAGE_PLACE}, d.title, d.source",
        uids=distinct(keys.passage(uid) for uid in passage_ids),
    )
    found = {row[0]: ScoredPassage(Passage(*row[:8]), row[8], row[9], 0.0) for row in rows}
    return [found[uid] for uid in passage_ids if uid in found]


def passage_vectors(transaction: Transaction) -> tuple[list[str], Vectors]:
    rows = transaction.rows("MATCH (p:Passage {graph: $graph}) RETURN p.id, p.half")
    rows.sort(key=lambda row: str(row[0]))
    return [row[0] for row in rows], from_blobs([bytes(row[1]) for row in rows])


def find_entities(transaction: Transaction, keys: Keys, wanted: Sequence[str]) -> list[NamedEntity]:
    texts = {keys.name(key): key for key in wanted}
    rows = transaction.rows(_NAMED, keys=list(texts))
    named = [NamedEntity(_entity(*row), texts[key], count) for key, count, _, *row in rows]
    return sorted(named, key=lambda n: (-n.count, n.key, n.entity.name, n.entity.id))


def entities_by_key(transaction: Transaction, uids: Iterable[int]) -> dict[int, Entity]:
    """Node key -> entity; its aliases are its other names, sorted."""
    return {uid: _entity(*row) for uid, *row in transaction.rows(_ENTITIES, uids=list(uids))}


def _entity(name_id: str, kind: str, name: str, description: str, aliases: list[str]) -> Entity:
    return Entity(name_id, kind, name, tuple(sorted(set(aliases) - {name})), description)


def entities(transaction: Transaction, keys: Keys, entity_ids: Sequence[str]) -> list[Entity]:
    uids = [keys.entity(uid) for uid in entity_ids]
    found = entities_by_key(transaction, distinct(uids))
    return [found[uid] for uid in uids if uid in found]


def entity_keys(transaction: Transaction) -> list[int]:
    """Node keys of all entities, ordered by id."""
    rows = transaction.rows("MATCH (e:Entity {graph: $graph}) RETURN e.id, e.uid")
    return [row[1] for row in sorted(rows)]


def triples_from(transaction: Transaction, heads: Sequence[int]) -> list[Triple]:
    """All triples with these heads (node keys)."""
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (h:Entity {uid: uid})-[r]->(t:Entity) RETURN h.id, r.p_id, t.id",
        uids=list(heads),
    )
    return [Triple(*row) for row in rows]


def triples_of(
    transaction: Transaction, keys: Keys, entity_ids: Sequence[str], limit: int
) -> list[Triple]:
    rows = transaction.rows(
        _TRIPLES_OF, uids=distinct(map(keys.entity, entity_ids)), limit=max(limit, 0)
    )
    return [Triple(*row) for row in rows]


def evidence_of(transaction: Transaction, keys: Keys, triples: Sequence[Triple]) -> list[Evidence]:
    """Triple by triple as asked, best score first."""
    asked = list(dict.fromkeys(triples))
    rows = transaction.rows(
        _EVIDENCE,
        rows=[
            [keys.entity(t.head), t.relation, keys.entity(t.tail), n] for n, t in enumerate(asked)
        ],
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for place, ids, uids, *parts in rows:
        names = dict(ids)  # without a passage that a writer took meanwhile: read again by `steady`
        named = [names.get(uid) for uid in uids]
        found[place] += [one for one in zip(named, *parts, strict=True) if one[0] is not None]
    return [
        Evidence(triple, *place)
        for n, triple in enumerate(asked)
        for place in sorted(found[n], key=lambda p: (-p[3], p[0], p[1], p[2], p[4]))
    ]


def documents_of(
    transaction: Transaction, keys: Keys, entity_ids: Sequence[str]
) -> dict[str, list[Document]]:
    known = {entity.id for entity in entities(transaction, keys, entity_ids)}
    found: dict[str, list[Document]] = {uid: [] for uid in entity_ids if uid in known}
    rows = transaction.rows(_DOCUMENTS_OF, uids=distinct(map(keys.entity, found)))
    for uid, *parts in rows:
        found[uid].append(Document(*parts))
    return {uid: sorted(listed, key=lambda d: (d.source, d.id)) for uid, listed in found.items()}


def entities_of(
    transaction: Transaction, keys: Keys, passage_ids: Sequence[str]
) -> dict[str, list[str]]:
    rows = transaction.rows(
        "UNWIND $uids AS uid MATCH (p:Passage {uid: uid}) "
        "RETURN p.id, [(p)-[m:MENTIONS]->(e:Entity) WHERE m.count > 0 | e.id]",
        uids=distinct(map(keys.passage, passage_ids)),
    )
    found = {uid: sorted(named) for uid, named in rows}
    return {uid: found[uid] for uid in passage_ids if uid in found}
