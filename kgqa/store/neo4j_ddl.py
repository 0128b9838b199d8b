"""The Neo4j schema: constraints and indexes, made by `kgqa schema apply`, checked at open.

    (:Graph)                                   one a graph: its version and vector width
    (:Document)-[:HAS_PASSAGE]->(:Passage)-[:MENTIONS]->(:Entity)
    (:Document)-[:HAS_CLUSTER]->(:Cluster)-[:NAMES]->(:Entity)-[:ALSO_CALLED]->(:Alias)
    (:Cluster)-[:CALLED]->(:Surface)           one for each name key of the cluster
    (:Cluster)-[:STATES]->(:Cluster)           one a relation mention
    (:Entity)-[:PLACE_OF_BIRTH]->(:Entity)     one a triple; the type follows the relation
    (:Relation)                                a relation and its relationship type
    (:Pending)                                 a name key that is to be resolved

MENTIONS, ALSO_CALLED and the triples' support are derived, and kept in step in the
transaction that changes what they derive from. Node keys: `kgqa.store.neo4j_keys`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kgqa.errors import StoreError
from kgqa.store.neo4j_session import Session

VECTOR_INDEX, TEXT_INDEX = "kgqa_passage_vector", "kgqa_passage_text"
DEFAULT_WIDTH = 384
_UNIQUE = ("Graph", "Document", "Passage", "Cluster", "Entity", "Alias", "Relation", "Pending")
_LOOKED_UP = (
    ("Document", "source_key"),
    ("Document", "file_key"),
    ("Document", "title_key"),
    ("Document", "graph"),
    ("Passage", "graph"),
    ("Surface", "key"),
    ("Entity", "key"),
    ("Entity", "graph"),
    ("Alias", "key"),
    ("Relation", "graph"),
    ("Pending", "graph"),
)
_AWAIT_SECONDS = 300


def _name(label: str, key: str) -> str:
    return f"kgqa_{label.lower()}_{key}"


def schema_statements(width: int) -> dict[str, str]:
    """Name of each constraint or index -> the statement that makes it.

    Args:
        width: of the passage vectors that the vector index takes.
    """
    statements = {
        _name(label, "uid"): f"CREATE CONSTRAINT {_name(label, 'uid')} IF NOT EXISTS "
        f"FOR (n:{label}) REQUIRE n.uid IS UNIQUE"
        for label in _UNIQUE
    }
    for label, key in _LOOKED_UP:
        statements[_name(label, key)] = (
            f"CREATE INDEX {_name(label, key)} IF NOT EXISTS FOR (n:{label}) ON (n.{key})"
        )
    # The words come folded and stemmed (kgqa.store.words): the analyzer only parts them.
    statements[TEXT_INDEX] = (
        f"CREATE FULLTEXT INDEX {TEXT_INDEX} IF NOT EXISTS FOR (n:Passage) "
        "ON EACH [n.title_words, n.words, n.graph_word] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}}"
    )
    statements[VECTOR_INDEX] = (
        f"CREATE VECTOR INDEX {VECTOR_INDEX} IF NOT EXISTS FOR (n:Passage) ON (n.vector) "
        f"OPTIONS {{indexConfig: {{`vector.dimensions`: {int(width)}, "
        "`vector.similarity_function`: 'cosine'}}"
    )
    return statements


def apply_schema(session: Session, width: int = DEFAULT_WIDTH) -> list[str]:
    """Make what is missing, and wait until it can be used.

    Returns:
        The names of what was made.
    """
    there = _found(session)
    made = [name for name in schema_statements(width) if name not in there]
    for name in made:
        session.statement(schema_statements(width)[name])
    session.statement(f"CALL db.awaitIndexes({_AWAIT_SECONDS})")
    return made


def check_schema(session: Session, place: str) -> None:
    """Raises StoreError when a constraint or index is missing, failed or of another kind."""
    found = _found(session)
    missing = [name for name in schema_statements(DEFAULT_WIDTH) if name not in found]
    failed = [name for name, index in found.items() if index.state == "FAILED"]
    if missing or failed:
        what = f"lacks {', '.join(missing[:3])}" if missing else f"has failed {failed[0]}"
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise StoreError(
            f"store {place}: expected kgqa's constraints and indexes, the database {what}{more}; "
            f"make them with `kgqa schema apply --store {place}`"
        )
    for name, kind in {VECTOR_INDEX: "cosine VECTOR", TEXT_INDEX: "FULLTEXT"}.items():
        if found[name].kind != kind:
            raise StoreError(
                f"store {place}: expected the index {name} to be {kind}, the database has "
                f"{found[name].kind}; `DROP INDEX {name}`, then `kgqa schema apply --store {place}`"
            )


@dataclass(frozen=True, slots=True)
class _Index:
    """`kind`: the server's word, for a vector index with the similarity before it."""

    state: str
    kind: str


def _found(session: Session) -> dict[str, _Index]:
    """Name -> kgqa's index; a constraint has the index of its name."""
    rows = session.statement(
        "SHOW INDEXES YIELD name, state, type, options WHERE name STARTS WITH 'kgqa_' "
        "RETURN name, state, type, options.indexConfig['vector.similarity_function']"
    )
    return {
        name: _Index(state, f"{similarity.casefold()} {kind}" if similarity else kind)
        for name, state, kind, similarity in rows
    }
