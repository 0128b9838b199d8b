"""The reader trained with the graph network on questions made from a store."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from gold_store import store_annotated
from question_fixtures import ARTICLES, annotated

from kgqa.config import load_settings
from kgqa.documents.formats.squad import load_squad
from kgqa.errors import ConfigError, WeightsError
from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder
from kgqa.models import Models
from kgqa.ontology import load_ontology
from kgqa.pipeline import SUBGRAPH_ENTITIES
from kgqa.qa.reader import Reader
from kgqa.retrieve.retriever import Retriever
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.store.open import open_store
from kgqa.train.make_questions import QuestionMix, make_questions
from kgqa.train.question_joins import FORM
from kgqa.train.questions import titles_aside
from kgqa.train.reader import train_reader
from kgqa.train.reading_network import reading_network
from kgqa.train.reading_sets import TaskReadings
from kgqa.train.settings import ReaderTraining
from kgqa.types import Passage, Question, ScoredPassage


@pytest.fixture(scope="module")
def store_url(tmp_path_factory: pytest.TempPathFactory, tiny_backbone: Backbone) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/gold.db"
    documents = [annotated(n, article) for n, article in enumerate(ARTICLES)]
    with open_store(url) as store:
        store_annotated(documents, store, Encoder(tiny_backbone).encode)
    return url


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_backbone: Backbone,
    squad_file: Path,
    store_url: str,
) -> Path:
    out = tmp_path_factory.mktemp("reader")
    config = ReaderTraining(
        train=(squad_file,),
        dev=squad_file,
        out=out,
        epochs=80,
        batch_size=8,
        learning_rate=5e-3,
        size=8,
        make_questions=16,
        make_from=(store_url,),
        context="gnn",
    )
    train_reader(config, tiny_backbone, load_ontology())
    return out


def test_it_reads_together_and_takes_the_graph(
    trained: Path, tiny_backbone: Backbone, store_url: str
) -> None:
    card = json.loads((trained / "card.json").read_text())
    assert card["together"]["threshold"] >= -5
    assert "--make-from sqlite:///gold.db --" in card["command"]
    assert store_url not in json.dumps(card)
    assert card["context"]["name"] == "gnn"
    reader = Reader.load(trained, tiny_backbone, Verbalizer(load_ontology()))
    assert reader.together is not None
    # Its threshold is fitted to a handful of questions, and differs from machine to machine.
    reader.together = replace(reader.together, threshold=-100.0)
    with open_store(store_url) as store:
        retriever = Retriever(store, Encoder(tiny_backbone))
        made = make_questions(store, load_ontology(), 16, 0)
        tasks = [task for task in made if task.form != FORM]  # the graph knows nothing altered
        right, changed = 0, False
        for task in tasks:
            passages = [
                ScoredPassage(Passage(p.id, "d", 0, len(p.text), p.text), p.title, p.title, 1.0)
                for p in task.passages[:4]
            ]
            question = Question(task.id, task.question)
            subgraph = retriever.subgraph(task.question, 40)
            read = reader.answer(question, passages, subgraph)
            changed |= read.score != reader.answer(question, passages).score
            right += read.text in task.answers
            assert 0 <= read.score <= 1
    assert changed, "the graph's virtual tokens made no difference"
    assert right >= len(tasks) // 4  # pointing at random gets next to none


def test_text_only_weights_load_without_a_graph(trained: Path, tiny_backbone: Backbone) -> None:
    reader = Reader.load(trained, tiny_backbone)
    assert reader.subgraphs is None


def test_the_context_of_the_weights_is_used_and_no_other(
    trained: Path, tiny_backbone_folder: Path
) -> None:
    settings = load_settings(backbone=str(tiny_backbone_folder), weights=trained, precision="fp32")
    models = Models(settings)
    assert models.context() == models.context("gnn") == "gnn"
    assert models.context("none") == "none"
    with pytest.raises(WeightsError, match="expected weights that were trained with it"):
        models.context("memory")


def test_the_graph_of_a_question_that_lacks_a_passage_lacks_what_it_states(
    tmp_path: Path, tiny_backbone: Backbone, store_url: str
) -> None:
    config = ReaderTraining(out=tmp_path, context="gnn")
    network = reading_network(config, tiny_backbone, load_ontology())
    sets = TaskReadings(config, tiny_backbone, load_ontology(), network.subgraphs)
    known = 0
    with open_store(store_url) as store:
        retriever = Retriever(store, Encoder(tiny_backbone))
        made = make_questions(store, load_ontology(), 30, 0, mix=QuestionMix(unanswerable=1))
        lacking = [task for task in made if task.lost and task.form != FORM]
        for task, reading in zip(lacking, sets.readings(lacking, store), strict=True):
            triples = set(retriever.subgraph(task.question, SUBGRAPH_ENTITIES).triples)
            assert reading.context is not None
            edges = reading.context.graph.edge_index.shape[1]
            assert edges == 2 * len(triples - set(task.lost))
            known += len(triples & set(task.lost))
    assert known


def test_what_is_read_together_is_not_of_the_dev_part(
    tmp_path: Path, tiny_backbone: Backbone, squad_file: Path
) -> None:
    config = ReaderTraining(train=(squad_file,), together=100, out=tmp_path)
    train, _ = TaskReadings(config, tiny_backbone, load_ontology(), None).load()
    shown = {text.title for reading in train for text in reading.reading.texts}
    articles = {q.title for q in load_squad(squad_file).questions}
    assert shown == articles - titles_aside((squad_file,), None)
    assert len(shown) == len(articles) - 1


def test_stores_are_paired_with_files(
    tmp_path: Path, tiny_backbone: Backbone, squad_file: Path, store_url: str
) -> None:
    config = ReaderTraining(
        train=(squad_file,),
        dev=squad_file,
        out=tmp_path,
        multihop=(squad_file,) * 3,
        stores=(store_url,) * 2,
    )
    with pytest.raises(ConfigError, match="one for each of 3 multi-hop files, or one for all"):
        train_reader(config, tiny_backbone, load_ontology())
