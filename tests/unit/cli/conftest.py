"""A small real store, and the command line called in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli_store import Outcome, Run, curie

from kgqa.cli.main import main
from kgqa.ontology import schema_file
from kgqa.store.open import open_store
from kgqa.types import Entity, Link


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
