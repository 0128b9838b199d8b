"""How well a question's words say a path of relations.

A walk's gates read one instruction a step; where a wording or a vocabulary of relations is new,
they do not notice that a word of the question is still unused. Here question and path are read
together, as the staged query graphs of Yih et al. (2015, ACL P15-1128) and late interaction
(ColBERT, Khattab & Zaharia 2020, arXiv 2004.12832) do: every token of the question meets every
step of the path through similarities,

    a_{i,t,k} = (A_k w_i) . (B_{k,d} r_t) and the cosines of the frozen embeddings themselves,

and a small transformer over the tokens says whether all that the question asks is walked and
nothing else; log p(number of steps | question) is added. Of r only its words' embeddings enter,
so that a new relation or graph needs no new parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgqa.context.hop_count import HopCount
from kgqa.context.relation_text import RelationWords
from kgqa.context.text import FAR, QuestionStates

_CHANNELS, _CHANNEL_WIDTH, _RAW = 8, 16, 9
_TEMPERATURE = 0.05


class PathScorer(nn.Module):
    """
    Args:
        text_width: of questions and relations as they enter.
        steps: of the longest path.
        width: of the transformer's states.
        counts_hops: whether the number of steps is told by the question's words as well; weights
            of before did not.
    """

    def __init__(
        self,
        text_width: int,
        steps: int = 3,
        width: int = 64,
        dropout: float = 0.1,
        counts_hops: bool = True,
    ) -> None:
        super().__init__()
        self.steps, self.width = steps, width
        self.text_scale = (text_width / 2) ** 0.5  # unit vectors to unit variance
        inner = _CHANNELS * _CHANNEL_WIDTH
        self.word = nn.Linear(text_width, inner)
        self.relation = nn.ModuleList(nn.Linear(2 * text_width, inner) for _ in range(2))
        features = _CHANNELS + _RAW
        self.token = nn.Linear(text_width, width)
        self.met = nn.Linear(steps * features, width)
        self.summary = nn.Linear(steps * inner, width)
        self.distance = nn.Embedding(2 * FAR + 2, width)
        self.length = nn.Embedding(steps + 1, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, 4, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(2)
        )
        self.norm = nn.LayerNorm(width)
        self.judge = nn.Sequential(
            nn.Linear(3 * width, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, 2)
        )
        self.hops = HopCount(text_width, steps, width, dropout) if counts_hops else None

    def meet(self, question: QuestionStates, words: RelationWords, asked: Tensor) -> MetRelations:
        """Every token of a question with every relation that it may ask for, both directions.

        Args:
            words: relation rows of the whole batch.
            asked: [rows], the question of each row, ascending.
        """
        raw = _raw_features(question.states[asked], question.mask[asked], words, asked)
        inner = self.word(question.states * self.text_scale)[asked]
        both = torch.cat([words.whole, words.last], dim=-1) * self.text_scale
        relations = torch.stack([side(both) for side in self.relation], dim=1)
        parts = relations.view(*relations.shape[:-1], _CHANNELS, _CHANNEL_WIDTH)
        near = torch.einsum(
            "rlkc,rdkc->rdlk", inner.view(*inner.shape[:-1], *parts.shape[-2:]), parts
        )
        near = near * _CHANNEL_WIDTH**-0.5 * 0.25
        features = torch.cat([near, raw[:, None].expand(-1, 2, -1, -1)], dim=-1)
        tokens = self.token(question.states * self.text_scale)
        tokens = tokens + self.distance(question.distance + FAR)
        hops = self.hops(question) if self.hops is not None else None
        return MetRelations(features, relations, tokens, question.mask, hops)

    def forward(self, met: MetRelations, asked: Tensor, kinds: Tensor) -> Tensor:
        """Logits [n_paths, 2]: that the path is what is asked, and that it begins so.

        Args:
            asked: [n_paths], the question of each path.
            kinds: [n_paths, steps], 2 * relation row + direction, rows as `met` has them; -1
                past the path's end.
        """
        walked = (kinds >= 0)[..., None]
        row, side = kinds.clamp(min=0) // 2, kinds.clamp(min=0) % 2
        features = met.features[row, side] * walked[..., None]  # [paths, steps, length, features]
        features = features.transpose(1, 2).flatten(2)
        relations = (met.relations[row, side] * walked).flatten(1)
        n_steps = walked.sum((1, 2))
        length = self.length(n_steps)
        tokens = met.tokens[asked] + self.met(features) + length[:, None]
        tokens = torch.cat([(self.summary(relations) + length)[:, None], tokens], dim=1)
        mask = functional.pad(met.mask[asked], (1, 0), value=True)
        for layer in self.layers:
            tokens = layer(tokens, src_key_padding_mask=~mask)
        tokens = self.norm(tokens)
        shown = mask[..., None]
        mean = (tokens * shown).sum(1) / shown.sum(1)
        peak = tokens.masked_fill(~shown, -1e4).amax(1)
        logits: Tensor = self.judge(torch.cat([tokens[:, 0], mean, peak], dim=-1))
        if met.hops is None:
            return logits
        answers, begins = logits.unbind(-1)
        return torch.stack([answers + met.hops[asked, n_steps - 1], begins], dim=-1)


@dataclass(frozen=True, slots=True)
class MetRelations:
    """What `PathScorer.meet` leaves.

    Attributes:
        features: [rows, 2, length, features], by relation row and direction.
        relations: [rows, 2, inner].
        tokens: [batch, length, width].
        mask: [batch, length], True for a token.
        hops: [batch, steps], log-probabilities of 1 to `steps` steps; None where the scorer
            does not count them.
    """

    features: Tensor
    relations: Tensor
    tokens: Tensor
    mask: Tensor
    hops: Tensor | None


@torch.no_grad()
def _raw_features(states: Tensor, mask: Tensor, words: RelationWords, asked: Tensor) -> Tensor:
    """What the frozen embeddings say, [rows, length, _RAW]: cosines with a relation's words as
    a whole, with its last level and with its nearest word, by meaning and by spelling; then
    how much of a token's nearness to all relations of its question is to this one (meaning,
    spelling), and how much of a relation's nearness to all tokens is to this one."""
    found = []
    for half, part in enumerate(states.chunk(2, dim=-1)):
        sides = [one.chunk(2, dim=-1)[half] for one in (words.whole, words.last, words.tokens)]
        found += [torch.einsum("rlw,rw->rl", part, side) for side in sides[:2]]
        found.append(torch.einsum("rlw,rtw->rlt", part, sides[2]).amax(-1))
    meaning = (found[0] + found[1] + found[2]) / 3
    spelling = (found[3] + found[4] + found[5]) / 3
    shares = [_share(meaning, asked), _share(spelling, asked)]
    over_tokens = (meaning + spelling).masked_fill(~mask, -1e4)
    shares.append((over_tokens / _TEMPERATURE / 2).softmax(-1))
    return torch.stack([*found, *shares], dim=-1)


def _share(near: Tensor, asked: Tensor) -> Tensor:
    """Softmax over the relation rows of one question, token by token; [rows, length]."""
    weights = ((near - 1) / _TEMPERATURE).exp()
    total = near.new_zeros(int(asked.max()) + 1, near.shape[1]).index_add(0, asked, weights)
    return weights / total[asked].clamp(min=1e-9)
