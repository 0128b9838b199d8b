"""A retrieved subgraph as the virtual tokens that a reader points at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from kgqa.context.encoder import ContextOutput, ContextShape
from kgqa.context.encoders import make_context_encoder
from kgqa.context.tensors import GraphData, batch_graphs, subgraph_data
from kgqa.context.text import QuestionStates, TextEmbedder, TokenRow, padded
from kgqa.context.topics import TopicIndex
from kgqa.lm.adapter import SavedAdapter
from kgqa.lm.backbone import Backbone
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.types import Subgraph

if TYPE_CHECKING:
    from kgqa.context.memory import SlotMemory


@dataclass(slots=True)
class DialogueMemory:
    """The slots of a `memory` context encoder between turns, [1, slots, width]; None before
    the first turn and after one forgets."""

    slots: Tensor | None = None


class SubgraphReader:
    """
    Args:
        name: of the context encoder, as `make_context_encoder` takes it.
        encoder: trained with its reader.
        texts: embeds questions, entities and relations.
        verbalizer: puts relations into words.
    """

    def __init__(
        self, name: str, encoder: nn.Module, texts: TextEmbedder, verbalizer: Verbalizer
    ) -> None:
        self.name = name
        self.encoder = encoder
        self.texts = texts
        self.verbalizer = verbalizer

    def tensors(self, question: str, subgraph: Subgraph) -> tuple[TokenRow, GraphData]:
        """The question with its topics masked, and the subgraph."""
        index = TopicIndex.of(subgraph.entities)
        seeds = set(subgraph.seeds)
        topics = [i for i, one in enumerate(subgraph.entities) if one.id in seeds]
        masked = index.masked(question, topics)
        words = self.verbalizer.relation
        named = [words(triple.relation) for triple in subgraph.triples]
        named += [entity.name for entity in subgraph.entities]
        row = self.texts.rows([masked], beside=named)[0]
        return row, subgraph_data(subgraph, self.texts, words)

    def output(self, inputs: Sequence[tuple[TokenRow, GraphData]]) -> ContextOutput:
        """Virtual tokens of a batch, on the encoder's device."""
        device = next(self.encoder.parameters()).device
        states: QuestionStates = padded([row for row, _ in inputs]).to(device)
        graphs = batch_graphs([graph for _, graph in inputs]).to(device)
        found: ContextOutput = self.encoder(states, graphs)
        return found

    @torch.inference_mode()
    def read(
        self, question: str, subgraph: Subgraph, memory: DialogueMemory | None = None
    ) -> ContextOutput:
        """Virtual tokens of one subgraph, a batch of one.

        Args:
            memory: what a `memory` encoder has kept of the turns before; this one is written
                into it. Other encoders keep nothing.
        """
        self.encoder.eval()
        inputs = [self.tensors(question, subgraph)]
        if memory is None or self.name != "memory":
            return self.output(inputs)
        encoder, (row, graph) = cast("SlotMemory", self.encoder), inputs[0]
        slots = encoder.start(1) if memory.slots is None else memory.slots
        found, memory.slots = encoder.turn(padded([row]), batch_graphs([graph]), slots)
        return found


def load_subgraph_reader(
    saved: SavedAdapter, backbone: Backbone, verbalizer: Verbalizer
) -> SubgraphReader:
    """The context encoder that reader weights were trained with."""
    context = saved.card["context"]
    encoder = make_context_encoder(context["name"], ContextShape(**context["shape"]))
    assert encoder is not None, "the card names one"
    encoder.load_state_dict(saved.head("context"))
    return SubgraphReader(context["name"], encoder.eval(), TextEmbedder(backbone), verbalizer)
