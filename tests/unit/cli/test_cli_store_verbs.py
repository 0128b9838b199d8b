"""stats, inspect, delete and export on a small real store."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import networkx
import numpy as np
import pytest
from cli_store import curie

from kgqa.documents.paths import FoundFile, find_files
from kgqa.store.open import open_store
from kgqa.types import Extraction

if TYPE_CHECKING:
    from cli_store import Run

Check = Callable[[str, object], None]


def put(url: str, *extractions: Extraction) -> None:
    with open_store(url) as store:
        for made in extractions:
            store.replace_document(made, np.eye(1, 4, dtype=np.float32))


def test_stats_of_an_empty_store(run: Run, tmp_path: Path, matches_schema: Check) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    open_store(url).close()
    sizes = run("stats", "--json", "--store", url).json()
    matches_schema("stats", sizes)
    digest = sizes.pop("digest")
    assert len(digest) == 64
    assert set(sizes.values()) == {0}


def test_stats_counts_the_graph(run: Run, store_url: str, matches_schema: Check) -> None:
    sizes = run("stats", "--json", "--store", store_url).json()
    matches_schema("stats", sizes)
    del sizes["digest"]
    assert sizes == {"documents": 1, "passages": 1, "entities": 2, "triples": 1, "evidence": 1}
    text = run("stats", "--store", store_url).out
    assert [line.split()[0] for line in text.splitlines()] == [*sizes, "digest"]


@pytest.mark.parametrize("name", ["Marie Curie", "marie  curie", "Curie", "e-curie"])
def test_inspect_by_name_alias_or_id(
    run: Run, store_url: str, matches_schema: Check, name: str
) -> None:
    record = run("inspect", name, "--json", "--store", store_url).json()
    matches_schema("inspect", record)
    [match] = record["matches"]
    assert (match["id"], match["type"], match["name"]) == ("e-curie", "person", "Marie Curie")
    assert match["documents"][0]["source"] == "/texts/marie_curie.txt"
    [triple] = match["triples"]
    assert triple["head"]["name"] == "Marie Curie"
    assert triple["relation"] == {"id": "P19", "label": "place of birth"}
    assert triple["tail"]["name"] == "Warsaw"


def test_inspect_for_people(run: Run, store_url: str) -> None:
    text = run("inspect", "Warsaw", "--store", store_url).out
    assert text.startswith("Warsaw (location, id e-warsaw)\n")
    assert "    Marie Curie -- place of birth -- Warsaw\n" in text
    assert "    Marie Curie (/texts/marie_curie.txt)\n" in text


def test_inspect_of_an_unknown_name_finds_nothing(run: Run, store_url: str) -> None:
    assert run("inspect", "Nobody", "--json", "--store", store_url).json() == {"matches": []}
    outcome = run("inspect", "Nobody", "--store", store_url)
    assert (outcome.code, outcome.out) == (0, "no entity is called 'Nobody'\n")


def test_inspect_wants_a_name(run: Run, store_url: str) -> None:
    outcome = run("inspect", " ", "--store", store_url)
    assert (outcome.code, outcome.out) == (1, "")
    assert "expected the name or id of an entity, got an empty one" in outcome.err


@pytest.mark.parametrize("name", ["marie_curie.txt", "/texts/marie_curie.txt", "Marie Curie"])
def test_delete_leaves_nothing_behind(
    run: Run, store_url: str, matches_schema: Check, tmp_path: Path, name: str
) -> None:
    record = run("delete", name, "--json", "--store", store_url).json()
    matches_schema("delete", record)
    assert record["deleted"][0]["title"] == "Marie Curie"
    empty = f"sqlite:///{tmp_path}/empty.db"
    open_store(empty).close()
    after = run("stats", "--json", "--store", store_url).json()
    assert after == run("stats", "--json", "--store", empty).json()


@pytest.mark.parametrize(
    "name",
    ["docs/a.txt", "./docs/a.txt", "docs/../docs//a.txt", "{folder}/docs/a.txt", "link/a.txt"],
)
@pytest.mark.parametrize("gone", [False, True])
def test_delete_by_any_path_that_ingest_takes(
    run: Run, store_url: str, tmp_path: Path, name: str, gone: bool
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").touch()
    (tmp_path / "link").symlink_to(tmp_path / "docs")
    [found] = find_files([name.format(folder=tmp_path)])
    assert isinstance(found, FoundFile)
    put(store_url, curie(found.source), curie("/elsewhere/a.txt"))
    if gone:
        (tmp_path / "docs" / "a.txt").unlink()
    outcome = run("delete", name.format(folder=tmp_path), "--json", "--store", store_url)
    assert [d["source"] for d in outcome.json()["deleted"]] == [found.source]


@pytest.mark.parametrize("part", ["#AC/DC", "#a//b: c#2", ":12"])
def test_delete_by_a_path_to_a_part_of_a_file(
    run: Run, store_url: str, tmp_path: Path, part: str
) -> None:
    (tmp_path / "odd#1:2").mkdir()
    real = tmp_path / "odd#1:2" / "corpus.jsonl"
    real.touch()
    (tmp_path / "link.jsonl").symlink_to(real)
    put(store_url, curie(f"{real}{part}"), curie(f"{real}#other"))
    for name in (f"odd#1:2/corpus.jsonl{part}", f"link.jsonl{part}"):
        [deleted] = run("delete", name, "--json", "--store", store_url).json()["deleted"]
        assert deleted["source"] == f"{real}{part}"
        put(store_url, curie(f"{real}{part}"))
    outcome = run("delete", "./odd#1:2/corpus.jsonl", "--store", store_url)
    assert "names 2 documents" in outcome.err
    assert f"{real}#other" in outcome.err


def test_delete_of_a_folder_says_what_to_do(run: Run, store_url: str, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    outcome = run("delete", "texts", "--store", store_url)
    assert outcome.code == 1
    assert "texts: is a folder" in outcome.err
    assert "--retire" in outcome.err


def test_delete_of_an_unknown_document(run: Run, store_url: str) -> None:
    before = run("stats", "--json", "--store", store_url).json()
    outcome = run("delete", "none.txt", "--store", store_url)
    assert outcome.code == 1
    assert outcome.err.startswith("kgqa: error: none.txt: no such document")
    assert run("stats", "--json", "--store", store_url).json() == before


def test_delete_by_an_ambiguous_title_names_the_choices(run: Run, store_url: str) -> None:
    other = curie("/texts/other.txt")
    with open_store(store_url) as store:
        store.replace_document(other, np.eye(1, 4, dtype=np.float32))
    outcome = run("delete", "Marie Curie", "--store", store_url)
    assert outcome.code == 1
    assert f"{other.document.id} (/texts/other.txt)" in outcome.err
    assert run("delete", other.document.id, "--store", store_url).code == 0


def test_export_json_lines(run: Run, store_url: str, tmp_path: Path, matches_schema: Check) -> None:
    outcome = run("export", str(tmp_path / "g.jsonl"), "--json", "--store", store_url)
    matches_schema("export", outcome.json())
    assert outcome.json() == {"files": [str(tmp_path / "g.jsonl")]}
    lines = (tmp_path / "g.jsonl").read_text(encoding="utf-8").splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert {"document", "passage", "entity", "triple", "evidence"} <= set(kinds)


def test_export_graphml(run: Run, store_url: str, tmp_path: Path) -> None:
    assert run("export", "g.graphml", "--store", store_url).code == 0
    graph = networkx.read_graphml(tmp_path / "g.graphml")
    assert graph.has_edge("e-curie", "e-warsaw")


def test_export_csv(run: Run, store_url: str, tmp_path: Path) -> None:
    assert run("export", "g.csv", "--store", store_url).code == 0
    [table] = list(tmp_path.rglob("*triples*.csv"))
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 2
    assert {"e-curie", "P19", "e-warsaw"} <= set(rows[1])


def test_export_of_an_unknown_suffix_names_the_allowed(run: Run, store_url: str) -> None:
    outcome = run("export", "g.xlsx", "--store", store_url)
    assert outcome.code == 1
    assert all(suffix in outcome.err for suffix in (".jsonl", ".graphml", ".csv"))


def test_delete_of_an_empty_name_takes_no_untitled_document(run: Run, store_url: str) -> None:
    outcome = run("delete", " ", "--store", store_url)
    assert outcome.code == 1
    assert "no document named" in outcome.err


def test_an_empty_file_is_not_made_a_store_by_reading(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    outcome = run("stats", "--store", "sqlite:///empty.db")
    assert outcome.code == 1
    assert (tmp_path / "empty.db").read_bytes() == b""
