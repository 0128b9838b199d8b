"""A graph as the files of `neo4j-admin database import full`, to load it in bulk.

The loaded database is the same graph, readable in Neo4j Browser, and a kgqa store after
`kgqa schema apply`: documents with their passages, vectors and mentions, entities, triples
with their evidence, given knowledge, and the queue of names. What is derived from documents
(MENTIONS, aliases, support) is worked out here as `kgqa.store.neo4j_links` works it out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from kgqa.errors import KgqaError
from kgqa.store.base import GraphStore
from kgqa.store.evidence_pages import supported_triples
from kgqa.store.neo4j_bulk_files import ARGUMENTS, NODES, RELATIONSHIPS, BulkFiles
from kgqa.store.neo4j_entities import ENTITY_PROPERTIES, entity_row
from kgqa.store.neo4j_keys import Keys
from kgqa.store.neo4j_properties import (
    cluster_properties,
    document_properties,
    passage_properties,
    states_properties,
    surface_forms,
    surface_keys,
)
from kgqa.store.neo4j_relations import Place, Stated
from kgqa.store.neo4j_types import types_of
from kgqa.store.records import DocumentContent
from kgqa.types import Cluster, Entity

FILES = (*NODES, *RELATIONSHIPS, ARGUMENTS)
_VERSION = 1


def write_neo4j_files(
    store: GraphStore,
    drafts: Mapping[str, Path],
    folder: Path,
    graph: str = "",
    ontology: Path | None = None,
) -> None:
    """Write all FILES. Memory grows with the names and the triples, not with the texts.

    Args:
        drafts: the path to write each of FILES to.
        folder: where they will lie in the end, as the arguments name them.
        graph: the name that the URL of the loaded store has after `?graph=`; empty for none.
        ontology: names the relationship types; None takes the packaged one.

    Raises:
        KgqaError: a name holds the one character that Neo4j's files cannot.
    """
    keys = Keys(graph, ontology)
    with BulkFiles(drafts) as files:
        export = _Export(files, keys)
        width = 0
        for document in store.documents():
            content = store.content_of(document.id)
            export.document(content)
            width = width or content.vectors.shape[1]
        export.entities(store.all_entities(), store.given_entities())
        export.triples(store)
        for key in store.pending_keys():
            uid = keys.name(key)
            properties = {"uid": uid, "graph": keys.graph, "key": key, "touched": _VERSION}
            files.node("pending.csv", uid, ["Pending"], properties)
        files.node(
            "graph.csv",
            keys.graph,
            ["Graph"],
            {"uid": keys.graph, "version": _VERSION, "assigned": 0, "width": width, "name": graph},
        )
    drafts[ARGUMENTS].write_text(files.arguments(folder), encoding="utf-8")


class _Export:
    """One pass over the documents, then the entities, then the triples."""

    def __init__(self, files: BulkFiles, keys: Keys) -> None:
        self._files, self._keys = files, keys
        # By entity's node key and name, as in `neo4j_links`.
        self._mentions: Counter[tuple[int, str]] = Counter()
        self._clusters: Counter[tuple[int, str]] = Counter()

    def document(self, content: DocumentContent) -> None:
        """A document, all that hangs on it, and its clusters' entities."""
        files, keys, made = self._files, self._keys, content.extraction
        uid = keys.document(made.document.id)
        files.node("documents.csv", uid, ["Document"], document_properties(keys, made))
        for passage in passage_properties(keys, made, content.vectors):
            files.node("passages.csv", passage["uid"], ["Passage"], passage)
            files.relationship("has_passage.csv", (uid, passage["uid"]), "HAS_PASSAGE")
        for cluster in made.clusters:
            self._cluster(uid, cluster, content.entities.get(cluster.id))
        for r in made.relations:
            ends = keys.cluster(r.head), keys.cluster(r.tail)
            files.relationship("states.csv", ends, "STATES", states_properties(keys, r))
        self._mentions_of(content)

    def _cluster(self, document: int, cluster: Cluster, entity_id: str | None) -> None:
        files, keys = self._files, self._keys
        uid = keys.cluster(cluster.id)
        files.node("clusters.csv", uid, ["Cluster"], cluster_properties(keys, cluster))
        files.relationship("has_cluster.csv", (document, uid), "HAS_CLUSTER")
        for key in surface_keys(keys, cluster):
            surface = f"{uid}-{key}"
            files.node("surfaces.csv", surface, ["Surface"], {"key": key})
            files.relationship("called.csv", (uid, surface), "CALLED")
        if entity_id is not None:
            entity = keys.entity(entity_id)
            files.relationship("names.csv", (uid, entity), "NAMES")
            for name, count in surface_forms(cluster).items():
                self._mentions[entity, name] += count
                self._clusters[entity, name] += 1

    def _mentions_of(self, content: DocumentContent) -> None:
        """MENTIONS: how often a passage mentions an entity, and whether it is about it."""
        keys, made = self._keys, content.extraction
        counts: Counter[tuple[int, int]] = Counter()
        about: Counter[tuple[int, int]] = Counter()
        for cluster in made.clusters:
            entity_id = content.entities.get(cluster.id)
            if entity_id is None:
                continue
            entity = keys.entity(entity_id)
            counts.update((keys.passage(m.passage_id), entity) for m in cluster.mentions)
            if cluster.about:
                about.update((keys.passage(p.id), entity) for p in made.passages)
        for pair in sorted(counts.keys() | about.keys()):
            properties = {"count": counts[pair], "about": about[pair]}
            self._files.relationship("mentions.csv", pair, "MENTIONS", properties)

    def entities(self, entities: Iterable[Entity], given: Iterable[Entity]) -> None:
        """All entities, and the names they are called by."""
        files, keys = self._files, self._keys
        given_names = {
            (keys.entity(entity.id), name)
            for entity in given
            for name in (entity.name, *entity.aliases)
        }
        for entity in entities:
            uid = keys.entity(entity.id)
            is_given = (uid, entity.name) in given_names
            given_names.discard((uid, entity.name))
            label, *values = entity_row(keys, entity, is_given, uid)
            properties = dict(zip(ENTITY_PROPERTIES, values, strict=True))
            files.node("entities.csv", uid, ["Entity", label], {**properties, "graph": keys.graph})
        for pair in sorted(self._clusters.keys() | given_names):
            entity_key, name = pair
            alias = keys.alias(entity_key, name)
            properties = {
                "uid": alias,
                "name": name,
                "key": keys.named(name),
                "mentions": self._mentions[pair],
                "clusters": self._clusters[pair],
                "given": pair in given_names,
            }
            files.node("aliases.csv", alias, ["Alias"], properties)
            files.relationship("also_called.csv", (entity_key, alias), "ALSO_CALLED")

    def triples(self, store: GraphStore) -> None:
        """All triples with their evidence, and the relations they have."""
        files, keys = self._files, self._keys
        types = types_of({triple.relation for triple in store.all_triples()}, {}, keys.ontology)
        given = set(store.given_triples())
        for triple, evidence in supported_triples(store):
            places = [
                Place(keys.passage(e.passage_id), e.start, e.end, float(e.score), e.extractor)
                for e in evidence
            ]
            properties = Stated(given=triple in given, places=places).properties(triple.relation)
            ends = keys.entity(triple.head), keys.entity(triple.tail)
            files.relationship("triples.csv", ends, types[triple.relation][0], properties)
        for relation, (kind, label) in sorted(types.items()):
            uid = keys.relation(relation)
            properties = {"uid": uid, "graph": keys.graph, "id": relation}
            files.node(
                "relations.csv", uid, ["Relation"], {**properties, "type": kind, "label": label}
            )


def make_folder(path: Path) -> None:
    """Raises KgqaError when `path` is a file, or cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KgqaError(
            f"export to {str(path)!r}: expected a folder, it cannot be made ({error.strerror})"
        ) from error
