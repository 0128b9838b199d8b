"""What an ingest's report keeps of each document, and the sentences that gave nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kgqa.documents.split import split_passages
from kgqa.evaluate.ingest_finds import EXAMPLES, FindsReport
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Block, Cluster, Document, Extraction, Mention, RelationMention

TEXT = (
    "Lives\n\nMarie Curie was born in Warsaw. Nothing was known of it there. She left it. "
    "Her papers are still radioactive today."
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    with open_store(f"sqlite:///{tmp_path}/graph.db") as store:
        yield store


def extraction(source: str = "/a.txt", text: str = TEXT, language: str = "") -> Extraction:
    """Names in the first sentence of the prose, and a relation that it states."""
    blocks = (Block("heading", 0, 5, "Lives"), Block("prose", 7, len(text), "Lives"))
    document = Document.create(
        source, "Marie Curie", text, blocks=blocks, language=language, format="text"
    )
    passages = split_passages(document)
    first = passages[0].id
    person = Cluster(
        f"{document.id}:0",
        document.id,
        "person",
        "Marie Curie",
        (Mention(first, 7, 18, "Marie Curie", "person", 0.9),),
    )
    city = Cluster(
        f"{document.id}:1",
        document.id,
        "location",
        "Warsaw",
        (Mention(first, 31, 37, "Warsaw", "location", 0.9),),
    )
    relation = RelationMention(person.id, "P19", city.id, first, 7, 38, 0.9, "test")
    return Extraction(document, passages, (person, city), (relation,), "test")


def test_a_document_s_figures_and_its_sentences_without_a_find(store: GraphStore) -> None:
    report = FindsReport(store)
    report.wrote(extraction(), "added")
    [found] = report.documents
    assert (found.title, found.format, found.passages) == ("Marie Curie", "text", 1)
    assert (found.mentions, found.clusters, found.triples) == (2, 2, 1)
    # "She left it." is too short to count, and a heading is no prose.
    assert (found.sentences, found.silent) == (3, 2)
    texts = [example.text for example in report.examples]
    assert texts == ["Nothing was known of it there.", "Her papers are still radioactive today."]
    assert {example.section for example in report.examples} == {"Lives"}
    assert report.added == 1


def test_a_relation_speaks_for_the_sentences_that_state_it(store: GraphStore) -> None:
    whole = extraction()
    relation = whole.relations[0]
    stated = RelationMention(
        relation.head, "P19", relation.tail, relation.passage_id, 7, len(TEXT), 0.9, "test"
    )
    report = FindsReport(store)
    report.wrote(Extraction(whole.document, whole.passages, (), (stated,), "test"), "added")
    assert report.documents[0].silent == 0


def test_no_sentence_counts_in_a_language_that_is_not_read(store: GraphStore) -> None:
    report = FindsReport(store)
    report.wrote(extraction(language="de"), "added")
    assert (report.documents[0].sentences, report.examples) == (0, [])


def test_what_an_unchanged_document_gave_comes_from_the_store(store: GraphStore) -> None:
    whole = extraction()
    store.replace_document(whole, np.eye(1, 4, dtype=np.float32))
    report = FindsReport(store)
    report.kept([(whole.document, whole.passages)], [])
    other = FindsReport(store)
    other.wrote(whole, "added")
    assert report.documents == other.documents
    assert report.unchanged == 1


def test_a_document_that_is_written_again_or_deleted_counts_as_it_is(store: GraphStore) -> None:
    report = FindsReport(store)
    report.wrote(extraction(), "added")
    report.wrote(extraction(text=TEXT[: TEXT.index(" She")]), "updated")
    assert [example.text for example in report.examples] == ["Nothing was known of it there."]
    assert report.documents[0].sentences == 2
    report.deleted(extraction().document.id)
    assert (report.documents, report.examples, report.retired) == ([], [], 1)


def test_examples_are_drawn_evenly_from_all_documents(store: GraphStore) -> None:
    report = FindsReport(store)
    for number in range(200):
        report.wrote(extraction(f"/{number:03}.txt"), "added")
    sources = [int(example.source[1:4]) for example in report.examples]
    assert len(sources) == EXAMPLES
    assert 50 < sum(sources) / EXAMPLES < 150
    assert sources == sorted(sources)
