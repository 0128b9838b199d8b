"""200 names that are syntax to someone: text to Neo4j and to Lucene, and found as text."""

from __future__ import annotations

from collections.abc import Callable

from store_samples import extraction, put, resolve_by_name

from kgqa.names import name_key
from kgqa.store.open import open_store
from kgqa.types import Entity, Triple

_SYNTAX = [
    "'",
    '"',
    "`",
    "``",
    "\\",
    "\\u0060",
    "{",
    "}",
    "${x}",
    "$name",
    "$(x)",
    "//",
    "/* x */",
    ";",
    "' OR 1=1 //",
    "`]->() DETACH DELETE n //",
    "}) DETACH DELETE (n",
    "'}) RETURN 1 //",
    "n:Entity",
    "UNWIND [] AS x",
    "MATCH (n) DETACH DELETE n",
    "CALL db.labels()",
    "Entity",
    "Graph",
    "NULL",
    "+a -b",
    "a AND b",
    "NOT a",
    "a OR",
    "title:x",
    "words:*",
    "*",
    "?",
    "a~2",
    '"a b"~5',
    "[a TO z]",
    "{a TO z}",
    "a^9",
    "(",
    ")",
    "!a",
    "a && b",
    "a || b",
    "\\+",
    "/re.*/",
    "graph_word:g1",
    "<a>",
]
_CHARACTERS = [
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u202e",
    "\x00",
    "\x01",
    "\x1f",
    "\x7f",
    "\u0085",
    "\u2028",
    "\ufffe",
    "\U0010ffff",
    "\U0001f600",
    "e\u0301",
    "\u4e2d",
    "\u0627",
]
NAMES = list(
    dict.fromkeys(
        [
            *_SYNTAX,
            *(f"name {text} end" for text in _SYNTAX),
            *_CHARACTERS,
            *(f"a{character}b" for character in _CHARACTERS),
            *("x" * size for size in (255, 256, 4_000, 8_191, 10_000)),
            *(f"{text} " * 500 for text in _SYNTAX[:40]),
            *(f"`{n}`{{{n}}}'{n}'" for n in range(40)),
        ]
    )
)


def test_there_are_two_hundred() -> None:
    assert len(NAMES) >= 200


def test_given_names_and_relations_are_text(new_neo4j_url: Callable[[], str]) -> None:
    with open_store(new_neo4j_url()) as store:
        entities = [Entity(f"id {name}", f"type {name}", name) for name in NAMES]
        triples = [Triple(e.id, e.name, entities[0].id) for e in entities]
        store.upsert(entities, triples)
        before = store.stats()
        assert sorted(e.name for e in store.all_entities()) == sorted(NAMES)
        assert sorted(store.all_triples()) == sorted(triples)
        found = store.find_entities([name_key(name) for name in NAMES])
        assert {named.entity.name for named in found} == set(NAMES)
        store.upsert(entities, triples)
        assert store.stats() == before


def test_hostile_questions_change_nothing(new_neo4j_url: Callable[[], str]) -> None:
    with open_store(new_neo4j_url()) as store:
        text = "\n".join(["Zebra stripes.", *(f"{n} {name!r}" for n, name in enumerate(NAMES))])
        put(store, extraction("names.txt", text, [["Zebra"]]))
        put(store, extraction("other.txt", "Nothing."))
        resolve_by_name(store)
        before = store.stats()
        for name in NAMES:
            hits = store.search_text(f"{name} zebra", 300)
            assert any(uid.endswith(":0") for uid, _ in hits), name
            store.find_documents(name)
            store.find_entities([name_key(name)])
        assert store.stats() == before
