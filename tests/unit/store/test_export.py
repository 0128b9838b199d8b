"""JSON lines, GraphML and CSV, read back by other means."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import networkx
import pytest
from store_fixtures import put, resolve, stated

from kgqa.errors import KgqaError
from kgqa.store.export import export
from kgqa.store.sqlite import SqliteStore
from kgqa.types import Entity, Triple

ODD = 'A, "b"\n\x00\x1b<c> & d;\u2028'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        put(store, stated(1, "Ada", "Bob"))
        put(store, stated(2, "Ada", "Bob"))
        resolve(store)
        store.upsert(
            [Entity("odd", "thing", ODD, ("x;y",), "what")],
            [Triple("odd", "P1", "e:ada"), Triple("odd", "P2", "e:ada")],
        )
        yield store


def test_json_lines_hold_every_record(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    assert export(store, path) == (path,)
    records = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    assert Counter(r["kind"] for r in records) == {
        "document": 2, "passage": 2, "entity": 3, "triple": 3, "evidence": 2,
    }  # fmt: skip
    by_kind = {record["kind"]: record for record in records}
    assert by_kind["entity"]["name"] == ODD
    evidence = by_kind["evidence"]
    assert (evidence["head"], evidence["tail"]) == ("e:ada", "e:bob")
    text = {r["id"]: r["text"] for r in records if r["kind"] == "passage"}[evidence["passage_id"]]
    assert text[evidence["start"] : evidence["end"]] == "Ada knows Bob."


def test_json_lines_say_where_passages_and_evidence_stand(tmp_path: Path) -> None:
    made = stated(1, "Ada", "Bob")
    made = replace(made, passages=(replace(made.passages[0], section="A > B", page=3, row=None),))
    with SqliteStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        put(store, made)
        put(store, stated(2, "Ada", "Eve"))
        resolve(store)
        export(store, tmp_path / "g.jsonl")
    records = [json.loads(line) for line in (tmp_path / "g.jsonl").read_text("utf-8").splitlines()]
    places = {
        (r["kind"], r.get("id") or r["passage_id"]): (r["section"], r["page"], r["row"])
        for r in records
        if r["kind"] in ("passage", "evidence")
    }
    placed, other = made.passages[0].id, stated(2, "Ada", "Eve").passages[0].id
    assert places == {
        ("passage", placed): ("A > B", 3, None),
        ("evidence", placed): ("A > B", 3, None),
        ("passage", other): ("", None, None),
        ("evidence", other): ("", None, None),
    }


def test_graphml_is_read_back_by_networkx(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "g.GraphML"
    assert export(store, path) == (path,)
    graph = networkx.read_graphml(path, force_multigraph=True)
    assert graph.nodes["e:ada"]["name"] == "ada"
    assert json.loads(graph.nodes["e:ada"]["aliases"]) == ["Ada"]
    assert graph.nodes["odd"]["name"] == ODD.replace("\x00", "\ufffd").replace("\x1b", "\ufffd")
    edges = sorted((h, t, e["relation"], e["support"]) for h, t, e in graph.edges(data=True))
    assert edges == [
        ("e:ada", "e:bob", "P1", 2),
        ("odd", "e:ada", "P1", 0),
        ("odd", "e:ada", "P2", 0),
    ]


def test_csv_makes_two_files(store: SqliteStore, tmp_path: Path) -> None:
    paths = export(store, tmp_path / "g.csv")
    assert [path.name for path in paths] == ["g.entities.csv", "g.triples.csv"]
    entities, triples = (
        list(csv.reader(path.open(encoding="utf-8", newline=""))) for path in paths
    )
    assert entities[0] == ["id:ID", ":LABEL", "name", "description", "aliases"]
    assert ["odd", "thing", ODD, "what", '["x;y"]'] in entities
    assert triples[0] == [":START_ID", ":TYPE", ":END_ID", "support:int"]
    assert sorted(triples[1:]) == [
        ["e:ada", "P1", "e:bob", "2"],
        ["odd", "P1", "e:ada", "0"],
        ["odd", "P2", "e:ada", "0"],
    ]


@pytest.mark.parametrize("name", ["g.xlsx", "g", "jsonl"])
def test_an_unknown_format(store: SqliteStore, tmp_path: Path, name: str) -> None:
    with pytest.raises(KgqaError, match=r"\.csv, \.graphml, \.jsonl"):
        export(store, tmp_path / name)


def test_a_folder_that_is_not_there(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(KgqaError, match="writable folder"):
        export(store, tmp_path / "none" / "g.jsonl")
    with pytest.raises(KgqaError, match="writable folder"):
        export(store, tmp_path / "a.db" / "g.jsonl")


def test_a_failed_export_leaves_the_old_file(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "g.jsonl"
    path.write_text("old")
    before = set(tmp_path.iterdir())
    triples = store.all_triples

    def written_to_meanwhile() -> Iterator[Triple]:
        put(store, stated(3, "Eve", "Bob"))
        return triples()

    monkeypatch.setattr(store, "all_triples", written_to_meanwhile)
    with pytest.raises(KgqaError, match="at rest"):
        export(store, path)
    assert path.read_text() == "old"
    assert {p for p in tmp_path.iterdir() if not p.name.startswith("a.db")} <= before
