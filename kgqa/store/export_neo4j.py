"""A graph as the files of `neo4j-admin database import full`, to load it in bulk.

The entities and triples arrive as given knowledge (what `kgqa import` makes), readable in
Neo4j Browser and as a kgqa store after `kgqa schema apply`; documents, passages and
evidence stay behind (`kgqa copy` moves those). Header rules:
https://neo4j.com/docs/operations-manual/current/import/
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from kgqa.errors import KgqaError
from kgqa.store.base import GraphStore
from kgqa.store.neo4j_keys import Keys, type_label
from kgqa.store.neo4j_types import types_of

_ENTITY_HEADER = (
    ":ID(Entity)", ":LABEL", "uid:long", "graph:long", "id", "type", "name", "key:long",
    "description", "given:boolean",
)  # fmt: skip
_ALIAS_HEADER = (
    ":ID(Alias)", ":LABEL", "uid:long", "name", "key:long", "mentions:long", "clusters:long",
    "given:boolean",
)  # fmt: skip
_TRIPLE_HEADER = (
    ":START_ID(Entity)", ":TYPE", ":END_ID(Entity)", "p_id", "given:boolean", "support:long",
    "score:double",
)  # fmt: skip
NODES = ("graph.csv", "relations.csv", "entities.csv", "aliases.csv")
RELATIONSHIPS = ("triples.csv", "also_called.csv")

Row = Sequence[object]


def neo4j_files(
    graph: str = "", ontology: Path | None = None
) -> dict[str, Callable[[GraphStore, Path], None]]:
    """The name of each file -> what writes it.

    Args:
        graph: the name that the URL of the loaded store has after `?graph=`; empty for none.
        ontology: names the relationship types; None takes the packaged one.
    """
    keys = Keys(graph, ontology)

    def relations(store: GraphStore) -> Iterator[Row]:
        for relation, (kind, label) in sorted(_types(store, ontology).items()):
            uid = keys.relation(relation)
            yield uid, "Relation", uid, keys.graph, relation, kind, label

    def entities(store: GraphStore) -> Iterator[Row]:
        for e in store.all_entities():
            uid, labels = keys.entity(e.id), f"Entity;{type_label(e.type)}"
            key = keys.named(e.name)
            yield uid, labels, uid, keys.graph, e.id, e.type, e.name, key, e.description, "true"

    def names(store: GraphStore) -> Iterator[tuple[int, int, str]]:
        for e in store.all_entities():
            uid = keys.entity(e.id)
            yield from ((uid, keys.alias(uid, name), name) for name in e.aliases)

    def triples(store: GraphStore) -> Iterator[Row]:
        types = _types(store, ontology)
        for t in store.all_triples():
            kind = types[t.relation][0]
            yield keys.entity(t.head), kind, keys.entity(t.tail), t.relation, "true", 0, 1.0

    return {
        "graph.csv": _writer(
            (":ID(Graph)", ":LABEL", "uid:long", "version:long", "assigned:long", "name"),
            lambda _: [(keys.graph, "Graph", keys.graph, 1, 0, graph)],
        ),
        "relations.csv": _writer(
            (":ID(Relation)", ":LABEL", "uid:long", "graph:long", "id", "type", "label"), relations
        ),
        "entities.csv": _writer(_ENTITY_HEADER, entities),
        "aliases.csv": _writer(
            _ALIAS_HEADER,
            lambda store: (
                (uid, "Alias", uid, name, keys.named(name), 0, 0, "true")
                for _, uid, name in names(store)
            ),
        ),
        "triples.csv": _writer(_TRIPLE_HEADER, triples),
        "also_called.csv": _writer(
            (":START_ID(Entity)", ":TYPE", ":END_ID(Alias)"),
            lambda store: ((uid, "ALSO_CALLED", alias) for uid, alias, _ in names(store)),
        ),
    }


def import_arguments(folder: Path) -> list[str]:
    """What stands after `neo4j-admin database import full DATABASE`."""
    nodes = [f"--nodes={folder / name}" for name in NODES]
    relationships = [f"--relationships={folder / name}" for name in RELATIONSHIPS]
    return [*nodes, *relationships, "--id-type=string", "--multiline-fields=true"]


def make_folder(path: Path) -> None:
    """Raises KgqaError when `path` is a file, or cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KgqaError(
            f"export to {str(path)!r}: expected a folder, it cannot be made ({error.strerror})"
        ) from error


def _types(store: GraphStore, ontology: Path | None) -> dict[str, tuple[str, str]]:
    return types_of({triple.relation for triple in store.all_triples()}, {}, ontology)


def _writer(
    header: Row, rows: Callable[[GraphStore], Iterable[Row]]
) -> Callable[[GraphStore, Path], None]:
    def write(store: GraphStore, draft: Path) -> None:
        with open(draft, "w", encoding="utf-8", newline="") as stream:
            # Quoted, so that an empty text is one and not a missing property; the header not.
            csv.writer(stream, lineterminator="\n").writerow(header)
            quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
            quoted.writerows(rows(store))

    return write
