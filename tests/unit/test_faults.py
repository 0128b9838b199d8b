"""Small documents of the kinds that people bring, through files, graph and answers.

The texts are this project's own; each shows a kind of fault that was seen on real documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kgqa.config import load_settings
from kgqa.documents.read import read_documents
from kgqa.models import Models
from kgqa.pipeline import ask, ingest
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Answer, IngestReport, Question


@dataclass(frozen=True)
class Graph:
    """A store with one document in it."""

    store: GraphStore
    models: Models
    report: IngestReport

    @property
    def names(self) -> set[str]:
        return {name for e in self.store.all_entities() for name in (e.name, *e.aliases)}

    @property
    def triples(self) -> set[tuple[str, str, str]]:
        names = {entity.id: entity.name for entity in self.store.all_entities()}
        labels = self.models.labels
        return {
            (names[t.head], labels[t.relation], names[t.tail]) for t in self.store.all_triples()
        }

    def ask(self, question: str) -> Answer:
        return ask(Question("q", question), self.store, self.models)


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(load_settings())


@pytest.fixture
def graph_of(tmp_path: Path, models: Models) -> Iterator[object]:
    stores: list[GraphStore] = []

    def make(name: str, text: str) -> Graph:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        store = open_store(f"sqlite:///{tmp_path}/{len(stores)}.db")
        stores.append(store)
        report = ingest(read_documents([str(path)]), store, models)
        return Graph(store, models, report)

    yield make
    for store in stores:
        store.close()


def test_names_that_a_line_end_cuts_are_whole(graph_of) -> None:  # type: ignore[no-untyped-def]
    graph = graph_of(
        "01.txt",
        "The State of North\nCarolina is a member of the United\nStates of America. The Bank of\n"
        "England has its seat in London, and Anna\nKeller wrote the book The Salt\nRoad.\n",
    )
    assert any("North Carolina" in name for name in graph.names)
    assert any("United States of America" in name for name in graph.names)
    assert {"Bank of England", "Anna Keller", "The Salt Road"} <= graph.names
    assert not any("\n" in name or name.endswith((" of", "North")) for name in graph.names)


def test_a_files_name_is_no_entity(graph_of) -> None:  # type: ignore[no-untyped-def]
    graph = graph_of(
        "12_zurich.txt", "Zoë Berg was born in Köln on 3 May 1901. She worked in Zürich."
    )
    assert "Zürich" in graph.names
    assert not any("12" in name or name == "zurich" for name in graph.names)
    assert ("Zoë Berg", "place of birth", "Köln") in graph.triples
    assert ("Zoë Berg", "date of birth", "3 May 1901") in graph.triples


def test_headings_and_lists_are_no_entities(graph_of) -> None:  # type: ignore[no-untyped-def]
    graph = graph_of(
        "18.md",
        "# Summary\n\n## Method\n\nIt was highly relevant.\n\n## User Notes\n\n- Score: 4\n\n"
        "Contents\n\nI. Early Promise\n\nII. The Morning of Life\n\nIII. Defeat\n",
    )
    assert not graph.names & {"Summary", "Method", "User Notes", "Early Promise", "Defeat"}


MANUAL = """# Falcon

Falcon is a web framework written in Python by Lena Hart. The default port is 8080.

Install it with:

```sh
pip install falcon-web
```

| Setting | Default | Description |
|---|---|---|
| `snap` | `3` | tolerance in pixels |
| `strict` | `True` | stop at errors |
"""


def test_code_and_tables_can_be_asked_about(graph_of) -> None:  # type: ignore[no-untyped-def]
    graph = graph_of("09.md", MANUAL)
    assert not graph.names & {"Setting", "Default", "Description", "pip"}
    installed = graph.ask("How do I install Falcon?")
    assert any("pip install falcon-web" in p.passage.text for p in installed.passages)
    assert graph.ask("What is the default value of snap?").text == "3"
    assert graph.ask("What is the description of strict?").text == "stop at errors"
    (row,) = graph.ask("What is the default value of snap?").passages
    assert row.passage.row == 2


REPORT = """---
title: Annual report
author: Lena Hart
date: 2023-04-05
---

Nordwind AG is a German energy company founded in 2001 by Petra Lang.

| Subsidiary | Country | CEO |
|---|---|---|
| Vindkraft AB | Sweden | Karl Nilsson |
| Eolia SA | Spain | Marta Ruiz |
"""


def test_front_matter_and_rows_are_facts(graph_of) -> None:  # type: ignore[no-untyped-def]
    graph = graph_of("13_front.md", REPORT)
    assert {
        ("Annual report", "author", "Lena Hart"),
        ("Annual report", "publication date", "2023-04-05"),
        ("Nordwind AG", "has subsidiary", "Vindkraft AB"),
        ("Nordwind AG", "has subsidiary", "Eolia SA"),
        ("Vindkraft AB", "country", "Sweden"),
        ("Eolia SA", "country", "Spain"),
    } <= graph.triples
    assert graph.ask("Who is the CEO of Eolia SA?").text == "Marta Ruiz"
    assert graph.ask("Who wrote the annual report?").text == "Lena Hart"


def test_a_row_is_not_mixed_with_its_neighbour(graph_of) -> None:  # type: ignore[no-untyped-def]
    graph = graph_of("staff.csv", "Person,Born,City\nJan Maly,1971,Brno\nEva Roth,1980,Linz\n")
    assert ("Eva Roth", "date of birth", "1980") in graph.triples
    assert not any(h == "Eva Roth" and t in ("1971", "Brno") for h, _, t in graph.triples)
    assert graph.ask("What is the city of Eva Roth?").text == "Linz"


def test_a_foreign_text_is_stored_and_not_extracted_from(graph_of) -> None:  # type: ignore[no-untyped-def]
    graph = graph_of(
        "14.txt",
        "Karin Berg wurde am 17. Juli 1954 in Hamburg geboren. Ihr Mann ist der Chemiker Jochen "
        "Lang, den sie an der Universität Kiel kennengelernt hat.",
    )
    assert graph.report.unread_languages == {"de": 1}
    assert graph.names == set()
    assert graph.store.search_text("Hamburg", 1)
