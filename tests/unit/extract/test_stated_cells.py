"""What the labels of tables and front matter state."""

from __future__ import annotations

import pytest

from kgqa.documents.layout import Part, lay_out, table_parts
from kgqa.documents.split import split_passages
from kgqa.extract.stated_cells import StatedCells, labels_of
from kgqa.ontology import load_ontology
from kgqa.types import Cluster, Document, Mention, RelationMention

ONTOLOGY = load_ontology()
Stated = set[tuple[str, str, str]]


def document_of(*parts: Part, title: str = "") -> Document:
    return lay_out("s", parts, stem="stem", title=title, format="text")


def cluster(document: Document, name: str, kind: str) -> Cluster:
    """Of the name's first place in the text."""
    start = document.text.index(name)
    passage = next(p for p in split_passages(document) if p.start <= start < p.end)
    mention = Mention(passage.id, start, start + len(name), name, kind, 0.9)
    return Cluster(f"{document.id}:{name}", document.id, kind, name, (mention,))


def stated(document: Document, *known: Cluster) -> tuple[StatedCells, Stated]:
    cells = StatedCells(document, split_passages(document), known, ONTOLOGY, "digest")
    cells.read()
    names = {c.id: c.name for c in cells.clusters}
    labels = {r.id: r.label for r in ONTOLOGY.relations}
    return cells, {(names[r.head], labels[r.relation], names[r.tail]) for r in cells.relations}


def table(*rows: list[str]) -> list[Part]:
    return list(table_parts(rows))


def test_a_row_states_of_its_first_cell_what_the_head_says() -> None:
    document = document_of(
        *table(
            ["Person", "Born", "Employer", "Mood"],
            ["Jan Maly", "Brno", "Orbit Bank", "Fair"],
            ["Eva Roth", "3 May 1980", "", "Good"],
        )
    )
    cells, facts = stated(document)
    assert facts == {
        ("Jan Maly", "place of birth", "Brno"),
        ("Jan Maly", "employer", "Orbit Bank"),
        ("Eva Roth", "date of birth", "3 May 1980"),
    }
    for relation in cells.relations:
        assert document.text[relation.start : relation.end].startswith("Person: ")
    for found in cells.clusters:
        for mention in found.mentions:
            assert document.text[mention.start : mention.end] == mention.text == found.name


def test_one_label_states_what_fits_the_subject() -> None:
    people = document_of(*table(["Name", "Country"], ["Jan Maly", "Sweden"]))
    firms = document_of(*table(["Company", "Country"], ["Orbit Bank", "Sweden"]))
    assert stated(people)[1] == {("Jan Maly", "country of citizenship", "Sweden")}
    assert stated(firms)[1] == {("Orbit Bank", "country", "Sweden")}


def test_a_first_column_that_is_a_relation_states_it_of_the_prose_above() -> None:
    document = document_of(
        Part("prose", "Nordwind AG is an energy company."),
        *table(["Subsidiary", "Country"], ["Eolia SA", "Spain"]),
    )
    known = cluster(document, "Nordwind AG", "organization")
    assert stated(document, known)[1] == {
        ("Nordwind AG", "has subsidiary", "Eolia SA"),
        ("Eolia SA", "country", "Spain"),
    }
    assert ("Nordwind AG", "has subsidiary", "Eolia SA") not in stated(document)[1]


def test_a_name_of_the_prose_and_of_a_row_is_one_cluster() -> None:
    document = document_of(
        Part("prose", "Jan Maly spoke first."),
        *table(["Name", "Employer"], ["Jan Maly", "Orbit Bank"]),
    )
    cells, _ = stated(document, cluster(document, "Jan Maly", "person"))
    (found,) = [c for c in cells.clusters if c.name == "Jan Maly"]
    assert len(found.mentions) == 2
    assert len({c.id for c in cells.clusters}) == len(cells.clusters)


@pytest.mark.parametrize(
    "rows",
    [
        (["Setting", "Default"], ["snap", "3"]),
        (["Name", "Employer"], ["see below", "unknown"]),
        (["1901", "12"], ["1902", "15"]),
        (["Month", "Parent"], ["May", "12"]),
    ],
)
def test_what_states_nothing(rows: tuple[list[str], ...]) -> None:
    cells, facts = stated(document_of(*table(*rows)))
    assert facts == set()
    assert cells.clusters == []


def test_author_and_date_of_front_matter_are_the_documents_own() -> None:
    front = Part(
        "front_matter",
        cells=(
            ("title", "Annual report"),
            ("author", "Lena Hart, Jan Maly"),
            ("date", "2023-04-05"),
        ),
    )
    _, facts = stated(document_of(front, Part("prose", "x"), title="Annual report"))
    assert facts == {
        ("Annual report", "author", "Lena Hart"),
        ("Annual report", "author", "Jan Maly"),
        ("Annual report", "publication date", "2023-04-05"),
    }
    assert stated(document_of(front, Part("prose", "x")))[1] == set(), "the file's name is no work"
    odd = Part("front_matter", cells=(("author", "admin"), ("date", "tomorrow")))
    assert stated(document_of(odd, Part("prose", "x"), title="Annual report"))[1] == set()


def test_relations_of_rows_and_front_matter_are_the_ontologys() -> None:
    labels = labels_of(ONTOLOGY)
    known = {relation.id for relation in ONTOLOGY.relations}
    assert all(set(ids) <= known for ids in labels.relations.values())
    assert set(labels.subjects.values()) <= {t.id for t in ONTOLOGY.mention_types}


def test_every_stated_relation_is_allowed() -> None:
    document = document_of(*table(["Name", "Father"], ["Jan Maly", "Karl Maly"]))
    cells, _ = stated(document)
    types = {c.id: c.type for c in cells.clusters}
    relations: list[RelationMention] = cells.relations
    assert relations
    assert all(ONTOLOGY.allows(types[r.head], r.relation, types[r.tail]) for r in relations)
