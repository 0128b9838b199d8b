"""A small real store, and the command line called in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgqa.cli.main import main
from kgqa.ontology import schema_file
from kgqa.store.base import open_store
from kgqa.types import (
    Cluster,
    Document,
    Entity,
    Extraction,
    Link,
    Mention,
    Passage,
    RelationMention,
)

TEXT = "Marie Curie was born in Warsaw. Curie won two Nobel Prizes."


@dataclass(frozen=True)
class Outcome:
    """What one command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("KGQA_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `kgqa` with words; wrong usage leaves through SystemExit, here its code."""

    def call(*words: str) -> Outcome:
        try:
            code = main(words)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return Outcome(code, out, err)

    return call


@pytest.fixture
def matches_schema() -> Callable[[str, object], None]:
    """Check a `--json` object against its verb's schema in records.schema.json."""
    from jsonschema import Draft202012Validator

    schema = json.loads(schema_file("records.schema.json").read_text(encoding="utf-8"))

    def check(verb: str, record: object) -> None:
        Draft202012Validator({**schema, "$ref": f"#/$defs/{verb}"}).validate(record)

    return check


def curie(source: str = "/texts/marie_curie.txt") -> Extraction:
    """A document with two clusters and one relation between them."""
    document = Document.create(source, "Marie Curie", TEXT)
    first = f"{document.id}:0"
    person = Cluster(
        f"{document.id}/0",
        document.id,
        "person",
        "Marie Curie",
        (
            Mention(first, 0, 11, "Marie Curie", "person", 0.9),
            Mention(first, 32, 37, "Curie", "person", 0.8),
        ),
        about=True,
    )
    city = Cluster(
        f"{document.id}/1",
        document.id,
        "location",
        "Warsaw",
        (Mention(first, 24, 30, "Warsaw", "location", 0.9),),
    )
    relation = RelationMention(person.id, "P19", city.id, first, 0, 31, 0.9, "test")
    passage = Passage(first, document.id, 0, len(TEXT), TEXT)
    return Extraction(document, (passage,), (person, city), (relation,), "test")


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """A store with the one document, linked."""
    url = f"sqlite:///{tmp_path}/graph.db"
    extraction = curie()
    person, city = extraction.clusters
    with open_store(url) as store:
        store.replace_document(extraction, np.eye(1, 4, dtype=np.float32))
        store.assign(
            [Entity("e-curie", "person", "Marie Curie"), Entity("e-warsaw", "location", "Warsaw")],
            [Link(person.id, "e-curie", 1.0), Link(city.id, "e-warsaw", 1.0)],
            store.pending_keys(),
        )
    return url
