"""The names of a graph's relations as a path scorer reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from kgqa.context.text import TextEmbedder
from kgqa.documents.relation_words import last_level, relation_words

_MOST_TOKENS = 8


@dataclass(frozen=True, slots=True)
class RelationWords:
    """The relations of a graph as a path scorer reads them.

    Attributes:
        whole: [n_relations, text_width], of the relation's words.
        last: [n_relations, text_width], of the last level of its name alone.
        tokens: [n_relations, _MOST_TOKENS, text_width], the words' own states; zeros as padding.
    """

    whole: Tensor
    last: Tensor
    tokens: Tensor

    def __len__(self) -> int:
        return len(self.whole)

    def rows(self, chosen: Tensor) -> RelationWords:
        """Some of the relations, rows [n_chosen], in that order."""
        return RelationWords(self.whole[chosen], self.last[chosen], self.tokens[chosen])

    @classmethod
    def joined(cls, parts: Sequence[RelationWords]) -> RelationWords:
        """The relations of several graphs one after the other."""
        return cls(
            torch.cat([part.whole for part in parts]),
            torch.cat([part.last for part in parts]),
            torch.cat([part.tokens for part in parts]),
        )


class RelationReader:
    """Embeds relations' names; a text that was read once is kept.

    Args:
        texts: embeds them.
        labels: relation name -> words, where the name alone says nothing (`P57`).
    """

    def __init__(self, texts: TextEmbedder, labels: Mapping[str, str] | None = None) -> None:
        self._texts, self._labels = texts, labels
        self._tokens: dict[str, Tensor] = {}

    def read(self, names: Sequence[str]) -> RelationWords:
        """One row for each name."""
        whole = [relation_words(name, self._labels) for name in names]
        last = [_last(name, words) for name, words in zip(names, whole, strict=True)]
        new = [text for text in dict.fromkeys(whole) if text not in self._tokens]
        for text, row in zip(new, self._texts.rows(new), strict=True):
            inner = row.states[1:-1][:_MOST_TOKENS].float()
            self._tokens[text] = functional.pad(inner, (0, 0, 0, _MOST_TOKENS - len(inner)))
        tokens = [self._tokens[text] for text in whole]
        width = self._texts.width
        return RelationWords(
            self._texts.names(whole),
            self._texts.names(last),
            torch.stack(tokens) if tokens else torch.zeros(0, _MOST_TOKENS, width),
        )


def _last(name: str, words: str) -> str:
    """The last level's words where the words come of the name, else all of them."""
    last = last_level(name)[0]
    return last if len(last) > 1 and words.endswith(last) else words
