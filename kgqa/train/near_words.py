"""Words that mean much the same as a relation's name, by the frozen backbone alone.

A made question that always says the relation's own name teaches to compare spelling. So some
say a near word instead, "husband" for "spouse": a paraphrase that costs no dictionary.
"""

from __future__ import annotations

import re

import torch

from kgqa.context.text import TextEmbedder

_WORD = re.compile(r"[a-z]{3,}")
_MOST_WORDS = 8000
_MOST, _LEAST_COSINE = 6, 0.66
"""At 0.66 "spouse" still has "fiance", "cause of death" has "deaths", "capital" has "capitol"."""


class NearWords:
    """The frequent whole words of the backbone's vocabulary, embedded when first asked for.

    Args:
        texts: embeds the words and the names.
    """

    def __init__(self, texts: TextEmbedder) -> None:
        self._texts = texts
        known = texts.backbone.tokenizer.vocabulary()
        self._words = [word for word in known if _WORD.fullmatch(word)][:_MOST_WORDS]
        self._known: torch.Tensor | None = None
        self._memo: dict[str, tuple[str, ...]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """Up to _MOST words, the nearest first, not the name itself."""
        if name not in self._memo:
            self._memo[name] = self._find(name)
        return self._memo[name]

    def _find(self, name: str) -> tuple[str, ...]:
        if not self._words:
            return ()
        width = self._texts.width // 2  # meaning; the other half is spelling
        if self._known is None:
            self._known = self._texts.names(self._words)[:, :width]
        cosines = self._known @ self._texts.names([name])[0, :width]
        best = torch.topk(cosines, min(_MOST + 1, len(self._words)))
        return tuple(
            self._words[place]
            for cosine, place in zip(best.values.tolist(), best.indices.tolist(), strict=True)
            if cosine >= _LEAST_COSINE and self._words[place] != name
        )[:_MOST]
