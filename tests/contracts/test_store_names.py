"""Names that are syntax to someone are text to every GraphStore."""

from __future__ import annotations

import pytest
from store_samples import MARIE, entity_id, extraction, put, resolve_by_name

from kgqa.names import name_key
from kgqa.store.base import GraphStore
from kgqa.types import Triple

HOSTILE = [
    "Robert'); DROP TABLE entity;--",
    'say "hi"',
    "nul \x00 inside",
    "\x00",
    "x" * 10_000,
    "a:b AND (c OR NEAR d)*",
    "100% _under\\score",
    "\U0001f600 \u4e2d\u6587 e\u0301",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_text(store: GraphStore, name: str) -> None:
    made = extraction(f"{name}.txt", f"{name} knows Marie Curie.", [[name], ["Marie Curie"]],
                      [(name, f"rel {name}", "Marie Curie")], title=name)  # fmt: skip
    put(store, made)
    resolve_by_name(store)
    uid = entity_id(name)
    assert store.entities([uid])[0].name == name
    (triple,) = store.all_triples()
    assert triple == Triple(uid, f"rel {name}", MARIE)
    assert len(store.evidence_of([triple])) == 1
    (found, *_) = store.find_entities([name_key(name)])
    assert found.entity.id == uid
    assert store.find_documents(name) == [made.document]
    assert store.delete_document(made.document.id)
    assert list(store.all_entities()) == []
