"""Both data paths on a real store with tiny trained models."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgqa.config import load_settings
from kgqa.errors import QuestionError, WeightsError
from kgqa.lm.adapter import shipped_weights
from kgqa.models import Models
from kgqa.pipeline import ask, ingest
from kgqa.retrieve.retriever import Retriever
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Document, Question, Rejection

TEXTS = {
    "Marie Curie": "Marie Curie was born in Warsaw.",
    "Pierre Curie": "Pierre Curie died in Paris.",
    "Ada Lovelace": "Ada Lovelace was born in London.",
    "Alan Turing": "Alan Turing died in England.",
}
DOCUMENTS = [Document.create(f"{title}.txt", title, text) for title, text in TEXTS.items()]


@pytest.fixture
def models(tiny_backbone_folder: Path, tiny_weights: Path) -> Models:
    return Models(
        load_settings(backbone=str(tiny_backbone_folder), weights=tiny_weights, precision="fp32")
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    with open_store(f"sqlite:///{tmp_path}/graph.db") as opened:
        yield opened


def test_ingest_then_ask(models: Models, store: GraphStore) -> None:
    report = ingest(DOCUMENTS, store, models)
    assert (report.added, report.rejections) == (4, [])
    answer = ask(Question("q", "Where was Marie Curie born?"), store, models)
    assert answer.text == "Warsaw"
    assert answer.passages[0].title == "Marie Curie"
    names = {
        entity.id: entity.name
        for triple in answer.triples
        for entity in store.entities([triple.head, triple.tail])
    }
    stated = {(names[t.head], t.relation, names[t.tail]) for t in answer.triples}
    assert ("Marie Curie", "P19", "Warsaw") in stated
    assert answer.evidence


def test_ingesting_again_changes_nothing(models: Models, store: GraphStore) -> None:
    ingest(DOCUMENTS, store, models)
    before, version = store.stats(), store.version()
    report = ingest(DOCUMENTS, store, models)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 4)
    assert store.stats() == before
    assert store.version() == version


def test_the_graph_does_not_depend_on_the_order_of_ingestion(
    models: Models, tmp_path: Path
) -> None:
    digests = set()
    for seed in range(4):
        order = random.Random(seed).sample(DOCUMENTS, len(DOCUMENTS))
        with open_store(f"sqlite:///{tmp_path}/{seed}.db") as store:
            for document in order[: seed + 1]:
                ingest([document], store, models)
            ingest(order[seed + 1 :], store, models)
            digests.add(store.stats().digest)
    assert len(digests) == 1


def test_delete_reverses_ingest(models: Models, store: GraphStore) -> None:
    from kgqa.link.resolve import resolve

    ingest(DOCUMENTS[:3], store, models)
    before = store.stats()
    ingest(DOCUMENTS[3:], store, models)
    assert store.stats() != before
    store.delete_document(DOCUMENTS[3].id)
    resolve(store)
    assert store.stats() == before


def test_a_changed_document_is_updated(models: Models, store: GraphStore) -> None:
    ingest(DOCUMENTS, store, models)
    changed = Document.create("Ada Lovelace.txt", "Ada Lovelace", "Ada Lovelace died in Paris.")
    assert ingest([changed], store, models).updated == 1
    assert [d.text for d in store.find_documents("Ada Lovelace")] == [changed.text]


def test_rejections_are_counted_and_the_rest_goes_on(models: Models, store: GraphStore) -> None:
    rejection = Rejection("bad.txt", "binary")
    report = ingest([DOCUMENTS[0], rejection, DOCUMENTS[1]], store, models)
    assert report.added == 2
    assert report.rejections == [rejection]


def test_a_dry_run_counts_and_writes_nothing(models: Models, store: GraphStore) -> None:
    report = ingest(DOCUMENTS, store, models, dry_run=True)
    assert report.added == 4
    assert store.stats().documents == 0


def test_an_empty_question_and_an_empty_store(models: Models, store: GraphStore) -> None:
    with pytest.raises(QuestionError, match="empty"):
        ask(Question("q", "  "), store, models)
    assert ask(Question("q", "Where was Marie Curie born?"), store, models).text is None


def test_a_kept_retriever_sees_what_comes_later(models: Models, store: GraphStore) -> None:
    retriever = Retriever(store, models.encoder)
    question = Question("q", "Where was Marie Curie born?")
    assert ask(question, store, models, retriever).text is None
    ingest(DOCUMENTS, store, models)
    assert ask(question, store, models, retriever).text == "Warsaw"


def test_missing_weights_are_named(
    tiny_backbone_folder: Path, tmp_path: Path, store: GraphStore
) -> None:
    settings = load_settings(backbone=str(tiny_backbone_folder), weights=tmp_path, precision="fp32")
    with pytest.raises(WeightsError, match="no such weight card"):
        ingest(DOCUMENTS, store, Models(settings))


def test_weights_of_one_kind_leave_the_others_shipped(tiny_weights: Path) -> None:
    for named in (tiny_weights / "reader", tiny_weights):
        own = Models(load_settings(weights=named))
        assert own.weights("reader") == tiny_weights / "reader"
        assert own.weights("context") == shipped_weights("context")
    models = Models(load_settings(weights=tiny_weights / "reader"))
    assert models.own_weights("extractor") is None
    assert models.weights("extractor") == shipped_weights("extractor")


@pytest.mark.parametrize("dry_run", [True, False])
def test_progress_counts_every_passage_once(
    models: Models, store: GraphStore, dry_run: bool
) -> None:
    steps: list[tuple[int, int]] = []
    ingest(
        [*DOCUMENTS, Rejection("x", "empty")],
        store,
        models,
        progress=lambda done, known: steps.append((done, known)),
        dry_run=dry_run,
    )
    assert [sum(column) for column in zip(*steps, strict=True)] == [4, 4]
