"""Documents into and out of the tables, inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping

from kgqa.names import name_key
from kgqa.store.extraction_check import file_name
from kgqa.store.passage_vectors import to_blobs
from kgqa.store.records import Vectors
from kgqa.store.sqlite_links import relink
from kgqa.store.sqlite_rows import label_ids
from kgqa.store.sqlite_vectors import check_width
from kgqa.types import Cluster, Extraction

# What text search has of a document's passages. A row's deletion must quote what it was made of,
# so both take it from the tables, by these words.
_INDEXED = """
p.id, CASE p.section WHEN '' THEN d.title ELSE d.title || char(10) || p.section END, p.text
FROM document AS d JOIN passage AS p ON p.document = d.id WHERE d.id = ?
"""


def replace_document(
    connection: sqlite3.Connection, extraction: Extraction, vectors: Vectors
) -> str:
    """As `GraphStore.replace_document`, for an extraction that has been checked."""
    document = extraction.document
    row = connection.execute(
        "SELECT id, digest, extractor FROM document WHERE uid = ?", (document.id,)
    ).fetchone()
    if row is not None and row[1:] == (document.digest, extraction.extractor):
        return "unchanged"
    if row is not None:
        _remove_document(connection, row[0])
    if extraction.passages:
        check_width(connection, vectors.shape[1])
    _touch_names(connection, _insert_document(connection, extraction, vectors))
    return "added" if row is None else "updated"


def delete_document(connection: sqlite3.Connection, document_id: str) -> bool:
    """As `GraphStore.delete_document`."""
    row = connection.execute("SELECT id FROM document WHERE uid = ?", (document_id,)).fetchone()
    if row is not None:
        _remove_document(connection, row[0])
    return row is not None


def _insert_document(
    connection: sqlite3.Connection, extraction: Extraction, vectors: Vectors
) -> int:
    """Insert a document whose id is free, with clusters that link to nothing yet.

    Returns:
        Its rowid.
    """
    document = extraction.document
    row = connection.execute(
        "INSERT INTO document (uid, source, file, title, digest, extractor, text) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            document.id,
            document.source,
            file_name(document.source),
            document.title,
            document.digest,
            extraction.extractor,
            document.text,
        ),
    ).fetchone()
    passages = _insert_passages(connection, int(row[0]), extraction, vectors)
    clusters = _insert_clusters(connection, int(row[0]), extraction.clusters, passages)
    _insert_relations(connection, extraction, passages, clusters)
    return int(row[0])


def _insert_passages(
    connection: sqlite3.Connection,
    rowid: int,
    extraction: Extraction,
    vectors: Vectors,
) -> dict[str, int]:
    ids: dict[str, int] = {}
    for passage, vector in zip(extraction.passages, to_blobs(vectors), strict=True):
        row = connection.execute(
            "INSERT INTO passage (uid, document, start, stop, text, section, page, row) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                passage.id,
                rowid,
                passage.start,
                passage.end,
                passage.text,
                passage.section,
                passage.page,
                passage.row,
            ),
        ).fetchone()
        ids[passage.id] = row[0]
        connection.execute("INSERT INTO passage_vector VALUES (?, ?)", (row[0], vector))
    connection.execute(f"INSERT INTO passage_text (rowid, title, text) SELECT {_INDEXED}", (rowid,))
    return ids


def _insert_clusters(
    connection: sqlite3.Connection,
    rowid: int,
    clusters: tuple[Cluster, ...],
    passages: Mapping[str, int],
) -> dict[str, int]:
    ids: dict[str, int] = {}
    for cluster in clusters:
        row = connection.execute(
            "INSERT INTO cluster (uid, document, type, name, about) "
            "VALUES (?, ?, ?, ?, ?) RETURNING id",
            (cluster.id, rowid, cluster.type, cluster.name, cluster.about),
        ).fetchone()
        ids[cluster.id] = row[0]
        forms = Counter({cluster.name: 0})
        forms.update(mention.text for mention in cluster.mentions)
        connection.executemany(
            "INSERT INTO surface (cluster, name, key, mentions) VALUES (?, ?, ?, ?)",
            [(row[0], form, name_key(form), count) for form, count in forms.items()],
        )
        connection.executemany(
            "INSERT INTO mention (cluster, passage, start, stop, text, type, score) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (row[0], passages[m.passage_id], m.start, m.end, m.text, m.type, m.score)
                for m in cluster.mentions
            ],
        )
    return ids


def _insert_relations(
    connection: sqlite3.Connection,
    extraction: Extraction,
    passages: Mapping[str, int],
    clusters: Mapping[str, int],
) -> None:
    if not extraction.relations:
        return
    texts = [text for r in extraction.relations for text in (r.relation, r.extractor)]
    labels = label_ids(connection, texts)
    connection.executemany(
        "INSERT INTO relation_mention "
        "(head, relation, tail, passage, start, stop, score, extractor) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                clusters[r.head],
                labels[r.relation],
                clusters[r.tail],
                passages[r.passage_id],
                r.start,
                r.end,
                r.score,
                labels[r.extractor],
            )
            for r in extraction.relations
        ],
    )


def _remove_document(connection: sqlite3.Connection, rowid: int) -> None:
    """Delete a document with what only it supports; its names are to be resolved again."""
    _touch_names(connection, rowid)
    clusters = connection.execute("SELECT id FROM cluster WHERE document = ?", (rowid,))
    relink(connection, dict.fromkeys((row[0] for row in clusters.fetchall()), None))
    connection.execute(
        f"INSERT INTO passage_text (passage_text, rowid, title, text) SELECT 'delete', {_INDEXED}",
        (rowid,),
    )
    connection.execute("DELETE FROM document WHERE id = ?", (rowid,))


def _touch_names(connection: sqlite3.Connection, rowid: int) -> None:
    """Queue the name keys of a document's clusters, at the version being written."""
    connection.execute(
        "INSERT INTO pending_key (key, touched) "
        "SELECT DISTINCT s.key, (SELECT version + 1 FROM counter) "
        "FROM cluster AS c JOIN surface AS s ON s.cluster = c.id WHERE c.document = ? "
        "ON CONFLICT (key) DO UPDATE SET touched = excluded.touched",
        (rowid,),
    )
