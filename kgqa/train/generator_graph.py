"""What the generator trains on of a graph: the subgraph that a store gives for a question.

The virtual tokens of the subgraph and the LM's adapter are trained together, as G-Retriever
has it (He et al. 2024, arXiv 2402.07630), with a loss on the nodes beside the words' one.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from kgqa.context.encoder import ContextShape
from kgqa.context.encoders import make_context_encoder
from kgqa.context.tensors import GraphData
from kgqa.context.text import TextEmbedder, TokenRow
from kgqa.context.vectors import ContextVectors
from kgqa.errors import ConfigError
from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder
from kgqa.names import name_key
from kgqa.ontology import Ontology
from kgqa.pipeline import SUBGRAPH_ENTITIES
from kgqa.qa.graph_context import SubgraphReader
from kgqa.retrieve.retriever import Retriever
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.store.open import open_store
from kgqa.train.settings import GeneratorTraining
from kgqa.train.soft_context import POOLED, TOP, node_loss, start_encoder
from kgqa.types import Entity, Subgraph

_NOTHING = Subgraph((), (), ())


@dataclass(frozen=True, slots=True, eq=False)
class GraphInputs:
    """A question with its topics masked and its subgraph; `gold` are the answer's rows in it.

    A subgraph without nodes has no virtual tokens.
    """

    question: TokenRow
    graph: GraphData
    gold: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadGraphs:
    """Virtual tokens of a batch, and the loss on its nodes, a scalar, where it has one."""

    vectors: ContextVectors
    loss: Tensor | None = None


def read_graphs(subgraphs: SubgraphReader, inputs: Sequence[GraphInputs]) -> ReadGraphs:
    """The subgraphs of a batch; gradients flow through."""
    output = subgraphs.output([(one.question, one.graph) for one in inputs])
    there = torch.tensor([one.graph.num_nodes > 0 for one in inputs])
    mask = output.vectors.mask * there[:, None]
    sizes, golds = [one.graph.num_nodes for one in inputs], [one.gold for one in inputs]
    loss = node_loss(output.node_logits, sizes, golds)
    return ReadGraphs(ContextVectors(output.vectors.vectors, mask), loss)


def make_subgraph_reader(
    config: GeneratorTraining, lm_width: int, backbone: Backbone, ontology: Ontology
) -> SubgraphReader | None:
    """A context encoder to train, whose virtual tokens have the LM's width.

    Raises:
        ConfigError: a context encoder without stores to read, or stores without one.
        WeightsError: `start_context` has another encoder's weights.
    """
    if (config.context == "none") != (not config.stores):
        raise ConfigError(
            f"expected --context and --stores together, got context {config.context!r} and "
            f"{len(config.stores)} stores; the stores give the subgraphs that the context reads"
        )
    texts = TextEmbedder(backbone)
    shape = ContextShape(texts.width, lm_width, top=TOP, pooled=POOLED)
    encoder = make_context_encoder(config.context, shape)
    if encoder is None:
        return None
    if config.start_context is not None:
        start_encoder(encoder, config.context, config.start_context, backbone)
    return SubgraphReader(config.context, encoder, texts, Verbalizer(ontology))


def context_shape(encoder: nn.Module) -> dict[str, object]:
    """What a card says of the encoder's sizes."""
    return dataclasses.asdict(cast(ContextShape, encoder.shape))


class StoreGraphs:
    """Subgraphs of ingested stores; a question's is the first store's that knows its names."""

    def __init__(self, retrievers: Sequence[Retriever], subgraphs: SubgraphReader) -> None:
        self._retrievers, self._subgraphs = retrievers, subgraphs

    @classmethod
    @contextmanager
    def open(cls, urls: Sequence[str], subgraphs: SubgraphReader) -> Iterator[StoreGraphs]:
        """Over the stores of these URLs, which are closed afterwards."""
        with ExitStack() as stack:
            stores = [stack.enter_context(open_store(url)) for url in urls]
            encoder = Encoder(subgraphs.texts.backbone)
            yield cls([Retriever(store, encoder) for store in stores], subgraphs)

    def inputs(self, question: str, answer: str | None, unknown: str | None) -> GraphInputs:
        """
        Args:
            answer: its gold nodes are those that it names and that a triple reaches.
            unknown: an answer that the graph must not have, with its triples.
        """
        subgraph = self._subgraph(question)
        if unknown is not None:
            subgraph = without_entity(subgraph, unknown)
        row, graph = self._subgraphs.tensors(question, subgraph)
        return GraphInputs(row, graph, gold_rows(subgraph, answer))

    def _subgraph(self, question: str) -> Subgraph:
        for retriever in self._retrievers:
            retrieved = retriever.retrieve(question)
            if retrieved.seeds:
                return retrieved.subgraph(SUBGRAPH_ENTITIES)
        return _NOTHING


def gold_rows(subgraph: Subgraph, answer: str | None) -> tuple[int, ...]:
    """Rows of the entities that the answer names and that a triple has at an end."""
    known = {end for triple in subgraph.triples for end in (triple.head, triple.tail)}
    return tuple(
        row
        for row, entity in enumerate(subgraph.entities)
        if answer is not None and entity.id in known and _is_named(entity, answer)
    )


def without_entity(subgraph: Subgraph, name: str) -> Subgraph:
    """The subgraph without the entities of that name and their triples."""
    left = {entity.id for entity in subgraph.entities if not _is_named(entity, name)}
    rows = [row for row, entity in enumerate(subgraph.entities) if entity.id in left]
    return Subgraph(
        tuple(seed for seed in subgraph.seeds if seed in left),
        tuple(subgraph.entities[row] for row in rows),
        tuple(t for t in subgraph.triples if {t.head, t.tail} <= left),
        tuple(subgraph.scores[row] for row in rows) if subgraph.scores else (),
    )


def _is_named(entity: Entity, name: str) -> bool:
    return name_key(name) in {name_key(own) for own in (entity.name, *entity.aliases)}


def unread(
    texts: Sequence[tuple[str, ...]], inputs: Sequence[GraphInputs], share: float, seed: int
) -> Mapping[int, tuple[str, ...]]:
    """Other texts for so many of the examples whose graph has the answer, so that it has to be
    read there, as where retrieval misses the passage: place -> texts."""
    draw = random.Random(seed)
    bearing = [place for place, one in enumerate(inputs) if one.gold and draw.random() < share]
    return {place: draw.choice(texts) for place in bearing}
