from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kgqa.errors import OntologyError
from kgqa.ontology import load_ontology, schema_file

ONTOLOGY = load_ontology()


def small() -> dict[str, Any]:
    """A valid ontology to spoil."""
    return {
        "version": "1",
        "mention_types": [
            {"id": "person", "label": "person", "description": "Somebody."},
            {"id": "location", "label": "location", "description": "Somewhere."},
        ],
        "relations": [
            {
                "id": "P19",
                "label": "place of birth",
                "identifier": "PLACE_OF_BIRTH",
                "description": "Where.",
                "head": ["person"],
                "tail": ["location"],
                "inverse": "R19",
            },
            {
                "id": "R19",
                "label": "birthplace of",
                "identifier": "BIRTHPLACE_OF",
                "description": "Who.",
                "head": ["location"],
                "tail": ["person"],
                "inverse": "P19",
            },
        ],
    }


def write(folder: Path, content: object) -> Path:
    path = folder / "ontology.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def test_packaged_ontology_has_six_types_and_the_96_relations() -> None:
    assert [t.id for t in ONTOLOGY.mention_types] == [
        "person",
        "organization",
        "location",
        "time",
        "number",
        "miscellaneous",
    ]
    assert [t.docred for t in ONTOLOGY.mention_types] == [
        "PER",
        "ORG",
        "LOC",
        "TIME",
        "NUM",
        "MISC",
    ]
    assert len({relation.id for relation in ONTOLOGY.relations}) == 96


def test_identifiers_are_unique_and_plain() -> None:
    identifiers = [relation.identifier for relation in ONTOLOGY.relations]
    assert len(set(identifiers)) == 96
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", identifier) for identifier in identifiers)


def test_inverses_and_symmetric_relations() -> None:
    symmetric = {relation.id for relation in ONTOLOGY.relations if relation.symmetric}
    assert symmetric == {"P26", "P190", "P3373"}
    pairs = {(r.id, r.inverse) for r in ONTOLOGY.relations if r.inverse is not None}
    assert ("P155", "P156") in pairs
    assert ("P36", "P1376") in pairs
    assert {(b, a) for a, b in pairs} == pairs


def test_allows_follows_head_and_tail() -> None:
    assert ONTOLOGY.allows("person", "P19", "location")
    assert not ONTOLOGY.allows("location", "P19", "person")
    assert not ONTOLOGY.allows("person", "P569", "location")
    assert not ONTOLOGY.allows("person", "P0", "location")


def test_relation_by_id() -> None:
    relation = ONTOLOGY.relation("P569")
    assert relation is not None
    assert (relation.label, relation.tail) == ("date of birth", ("time",))
    assert ONTOLOGY.relation("P0") is None


def test_digest_is_of_the_content_not_its_layout(tmp_path: Path) -> None:
    content = small()
    first = load_ontology(write(tmp_path, content)).digest
    for relation in content["relations"]:
        relation["symmetric"] = False  # the default, spelled out
    text = "# a comment\n" + yaml.safe_dump(content, sort_keys=True, indent=6)
    (tmp_path / "other.yaml").write_text(text, encoding="utf-8")
    assert load_ontology(tmp_path / "other.yaml").digest == first
    content["relations"][0]["tail"].append("person")
    content["relations"][1]["head"].append("person")
    assert load_ontology(write(tmp_path, content)).digest != first


def test_digest_changes_with_the_order_of_relations(tmp_path: Path) -> None:
    content = small()
    first = load_ontology(write(tmp_path, content)).digest
    content["relations"].reverse()
    assert load_ontology(write(tmp_path, content)).digest != first


def _spoil(content: dict[str, Any], change: str) -> None:
    first, second = content["relations"]
    if change == "no label":
        del first["label"]
    elif change == "unknown key":
        first["colour"] = "red"
    elif change == "bad identifier":
        first["identifier"] = "place-of-birth"
    elif change == "repeated id":
        second["id"] = "P19"
    elif change == "repeated identifier":
        second["identifier"] = "PLACE_OF_BIRTH"
    elif change == "unknown type":
        first["tail"] = ["planet"]
    elif change == "missing inverse":
        first["inverse"] = "P999"
    elif change == "one-way inverse":
        second["inverse"] = None
    elif change == "inverse types":
        second["tail"] = ["person", "location"]
    elif change == "symmetric types":
        first["symmetric"] = True


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("no label", r"relations\[0\]: 'label' is a required property"),
        ("unknown key", r"relations\[0\]: .*'colour' was unexpected"),
        ("bad identifier", r"relations\[0\].identifier: 'place-of-birth' does not match"),
        ("repeated id", r"relations: id 'P19' stands 2 times"),
        ("repeated identifier", r"relations: identifier 'PLACE_OF_BIRTH' stands 2 times"),
        ("unknown type", r"\(P19\).tail: unknown mention type 'planet', expected one of person"),
        ("missing inverse", r"\(P19\).inverse: there is no relation 'P999'"),
        ("one-way inverse", r"\(P19\).inverse: not mutual"),
        ("inverse types", r"\(P19\).inverse: head and tail types of R19"),
        ("symmetric types", r"\(P19\): a symmetric relation needs the same types"),
    ],
)
def test_a_fault_is_told_in_one_line_with_its_place(
    tmp_path: Path, change: str, expected: str
) -> None:
    content = small()
    _spoil(content, change)
    path = write(tmp_path, content)
    with pytest.raises(OntologyError, match=expected) as caught:
        load_ontology(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_malformed_yaml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "ontology.yaml"
    path.write_text('version: "1"\nrelations: [\n', encoding="utf-8")
    with pytest.raises(OntologyError, match=r"ontology\.yaml: line 3: expected YAML"):
        load_ontology(path)


@pytest.mark.parametrize(
    ("content", "got"), [("", "nothing"), ("- 1\n", "a list"), ("text\n", "a single value")]
)
def test_yaml_of_another_shape_is_refused(tmp_path: Path, content: str, got: str) -> None:
    path = tmp_path / "ontology.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OntologyError, match=f"expected `version`, .*, got {got}$"):
        load_ontology(path)


def test_missing_file_and_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match=r"nowhere\.yaml: cannot read the ontology"):
        load_ontology(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes("version: é".encode("latin-1"))
    with pytest.raises(OntologyError, match="expected UTF-8 text, byte 9"):
        load_ontology(tmp_path / "latin.yaml")


def test_schema_files_are_found() -> None:
    for name in ("ontology.yaml", "ontology.schema.json", "records.schema.json"):
        assert schema_file(name).is_file()


@pytest.mark.parametrize("content", ["[" * 100_000, "- " * 100_000])
def test_deep_nesting_is_refused_and_crashes_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "o.yaml").write_text(content)
    with pytest.raises(OntologyError, match="nested more than 50 deep"):
        load_ontology(tmp_path / "o.yaml")


def test_a_date_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "o.yaml").write_text("version: 2020-13-45\n")
    with pytest.raises(OntologyError, match="month must be in"):
        load_ontology(tmp_path / "o.yaml")
