from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.ontology import load_ontology, schema_file

if TYPE_CHECKING:
    from cli_store import Run

Check = Callable[[str, object], None]


def test_show_json_is_the_ontology(run: Run, matches_schema: Check) -> None:
    record = run("schema", "show", "--json").json()
    matches_schema("schema_show", record)
    ontology = load_ontology()
    assert record["digest"] == ontology.digest
    assert [r["id"] for r in record["relations"]] == [r.id for r in ontology.relations]


def test_show_for_people(run: Run) -> None:
    lines = run("schema", "show").out.splitlines()
    assert "  P19    place of birth: person -> location" in lines
    assert "  P26    spouse: person -> person  [symmetric]" in lines
    assert "  P36    capital: location -> location  [inverse P1376]" in lines


def test_check_of_the_packaged_ontology(run: Run, matches_schema: Check) -> None:
    record = run("schema", "check", "--json").json()
    matches_schema("schema_check", record)
    assert (record["mention_types"], record["relations"]) == (6, 96)
    assert "6 mention types, 96 relations" in run("schema", "check").out


def test_check_of_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    text = schema_file("ontology.yaml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert run("schema", "check", str(path)).code == 0
    path.write_text(text.replace("inverse: P156", "inverse: P157"), encoding="utf-8")
    outcome = run("schema", "check", str(path))
    assert outcome.code == 1
    assert "there is no relation 'P157'" in outcome.err
    assert outcome.err.count("\n") == 1


def test_the_settings_name_the_ontology(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kgqa.toml").write_text('ontology = "none.yaml"\n')
    outcome = run("schema", "show")
    assert outcome.code == 1
    assert "none.yaml: cannot read the ontology" in outcome.err
