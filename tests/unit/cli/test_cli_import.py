"""`kgqa import` into a real store, and the verbs that read it afterwards."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from cli_store import curie

from kgqa.link.resolve import resolve
from kgqa.names import name_key
from kgqa.store.open import open_store

if TYPE_CHECKING:
    from cli_store import Run

Check = Callable[[str, object], None]
LINES = (
    "Top Gun|starred_actors|Tom_Cruise\nTop Gun|film.film.genre|Action\nTop Gun|P57|Tony Scott\n"
)


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    path = tmp_path / "kb.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


def test_import_again_makes_no_change(run: Run, kb: Path, matches_schema: Check) -> None:
    first = run("import", str(kb), "--json")
    matches_schema("import", first.json())
    assert (first.code, first.json()) == (
        0,
        {"added": 3, "unchanged": 0, "entities": 4, "rejected": 0, "rejections": []},
    )
    assert "import" in first.err
    before = run("stats", "--json").json()
    again = run("import", str(kb), "--json").json()
    assert (again["added"], again["unchanged"], again["entities"]) == (0, 3, 0)
    assert run("stats", "--json").json() == before
    assert (before["entities"], before["triples"], before["evidence"]) == (4, 3, 0)


def test_the_order_and_form_of_lines_do_not_matter(run: Run, kb: Path, tmp_path: Path) -> None:
    triples = [line.split("|") for line in LINES.splitlines()]
    other = tmp_path / "kb.jsonl"
    other.write_text("\n".join(json.dumps(triple) for triple in reversed(triples)))
    run("import", str(kb), "--store", "sqlite:///a.db")
    run("import", str(other), "--store", "sqlite:///b.db")
    a, b = (run("stats", "--json", "--store", f"sqlite:///{n}.db").json() for n in "ab")
    assert a == b


def test_relations_are_shown_in_words(run: Run, kb: Path, matches_schema: Check) -> None:
    run("import", str(kb))
    record = run("inspect", "Top Gun", "--json").json()
    matches_schema("inspect", record)
    [match] = record["matches"]
    labels = {t["relation"]["id"]: t["relation"]["label"] for t in match["triples"]}
    assert labels == {
        "starred_actors": "starred actors",
        "film.film.genre": "film genre",
        "P57": "director",
    }
    assert "Top Gun -- starred actors -- Tom_Cruise" in run("inspect", "Top Gun").out


def test_a_name_with_underscores_is_known_in_words(run: Run, kb: Path) -> None:
    run("import", str(kb))
    [match] = run("inspect", "tom cruise", "--json").json()["matches"]
    assert (match["name"], match["aliases"]) == ("Tom_Cruise", ["Tom Cruise"])


def test_export_writes_what_was_imported(run: Run, kb: Path, tmp_path: Path) -> None:
    run("import", str(kb))
    assert run("export", "graph.jsonl").code == 0
    records = [json.loads(line) for line in (tmp_path / "graph.jsonl").read_text().splitlines()]
    names = {r["id"]: r["name"] for r in records if r["kind"] == "entity"}
    triples = {
        (names[r["head"]], r["relation"], names[r["tail"]])
        for r in records
        if r["kind"] == "triple"
    }
    assert triples == {tuple(line.split("|")) for line in LINES.splitlines()}


def test_rejected_lines_are_told_and_the_rest_is_taken(run: Run, kb: Path) -> None:
    kb.write_text("a|r|b\nbroken\nc|r|d\n")
    outcome = run("import", str(kb))
    assert (outcome.code, outcome.out) == (
        0,
        "2 triples and 4 entities added, 0 triples unchanged, 1 rejected\n",
    )
    assert "rejected, malformed triple: 1" in outcome.err
    assert f"{kb}:2: expected head|relation|tail, got 'broken'" in outcome.err


def test_several_files_and_one_that_is_not_there(run: Run, kb: Path, tmp_path: Path) -> None:
    outcome = run("import", str(tmp_path / "none.txt"), str(kb), "--json")
    assert (outcome.code, outcome.json()["added"]) == (0, 3)
    [rejection] = outcome.json()["rejections"]
    assert rejection["reason"] == "no such file"


def test_no_triple_at_all_exits_1(run: Run, tmp_path: Path) -> None:
    outcome = run("import", str(tmp_path / "none.txt"))
    assert outcome.code == 1
    assert "no triple was taken, 1 rejected" in outcome.err


def test_where_nothing_is_taken_json_says_so(run: Run, matches_schema: Check) -> None:
    record = run("import", "none.txt", "--json").json()
    matches_schema("import", record)
    assert record["error"] == "no triple was taken, 1 rejected"


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(LINES.encode())))
    assert run("import", "-", "--json").json()["added"] == 3


def test_documents_link_to_what_is_imported(run: Run, tmp_path: Path, kb: Path) -> None:
    url = f"sqlite:///{tmp_path}/both.db"
    with open_store(url) as store:
        store.replace_document(curie(), np.eye(1, 4, dtype=np.float32))
        resolve(store)
    kb.write_text("Marie Curie|P166|Nobel Prize\n")
    run("import", str(kb), "--store", url)
    with open_store(url) as store:
        [known] = [n.entity for n in store.find_entities([name_key("Marie Curie")])]
        relations = {triple.relation for triple in store.triples_of([known.id])}
    assert relations == {"P19", "P166"}
