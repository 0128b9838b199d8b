"""Texts to word pieces that know their characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tokenizers
from tokenizers import Encoding


@dataclass(frozen=True, slots=True)
class PairFrame:
    """Special tokens: before the first text, between both, after the second."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]


class Tokenizer:
    """A fast tokenizer, read from its file or taken out of a Hugging Face one.

    Args:
        pieces: what cuts the texts.
        pad_id: the padding token; encoders without one pad with token 0 under a zero mask.
    """

    def __init__(self, pieces: tokenizers.Tokenizer, pad_id: int = 0) -> None:
        self.pad_id = pad_id
        self._pieces = pieces
        pieces.no_padding()

    @classmethod
    def read(cls, path: Path) -> Tokenizer:
        """From a `tokenizer.json` whose padding token is [PAD]."""
        pieces = tokenizers.Tokenizer.from_file(str(path))
        return cls(pieces, pieces.token_to_id("[PAD]") or 0)

    def encode(self, texts: Sequence[str], max_tokens: int) -> list[Encoding]:
        """Each text with its special tokens, cut after `max_tokens`."""
        self._pieces.enable_truncation(max_tokens)
        return self._pieces.encode_batch(list(texts))

    def vocabulary(self) -> list[str]:
        """All pieces by their id: WordPiece and BPE have the frequent ones first."""
        known = self._pieces.get_vocab()
        return sorted(known, key=known.__getitem__)

    def pieces(self, texts: Sequence[str]) -> list[Encoding]:
        """Each whole text without special tokens."""
        self._pieces.no_truncation()
        return self._pieces.encode_batch(list(texts), add_special_tokens=False)

    @cached_property
    def frame(self) -> PairFrame:
        """The special tokens around a pair of texts."""
        self._pieces.no_truncation()
        encoding = self._pieces.encode("a", "a")
        first, second = encoding.sequence_ids.index(0), encoding.sequence_ids.index(1)
        ids = encoding.ids
        return PairFrame(
            tuple(ids[:first]), tuple(ids[first + 1 : second]), tuple(ids[second + 1 :])
        )
