"""The context encoders on random weights: what must hold before any training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from graph_family import FAMILY, family
from torch import nn

from kgqa.context.encoder import ContextOutput, ContextShape
from kgqa.context.encoders import make_context_encoder
from kgqa.context.gnn import RelationWalk, follow, walk_loss
from kgqa.context.graph import GrowthLimits, grow
from kgqa.context.memory import SlotMemory
from kgqa.context.message_passing import joined
from kgqa.context.tensors import GraphData, batch_graphs, grown_data, subgraph_data
from kgqa.context.text import FAR, QuestionStates, TextEmbedder, padded
from kgqa.errors import ConfigError
from kgqa.lm.backbone import Backbone
from kgqa.types import Entity, Subgraph, Triple

NAMES = ("gnn", "attention", "memory")
QUESTION = "where was the mother of [MASK] born"


@pytest.fixture(scope="module")
def texts(tiny_backbone: Backbone) -> TextEmbedder:
    return TextEmbedder(tiny_backbone)


def encoder(name: str, texts: TextEmbedder) -> nn.Module:
    torch.manual_seed(0)
    shape = ContextShape(texts.width, texts.backbone.width, width=16, top=6)
    made = make_context_encoder(name, shape)
    assert made is not None
    return made.eval()


def subgraph() -> Subgraph:
    names = family().entities
    return Subgraph(
        ("Ada",),
        tuple(Entity(name, "thing", name) for name in names),
        tuple(Triple(*triple) for triple in FAMILY),
        tuple(1 - i / 20 for i in range(len(names))),
    )


def shuffled(graph: Subgraph, seed: int) -> tuple[Subgraph, list[int]]:
    """The same subgraph in another order, and where each entity went."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(graph.entities)).tolist()
    triples = [graph.triples[i] for i in draw.permutation(len(graph.triples))]
    moved = replace(
        graph,
        entities=tuple(graph.entities[i] for i in order),
        scores=tuple(graph.scores[i] for i in order),
        triples=tuple(triples),
    )
    return moved, order


def read(model: nn.Module, texts: TextEmbedder, graphs: list[GraphData]) -> ContextOutput:
    with torch.inference_mode():
        question = texts.questions([QUESTION] * len(graphs))
        output: ContextOutput = model(question, batch_graphs(graphs))
    return output


@pytest.mark.parametrize("name", NAMES)
def test_node_and_edge_order_do_not_matter(name: str, texts: TextEmbedder) -> None:
    model = encoder(name, texts)
    moved, order = shuffled(subgraph(), 3)
    first = read(model, texts, [subgraph_data(subgraph(), texts)])
    second = read(model, texts, [subgraph_data(moved, texts)])
    torch.testing.assert_close(first.node_logits[order], second.node_logits)
    torch.testing.assert_close(first.vectors.vectors, second.vectors.vectors)
    kept = [n if n < 0 else order[n] for n in second.nodes[0].tolist()]
    assert first.nodes[0].tolist() == kept


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_alone_and_in_a_batch_gives_the_same(name: str, texts: TextEmbedder) -> None:
    model = encoder(name, texts)
    small = Subgraph(
        ("Eve",),
        (Entity("Eve", "thing", "Eve"), Entity("Fred", "thing", "Fred")),
        (Triple("Eve", "father", "Fred"),),
        (1.0, 0.5),
    )
    graphs = [subgraph_data(g, texts) for g in (small, subgraph(), small)]
    together = read(model, texts, graphs)
    n_nodes = [g.num_nodes for g in graphs]
    logits = together.node_logits.split(n_nodes)
    for i, graph in enumerate(graphs):
        alone = read(model, texts, [graph])
        torch.testing.assert_close(alone.node_logits, logits[i])
        torch.testing.assert_close(alone.vectors.vectors[0], together.vectors.vectors[i])
        assert alone.nodes[0].tolist() == together.nodes[i].tolist()
        assert alone.vectors.mask[0].tolist() == together.vectors.mask[i].tolist()


def test_messages_of_one_graph_are_those_of_pyg(texts: TextEmbedder) -> None:
    graph = subgraph_data(subgraph(), texts)
    draw = torch.Generator().manual_seed(1)
    given = [torch.rand(n, generator=draw) for n in (graph.num_nodes, len(graph.edge_relation))]
    results = []
    for graphs in (graph, joined([graph])):
        scores, gates = (tensor.clone().requires_grad_() for tensor in given)
        reached = follow(scores, gates, graphs)
        (reached * torch.arange(len(reached))).sum().backward()
        results.append((reached.detach(), scores.grad, gates.grad))
    assert results[0][0].max() > 0
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_subgraph_gives_pooled_tokens_alone(name: str, texts: TextEmbedder) -> None:
    output = read(encoder(name, texts), texts, [subgraph_data(Subgraph((), (), ()), texts)])
    assert output.vectors.mask[0].tolist() == [0] * 6 + [1] * 2
    assert output.nodes[0].tolist() == [-1] * 8
    assert torch.isfinite(output.vectors.vectors).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_node_without_an_edge_keeps_finite_scores(name: str, texts: TextEmbedder) -> None:
    lonely = Subgraph(("Ada",), (Entity("Ada", "thing", "Ada"), Entity("B", "thing", "B")), ())
    output = read(encoder(name, texts), texts, [subgraph_data(lonely, texts)])
    assert torch.isfinite(output.node_logits).all()
    assert sorted(output.nodes[0, :2].tolist()) == [0, 1]


@pytest.mark.parametrize("name", NAMES)
def test_padding_of_the_question_does_not_matter(name: str, texts: TextEmbedder) -> None:
    model, graph = encoder(name, texts), subgraph_data(subgraph(), texts)
    question = texts.questions([QUESTION])
    longer = QuestionStates(
        torch.cat([question.states, torch.randn(1, 5, texts.width)], dim=1),
        torch.cat([question.mask, torch.zeros(1, 5, dtype=torch.bool)], dim=1),
        torch.cat([question.distance, torch.zeros(1, 5, dtype=torch.long)], dim=1),
    )
    with torch.inference_mode():
        plain = model(question, batch_graphs([graph]))
        wide = model(longer, batch_graphs([graph]))
    torch.testing.assert_close(plain.node_logits, wide.node_logits)
    torch.testing.assert_close(plain.vectors.vectors, wide.vectors.vectors)


def test_distances_are_counted_from_the_mask(texts: TextEmbedder) -> None:
    states = padded(texts.rows(["who is [MASK]", "who is born in the city of paris"]))
    mask_at = states.distance[0].tolist().index(0)
    assert states.distance[0, mask_at - 1] == -1
    assert set(states.distance[1][states.mask[1]].tolist()) == {FAR + 1}


def test_no_parameter_belongs_to_one_relation_or_entity(texts: TextEmbedder) -> None:
    model = encoder("gnn", texts)
    sizes = {size for p in model.parameters() for size in p.shape}
    graph = family()
    assert len(graph.entities) not in sizes
    renamed = subgraph_data(
        replace(
            subgraph(),
            triples=tuple(replace(t, relation="x" + t.relation) for t in subgraph().triples),
        ),
        texts,
        lambda relation: relation[1:],
    )
    first = read(model, texts, [subgraph_data(subgraph(), texts)])
    torch.testing.assert_close(first.node_logits, read(model, texts, [renamed]).node_logits)


def walk_scores(model: RelationWalk, texts: TextEmbedder, limits: GrowthLimits) -> dict[int, float]:
    graph = family()
    relation_text = texts.names(list(graph.relations))
    with torch.inference_mode():
        instructions = model.reader(texts.questions([QUESTION]))
        gates = model.open(instructions, relation_text).numpy()
        gates = np.ones_like(gates) if limits.threshold == 0 else gates
        grown = grow(graph, [0], gates, limits)
        batch = batch_graphs([grown_data(grown, relation_text)])
        scores = model.walk(instructions, batch).scores
    return dict(zip(grown.nodes.tolist(), scores.tolist(), strict=True))


def test_the_grown_subgraph_agrees_with_the_whole_graph(texts: TextEmbedder) -> None:
    model = encoder("gnn", texts)
    assert isinstance(model, RelationWalk)
    whole = walk_scores(model, texts, GrowthLimits(threshold=0.0, edges=10_000))
    grown = walk_scores(model, texts, GrowthLimits(threshold=1e-6))
    assert set(grown) <= set(whole)
    for node, score in whole.items():
        assert grown.get(node, 0.0) == pytest.approx(score, abs=1e-5)


def test_the_loss_prefers_gold_scores_that_stand_out(texts: TextEmbedder) -> None:
    graphs = batch_graphs([subgraph_data(subgraph(), texts)])
    model = encoder("gnn", texts)
    assert isinstance(model, RelationWalk)
    with torch.inference_mode():
        walk = model.walk(model.reader(texts.questions([QUESTION])), graphs)
    gold = torch.zeros(len(graphs.seed), dtype=torch.bool)
    gold[4] = True
    losses = [
        float(walk_loss(replace(walk, scores=scores), gold, graphs.batch, 1))
        for scores in (gold.float(), gold.float() * 0.5 + 0.3, 1 - gold.float())
    ]
    assert losses[0] < 0.01
    assert losses == sorted(losses)


def test_memory_is_passed_from_turn_to_turn(texts: TextEmbedder) -> None:
    model = encoder("memory", texts)
    assert isinstance(model, SlotMemory)
    graphs = batch_graphs([subgraph_data(subgraph(), texts)])
    other = batch_graphs([subgraph_data(Subgraph((), (), ()), texts)])
    question = texts.questions([QUESTION])
    with torch.inference_mode():
        _, memory = model.turn(question, graphs, model.start(1))
        later, _ = model.turn(question, other, memory)
        first, _ = model.turn(question, other, model.start(1))
    assert not torch.allclose(later.vectors.vectors, first.vectors.vectors)


def test_an_unknown_encoder_is_told(texts: TextEmbedder) -> None:
    shape = ContextShape(texts.width, texts.backbone.width)
    assert make_context_encoder("none", shape) is None
    with pytest.raises(ConfigError, match="expected one of gnn, attention, memory, none"):
        make_context_encoder("gcn", shape)
