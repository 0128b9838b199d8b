"""The second look: does this sentence state this triple?

A cross-encoder reads claim and sentence together, as natural language inference does (Dagan et
al. 2005): "Marie Curie; place of birth; Warsaw" beside "She was born in Warsaw." What is denied,
supposed, asked or merely near is not stated. Relations enter by their label, so that one that no
training saw can be verified too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn

from kgqa.lm.adapter import adapted_model, load_adapter
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import length_buckets, padded_length
from kgqa.lm.workers import side_by_side

MAX_TOKENS = 160
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Claim:
    """A triple in words, and the text that is to state it.

    Attributes:
        head, tail: as the text names them where it does.
        relation: the relation's label.
        text: the sentence, with what stands right before it.
    """

    head: str
    relation: str
    tail: str
    text: str

    @property
    def words(self) -> str:
        """What is read beside the text."""
        return f"{self.head}; {self.relation}; {self.tail}"

    @property
    def names_both(self) -> bool:
        """Whether the text has both names; what it does not name it cannot state."""
        return self.head in self.text and self.tail in self.text


@dataclass(frozen=True, slots=True)
class ClaimBatch:
    """input_ids, attention_mask, token_type_ids: [batch, length]."""

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor


class VerifierModel(nn.Module):
    """
    Args:
        backbone: an encoder, adapted or with LoRA layers in it.
        width: its hidden size.
    """

    def __init__(self, backbone: nn.Module, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.backbone = backbone
        self.judge = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, 1)
        )

    def forward(self, batch: ClaimBatch) -> Tensor:
        """Logits [batch] that the text states the claim, from the first token's state and the
        mean over the claim's."""
        states = self.backbone(
            input_ids=batch.input_ids,
            attention_mask=batch.attention_mask,
            token_type_ids=batch.token_type_ids,
        ).last_hidden_state.float()
        claim = (batch.attention_mask * (1 - batch.token_type_ids)).float()[..., None]
        mean = (states * claim).sum(1) / claim.sum(1).clamp(min=1)
        logits: Tensor = self.judge(torch.cat([states[:, 0], mean], dim=-1))[:, 0]
        return logits


def encode_claims(claims: Sequence[Claim], backbone: Backbone) -> list[tuple[list[int], int]]:
    """Each claim and its text as token ids, and where the text begins; a text that is too long
    loses its beginning, as the sentence stands at its end."""
    words = backbone.tokenizer.pieces([claim.words for claim in claims])
    texts = backbone.tokenizer.pieces([claim.text for claim in claims])
    frame = backbone.tokenizer.frame
    special = len(frame.before) + len(frame.between) + len(frame.after)
    encoded = []
    for claim, text in zip(words, texts, strict=True):
        first = claim.ids[: MAX_TOKENS // 2]
        room = MAX_TOKENS - special - len(first)
        opening = [*frame.before, *first, *frame.between]
        encoded.append(([*opening, *text.ids[-room:], *frame.after], len(opening)))
    return encoded


def collate_claims(encoded: Sequence[tuple[list[int], int]], pad_id: int) -> ClaimBatch:
    """Padded to one length."""
    length = padded_length(max(len(ids) for ids, _ in encoded))
    input_ids = torch.full((len(encoded), length), pad_id)
    mask = torch.zeros(len(encoded), length, dtype=torch.long)
    types = torch.zeros(len(encoded), length, dtype=torch.long)
    for row, (ids, text) in enumerate(encoded):
        input_ids[row, : len(ids)] = torch.tensor(ids)
        mask[row, : len(ids)] = 1
        types[row, text : len(ids)] = 1
    return ClaimBatch(input_ids, mask, types)


class Verifier:
    """
    Args:
        model: the loaded network.
        threshold: the least probability of what is kept; chosen on the dev part.
        temperature: divides the logits, so that a probability is how often it is right.
    """

    def __init__(
        self, model: VerifierModel, backbone: Backbone, threshold: float, temperature: float
    ) -> None:
        self.model = model.eval()
        self.backbone = backbone
        self.threshold = threshold
        self.temperature = temperature

    @classmethod
    def load(cls, folder: Path, backbone: Backbone) -> Self:
        """Raises WeightsError when the folder's weights are missing, changed, or for another
        backbone."""
        saved = load_adapter(folder, "verifier", backbone)
        model = VerifierModel(adapted_model(backbone, saved), backbone.width)
        model.judge.load_state_dict(saved.head("judge"))
        return cls(
            model, backbone, float(saved.card["threshold"]), float(saved.card["temperature"])
        )

    def probabilities(self, claims: Sequence[Claim]) -> list[float]:
        """How likely each claim's text states it, in [0, 1]."""
        encoded = encode_claims(claims, self.backbone)
        found = torch.zeros(len(claims))

        @torch.inference_mode()
        def fill(group: Sequence[int]) -> None:
            batch = collate_claims([encoded[i] for i in group], self.backbone.pad_id)
            found[list(group)] = torch.sigmoid(self.model(batch) / self.temperature)

        groups = list(length_buckets([len(ids) for ids, _ in encoded], _BATCH))
        side_by_side(fill, list(reversed(groups)))
        probabilities: list[float] = found.tolist()
        return probabilities
