"""Ranking and paths on random weights; what training gives is in train/test_train_context."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from kgqa.context.encoder import ContextShape
from kgqa.context.gnn import RelationWalk
from kgqa.context.graph import GrowthLimits, TripleGraph
from kgqa.context.text import TextEmbedder
from kgqa.errors import WeightsError
from kgqa.lm.adapter import save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import GraphReader
from kgqa.train.loop import trained_tensors

TRIPLES = [
    ("Ada", "mother", "Bea"),
    ("Bea", "born in", "Paris"),
    ("Carl", "child", "Ada"),
    ("Carl", "born in", "London"),
    ("Dora", "mother", "Eve"),
]


@pytest.fixture
def model(tiny_backbone: Backbone) -> RelationWalk:
    torch.manual_seed(0)
    shape = ContextShape(2 * tiny_backbone.width, tiny_backbone.width, width=16)
    return RelationWalk(shape)


def reader_of(model: RelationWalk, backbone: Backbone, threshold: float = 0.0) -> GraphReader:
    limits = GrowthLimits(threshold=threshold)
    return GraphReader(model, TextEmbedder(backbone), limits=limits)


def test_every_path_is_a_chain_of_triples_from_the_topic(
    model: RelationWalk, tiny_backbone: Backbone
) -> None:
    graph = TripleGraph.from_triples(TRIPLES)
    topic = graph.entities.index("Ada")
    ranked = reader_of(model, tiny_backbone).answer(graph, "who is Ada 's mother", [topic])
    assert {graph.entities[r.entity] for r in ranked} >= {"Bea", "Paris", "Carl", "London"}
    assert "Dora" not in {graph.entities[r.entity] for r in ranked}
    known = {
        (graph.entities.index(h), graph.relations.index(r), graph.entities.index(t))
        for h, r, t in TRIPLES
    }
    for answer in ranked:
        assert 0 < answer.score <= 1
        assert set(answer.path) <= known
        at = topic
        for head, _, tail in answer.path:
            assert at in (head, tail)
            at = tail if at == head else head
        assert at == answer.entity
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)


def test_the_order_of_triples_does_not_matter(model: RelationWalk, tiny_backbone: Backbone) -> None:
    found = []
    for triples in (TRIPLES, TRIPLES[::-1]):
        graph = TripleGraph.from_triples(triples)
        reader = reader_of(model, tiny_backbone)
        ranked = reader.answer(graph, "mother of Ada", graph.topics("mother of Ada"))
        found.append({graph.entities[r.entity]: round(r.score, 5) for r in ranked})
    assert found[0] == found[1]


def test_without_a_topic_there_is_no_answer(model: RelationWalk, tiny_backbone: Backbone) -> None:
    reader = reader_of(model, tiny_backbone)
    assert reader.answer(TripleGraph.from_triples(TRIPLES), "who is it", []) == []
    assert reader.answer(TripleGraph.from_triples([]), "who is it", [0]) == []


def test_a_topic_named_twice_counts_once_and_most_is_kept(
    model: RelationWalk, tiny_backbone: Backbone
) -> None:
    graph = TripleGraph.from_triples([("Ada", "mother", "Bea")])
    reader = reader_of(model, tiny_backbone)
    twice = reader.answer(graph, "who is Ada", [0, 0], most=1)
    assert twice == reader.answer(graph, "who is Ada", [0])[:1]
    assert len(twice) == 1


def test_saved_weights_answer_as_before(
    model: RelationWalk, tiny_backbone: Backbone, tmp_path: Path
) -> None:
    card = {
        "kind": "context",
        "backbone": tiny_backbone.digest,
        "shape": {"width": 16, "steps": 3},
        "threshold": 0.4,
    }
    model.tokens.requires_grad_(False)
    save_adapter(tmp_path, trained_tensors(model), card)
    loaded = GraphReader.load(tmp_path, tiny_backbone)
    assert loaded.threshold == 0.4
    graph = TripleGraph.from_triples(TRIPLES)
    before = reader_of(model, tiny_backbone, 0.02).answer(graph, "who is Ada", [0])
    after = loaded.answer(graph, "who is Ada", [0])
    assert [r.entity for r in after] == [r.entity for r in before]
    for one, other in zip(before, after, strict=True):
        assert other.score == pytest.approx(one.score, abs=0.01)  # saved in fp16


def test_weights_that_lack_a_part_are_refused(
    model: RelationWalk, tiny_backbone: Backbone, tmp_path: Path
) -> None:
    card = {
        "kind": "context",
        "backbone": tiny_backbone.digest,
        "shape": {"width": 16, "steps": 3},
        "threshold": 0.4,
    }
    tensors = {n: t for n, t in trained_tensors(model).items() if not n.startswith("gates.")}
    save_adapter(tmp_path, tensors, card)
    with pytest.raises(WeightsError, match="kgqa train context"):
        GraphReader.load(tmp_path, tiny_backbone)
    (tmp_path / "card.json").write_text(json.dumps({**card, "kind": "reader"}))
    with pytest.raises(WeightsError, match="expected a card of kind 'context'"):
        GraphReader.load(tmp_path, tiny_backbone)
