"""What the trained graph network says of a question: how far it opens each relation.

Retrieval asks it which entities beside those named lead to the answer. Only the network's
question side is needed (instructions and gates, see `context/gnn.py`), and the question's
states come of the same pass as its embedding: beside the backbone's pass it costs about a
tenth of it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kgqa.context.encoder import ContextShape
from kgqa.context.gates import Gates
from kgqa.context.instructions import InstructionReader
from kgqa.context.text import MAX_TOKENS, QuestionStates, TextEmbedder, topic_distance
from kgqa.documents.relation_words import relation_words
from kgqa.errors import WeightsError
from kgqa.lm.adapter import load_adapter, read_card
from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder
from kgqa.store.records import Vectors

logger = logging.getLogger(__name__)
_KIND = "context"


class RelationOpener(nn.Module):
    """The question side of `RelationWalk`, whose tensors it takes by the same names."""

    def __init__(self, shape: ContextShape) -> None:
        super().__init__()
        self.reader = InstructionReader(shape)
        self.gates = Gates(shape)

    def forward(self, question: QuestionStates, relation_text: Tensor) -> Tensor:
        """How far one question opens each relation at any step, [n_relations, 2] in [0, 1].

        Args:
            question: a batch of one.
            relation_text: [n_relations, text_width].
        """
        one = torch.zeros(len(relation_text), dtype=torch.long)
        logits: Tensor = self.gates(self.reader(question), relation_text, one)
        return logits.amax(0).sigmoid()


@dataclass(frozen=True, eq=False)
class OpenedQuestion:
    """A question that was read once.

    Attributes:
        vector: its embedding as `Encoder.encode` gives it, unit length, [width].
        states: [1, length, 2 * lm_width], as `QuestionStates` has them.
        offsets: the characters of each token, [length].
    """

    vector: Vectors
    states: Tensor
    offsets: Sequence[tuple[int, int]]
    opener: QuestionOpener

    @torch.inference_mode()
    def gates(
        self, topics: Sequence[tuple[int, int]], relations: Sequence[str]
    ) -> NDArray[np.float32]:
        """How far the question opens each relation, [n_relations, 2] in [0, 1]: followed from
        head to tail, and from tail to head.

        Args:
            topics: the half-open characters of the question that name entities.
            relations: relation ids or names.
        """
        if not relations:
            return np.zeros((0, 2), np.float32)
        named = [any(a < b and a < e and s < b for s, e in topics) for a, b in self.offsets]
        mask = torch.ones(1, len(named), dtype=torch.bool)
        distance = topic_distance(torch.tensor(named))[None]
        opened = self.opener.model(
            QuestionStates(self.states, mask, distance), self.opener.relation_text(relations)
        )
        found: NDArray[np.float32] = opened.numpy()
        return found


class QuestionOpener:
    """
    Args:
        model: trained as a part of `RelationWalk`.
        texts: embeds relations; its backbone reads the questions.
        labels: relation id -> words, where the name alone says nothing (`P57`).
    """

    def __init__(
        self, model: RelationOpener, texts: TextEmbedder, labels: Mapping[str, str] | None = None
    ) -> None:
        self.model = model.eval()
        self._texts, self._labels = texts, labels
        self._encoder = Encoder(texts.backbone)

    @classmethod
    def load(
        cls, folder: Path, backbone: Backbone, labels: Mapping[str, str] | None = None
    ) -> QuestionOpener:
        """From what `kgqa train context` wrote.

        Raises:
            WeightsError: the weights are missing, changed, do not fit, or are of an encoder
                that opens no relations.
        """
        saved = load_adapter(folder, _KIND, backbone)
        if (name := str(saved.card.get("context", "gnn"))) != "gnn":
            raise WeightsError(
                f"{folder}: expected the graph network 'gnn', got {name!r}, which opens no "
                "relations; train one with `kgqa train context --context gnn`"
            )
        texts = TextEmbedder(backbone)
        width, steps = (int(saved.card["shape"][size]) for size in ("width", "steps"))
        model = RelationOpener(ContextShape(texts.width, backbone.width, width, steps))
        wanted = model.state_dict()
        try:
            model.load_state_dict({name: saved.tensors[name].float() for name in wanted})
        except (KeyError, RuntimeError) as error:
            reason = str(error).splitlines()[-1].strip()
            raise WeightsError(
                f"{folder}: expected the tensors of the graph network, got others ({reason}); "
                "train it again with `kgqa train context`"
            ) from error
        return cls(model, texts, labels)

    @classmethod
    def load_fitting(
        cls, folder: Path, backbone: Backbone, labels: Mapping[str, str] | None = None
    ) -> QuestionOpener | None:
        """The same; None, which the log tells, for weights of another backbone or encoder.

        Raises:
            WeightsError: the weights are missing or changed.
        """
        card = read_card(folder, _KIND)
        if card.get("backbone") == backbone.digest and card.get("context", "gnn") == "gnn":
            return cls.load(folder, backbone, labels)
        logger.info("%s: not for this backbone, passages are ranked without it", folder)
        return None

    @torch.inference_mode()
    def read(self, question: str) -> OpenedQuestion:
        """One pass of the backbone over the question."""
        read = self._encoder.read(question)
        lookup = self._texts.backbone.model.get_input_embeddings()  # type: ignore[operator]
        first = lookup(torch.tensor(read.encoding.ids[:MAX_TOKENS])).float()
        halves = (read.states[:MAX_TOKENS], first)
        states = torch.cat([functional.normalize(half, dim=-1) for half in halves], -1)[None]
        return OpenedQuestion(read.vector, states, read.encoding.offsets[:MAX_TOKENS], self)

    def relation_text(self, relations: Sequence[str]) -> Tensor:
        """The embeddings of relations' words, [n_relations, text_width]; kept."""
        return self._texts.names([relation_words(name, self._labels) for name in relations])
