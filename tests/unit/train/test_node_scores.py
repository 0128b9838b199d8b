"""The encoders that score nodes, trained on a tiny graph through to answers."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "context"))
from graph_family import write_family

from kgqa.errors import ConfigError, WeightsError
from kgqa.lm.adapter import read_card
from kgqa.lm.backbone import Backbone
from kgqa.ontology import load_ontology
from kgqa.qa.graph_answer import GraphReader
from kgqa.qa.graph_scores import ScoringReader
from kgqa.train.context import hits_at_1, train_context
from kgqa.train.graph_examples import TrainingGraph, given_examples, graph_of
from kgqa.train.node_scores import node_loss
from kgqa.train.reader import train_reader
from kgqa.train.settings import ContextTraining, GraphEncoder, ReaderTraining


def config(folder: Path, context: GraphEncoder, epochs: int = 30) -> ContextTraining:
    triples, questions = write_family(folder)
    return ContextTraining(
        train=(questions,),
        triples=(triples,),
        dev=questions,
        out=folder / "out",
        epochs=epochs,
        batch_size=8,
        learning_rate=5e-3,
        width=32,
        context=context,
    )


@pytest.mark.parametrize("context", ["attention", "memory"])
def test_a_tiny_graph_is_learned_and_read_back(
    context: GraphEncoder, tiny_backbone: Backbone, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    settings = config(tmp_path, context)
    metrics = train_context(settings, tiny_backbone)
    assert metrics["dev_hits@1"] >= 50
    assert read_card(settings.out, "context")["context"] == context
    reader = ScoringReader.load(settings.out, tiny_backbone)
    assert reader.name == context
    graph = graph_of(settings.triples[0])
    training = TrainingGraph(graph, reader.relations.of(graph))
    right = hits_at_1(reader.answer, given_examples(settings.train[0], training))
    assert 100 * right == pytest.approx(metrics["dev_hits@1"], abs=5)  # saved in fp16
    question = "where was the mother of [Ada] born"
    ranked = reader.answer(graph, question, graph.topics(question))
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)
    assert sum(r.score for r in ranked) == pytest.approx(1, abs=1e-4)
    for one in ranked:
        at = graph.entities.index("Ada")
        for head, _, tail in one.path:
            assert at in (head, tail)
            at = tail if at == head else head
        assert at == one.entity
    with pytest.raises(WeightsError, match="expected the graph network 'gnn'"):
        GraphReader.load(settings.out, tiny_backbone)


def test_the_graph_network_is_no_scorer(tiny_backbone: Backbone, tmp_path: Path) -> None:
    settings = config(tmp_path, "gnn", epochs=1)
    train_context(settings, tiny_backbone)
    with pytest.raises(WeightsError, match="expected an encoder that scores nodes, got 'gnn'"):
        ScoringReader.load(settings.out, tiny_backbone)


def test_trees_without_names_are_refused(tiny_backbone: Backbone, tmp_path: Path) -> None:
    settings = config(tmp_path, "memory")
    path = tmp_path / "properties.json"
    path.write_text('[{"property": "http://w/entity/P1", "propertyLabel": "mother"}]')
    with pytest.raises(ConfigError, match="expected none for 'memory', which reads entities'"):
        train_context(replace(settings, properties=path), tiny_backbone)


def test_a_reader_starts_from_its_own_encoder_only(
    tiny_backbone: Backbone, tmp_path: Path, squad_file: Path
) -> None:
    settings = config(tmp_path, "memory", epochs=1)
    train_context(settings, tiny_backbone)
    reading = ReaderTraining(
        train=(squad_file,),
        dev=squad_file,
        out=tmp_path / "reader",
        context="attention",
        start_context=settings.out,
    )
    with pytest.raises(WeightsError, match="expected weights of 'attention', got 'memory'"):
        train_reader(reading, tiny_backbone, load_ontology())


def test_the_loss_is_zero_where_gold_takes_all_and_falls_towards_it() -> None:
    gold = torch.tensor([True, True, False, True, False])
    graph_of = torch.tensor([0, 0, 0, 1, 1])
    sure = node_loss(20.0 * gold.float(), gold, graph_of, 2)
    assert float(sure) == pytest.approx(0, abs=1e-5)
    flat = node_loss(torch.zeros(5), gold, graph_of, 2)
    expected = (torch.log(torch.tensor(3 / 2)) + torch.log(torch.tensor(2.0))) / 2
    assert float(flat) == pytest.approx(float(expected))
    assert float(node_loss(-gold.float(), gold, graph_of, 2)) > float(flat)
