"""The SQLite schema, as a list of migrations that `PRAGMA user_version` counts.

Rows refer to each other by integers; ids of the GraphStore interface are the `uid`
columns. Three tables are derived, and kept in step in the transaction that changes what
they derive from: `alias` and `mentioned` from the linked clusters, `triple.support` from
the relation mentions whose `triple` points at it.
"""

from __future__ import annotations

APPLICATION_ID = int.from_bytes(b"kgqa", "big")

_DOCUMENTS = """
CREATE TABLE counter (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  version INTEGER NOT NULL,      -- rises with every write
  assigned INTEGER NOT NULL      -- rises with every assign
);
INSERT INTO counter VALUES (1, 0, 0);

CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  file TEXT NOT NULL,            -- the file's name without its folders
  title TEXT NOT NULL,
  digest TEXT NOT NULL,
  extractor TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX document_source ON document (source, uid);
CREATE INDEX document_file ON document (file);
CREATE INDEX document_title ON document (title);

CREATE TABLE passage (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
  start INTEGER NOT NULL,
  stop INTEGER NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX passage_document ON passage (document);

CREATE TABLE passage_vector (
  passage INTEGER PRIMARY KEY REFERENCES passage ON DELETE CASCADE,
  vector BLOB NOT NULL           -- float16, little-endian
);

-- Contentless: the text is in `passage` and `document`, which a row's deletion quotes.
CREATE VIRTUAL TABLE passage_text USING fts5 (
  title, text, content = '', tokenize = "porter unicode61 remove_diacritics 2"
);
-- A word of the title counts four times: recall@5 of BM25 on 2wiki 64.8, with one 62.6.
INSERT INTO passage_text (passage_text, rank) VALUES ('rank', 'bm25(4.0, 1.0)');
"""

_CLUSTERS = """
CREATE TABLE label (             -- relations and extractors, each named once
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);

CREATE TABLE entity (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  key TEXT NOT NULL,             -- name_key(name)
  description TEXT NOT NULL,
  given INTEGER NOT NULL         -- 1: stays without a cluster
);
CREATE INDEX entity_key ON entity (key);

CREATE TABLE cluster (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  about INTEGER NOT NULL,
  entity INTEGER REFERENCES entity
);
CREATE INDEX cluster_document ON cluster (document);
CREATE INDEX cluster_entity ON cluster (entity);

CREATE TABLE surface (           -- what a cluster is called: its name and its mentions' texts
  cluster INTEGER NOT NULL REFERENCES cluster ON DELETE CASCADE,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  mentions INTEGER NOT NULL,
  PRIMARY KEY (cluster, name)
) WITHOUT ROWID;
CREATE INDEX surface_key ON surface (key);

CREATE TABLE mention (
  id INTEGER PRIMARY KEY,
  cluster INTEGER NOT NULL REFERENCES cluster ON DELETE CASCADE,
  passage INTEGER NOT NULL REFERENCES passage ON DELETE CASCADE,
  start INTEGER NOT NULL,
  stop INTEGER NOT NULL,
  text TEXT NOT NULL,
  type TEXT NOT NULL,
  score REAL NOT NULL
);
CREATE INDEX mention_cluster ON mention (cluster, passage);
CREATE INDEX mention_passage ON mention (passage);

CREATE TABLE pending_key (
  key TEXT PRIMARY KEY,
  touched INTEGER NOT NULL       -- the version whose write touched it last
) WITHOUT ROWID;
"""

_GRAPH = """
CREATE TABLE alias (             -- the surfaces of an entity's clusters, summed, and given ones
  entity INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  mentions INTEGER NOT NULL,
  clusters INTEGER NOT NULL,
  given INTEGER NOT NULL,
  PRIMARY KEY (entity, name)
) WITHOUT ROWID;
CREATE INDEX alias_key ON alias (key);

CREATE TABLE mentioned (         -- passage -- entity edges
  passage INTEGER NOT NULL REFERENCES passage ON DELETE CASCADE,
  entity INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  mentions INTEGER NOT NULL,
  about INTEGER NOT NULL,        -- clusters of the passage's document that are about it
  PRIMARY KEY (passage, entity)
) WITHOUT ROWID;
CREATE INDEX mentioned_entity ON mentioned (entity, passage, about);

CREATE TABLE triple (
  id INTEGER PRIMARY KEY,
  head INTEGER NOT NULL REFERENCES entity,
  relation INTEGER NOT NULL REFERENCES label,
  tail INTEGER NOT NULL REFERENCES entity,
  support INTEGER NOT NULL,      -- relation mentions that state it
  given INTEGER NOT NULL,
  UNIQUE (head, relation, tail)
);
CREATE INDEX triple_tail ON triple (tail, head);

CREATE TABLE relation_mention (
  id INTEGER PRIMARY KEY,
  head INTEGER NOT NULL REFERENCES cluster ON DELETE CASCADE,
  relation INTEGER NOT NULL REFERENCES label,
  tail INTEGER NOT NULL REFERENCES cluster ON DELETE CASCADE,
  passage INTEGER NOT NULL REFERENCES passage ON DELETE CASCADE,
  start INTEGER NOT NULL,
  stop INTEGER NOT NULL,
  score REAL NOT NULL,
  extractor INTEGER NOT NULL REFERENCES label,
  triple INTEGER REFERENCES triple
);
CREATE INDEX relation_mention_head ON relation_mention (head);
CREATE INDEX relation_mention_tail ON relation_mention (tail);
CREATE INDEX relation_mention_passage ON relation_mention (passage);
CREATE INDEX relation_mention_triple ON relation_mention (triple);
"""

_PLACES = """
ALTER TABLE passage ADD COLUMN section TEXT NOT NULL DEFAULT '';  -- headings, joined by " > "
ALTER TABLE passage ADD COLUMN page INTEGER;
ALTER TABLE passage ADD COLUMN row INTEGER;
"""

MIGRATIONS: tuple[str, ...] = (_DOCUMENTS + _CLUSTERS + _GRAPH, _PLACES)
"""Script `n` takes a store of version `n` to `n + 1`; what is released is never edited."""
