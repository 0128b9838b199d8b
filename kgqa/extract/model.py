"""The extractor's network: one adapted pass, three heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kgqa.extract.coreference import CoreferenceHead
from kgqa.extract.encoding import N_SHAPES, EncodedText, TextBatch
from kgqa.extract.mention_head import MentionHead
from kgqa.extract.relation_head import RelationHead


@dataclass(frozen=True, slots=True)
class TextStates:
    """What the pass leaves.

    Attributes:
        layers: each layer's states [batch, length, width], in the backbone's precision.
        last: the last layer's states [batch, length, width], fp32.
        attention: the last layer's attention [batch, heads, length, length].
    """

    layers: tuple[Tensor, ...]
    last: Tensor
    attention: Tensor


class ExtractorModel(nn.Module):
    """
    Args:
        backbone: an encoder that gives its attention (eager), adapted or with LoRA in it.
        width: its hidden size.
        layers: its number of layers.
        n_types: mention types of the ontology.
        n_relations: relations of the ontology.
    """

    def __init__(
        self, backbone: nn.Module, width: int, layers: int, n_types: int, n_relations: int
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.shapes = nn.Embedding(N_SHAPES, width)
        nn.init.zeros_(self.shapes.weight)
        self.mentions = MentionHead(width, layers + 1, n_types)
        self.coreference = CoreferenceHead(width)
        self.relations = RelationHead(width, n_types, n_relations)

    def states(self, batch: TextBatch) -> TextStates:
        """One pass; a word's shape is added to its pieces' embeddings."""
        embeddings = self.backbone.get_input_embeddings()(batch.input_ids)  # type: ignore[operator]
        output = self.backbone(
            inputs_embeds=embeddings + self.shapes(batch.shapes).to(embeddings.dtype),
            attention_mask=batch.attention_mask,
            output_hidden_states=True,
            output_attentions=True,
        )
        last = output.last_hidden_state.float()
        return TextStates(tuple(output.hidden_states), last, output.attentions[-1])

    def tag_logits(self, states: TextStates, batch: TextBatch) -> Tensor:
        """[batch, words, tags]."""
        return self.mentions(states.layers, batch.shapes, batch.firsts, batch.word_mask)  # type: ignore[no-any-return]


def mention_weights(text: EncodedText, spans: Sequence[tuple[int, int]], length: int) -> Tensor:
    """The mean over each span's pieces as weights [spans, length].

    Args:
        spans: half-open ranges of words.
        length: padded length of the batch.
    """
    weights = torch.zeros(len(spans), length)
    bounds = text.bounds
    for row, (start, end) in enumerate(spans):
        first, last = bounds[start], bounds[end]
        weights[row, first:last] = 1 / (last - first)
    return weights
