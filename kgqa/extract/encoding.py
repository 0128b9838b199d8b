"""Text as the extractor's network sees it: word pieces, words, and how each word is written.

The packaged backbone is uncased. The way a word is written tells names apart, so it enters
as a shape beside the word piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding
from torch import Tensor

from kgqa.lm.batching import padded_length
from kgqa.lm.tokenizer import Tokenizer

MAX_TOKENS = 512
N_SHAPES = 20


@dataclass(frozen=True, slots=True)
class EncodedText:
    """One text of at most MAX_TOKENS pieces; what lies beyond has no tokens.

    Attributes:
        input_ids: word pieces with [CLS] and [SEP].
        shapes: a shape id in [0, N_SHAPES) for each piece.
        firsts: index of each word's first piece.
        words: each word's (start, end) characters.
    """

    input_ids: tuple[int, ...]
    shapes: tuple[int, ...]
    firsts: tuple[int, ...]
    words: tuple[tuple[int, int], ...]

    def word_range(self, start: int, end: int) -> tuple[int, int] | None:
        """The words that overlap the characters [start, end); None if any is cut off."""
        inside = [i for i, (a, b) in enumerate(self.words) if a < end and b > start]
        whole = bool(inside) and self.words[inside[-1]][1] >= end
        return (inside[0], inside[-1] + 1) if whole else None

    @property
    def bounds(self) -> tuple[int, ...]:
        """First piece of each word, then of the closing [SEP]."""
        return (*self.firsts, len(self.input_ids) - 1)


NO_PIECES = EncodedText((), (), (), ())
"""In the place of a text's pieces, once they have been read."""


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Padded texts. input_ids, attention_mask, shapes: [batch, length];
    firsts, word_mask: [batch, words], padded with piece 0 and False."""

    input_ids: Tensor
    attention_mask: Tensor
    shapes: Tensor
    firsts: Tensor
    word_mask: Tensor


def encode_texts(tokenizer: Tokenizer, texts: Sequence[str]) -> list[EncodedText]:
    """Tokenise; words are the tokenizer's own (white space and punctuation part them)."""
    encodings = tokenizer.encode(texts, MAX_TOKENS)
    return [_encoded(encoding, text) for encoding, text in zip(encodings, texts, strict=True)]


def _encoded(encoding: Encoding, text: str) -> EncodedText:
    spans: dict[int, tuple[int, int]] = {}
    firsts: dict[int, int] = {}
    for piece, (word, (start, end)) in enumerate(
        zip(encoding.word_ids, encoding.offsets, strict=True)
    ):
        if word is None:
            continue
        firsts.setdefault(word, piece)
        spans[word] = (spans[word][0] if word in spans else start, end)
    shape_of = {word: _shape(text, *span) for word, span in spans.items()}
    shapes = tuple(0 if word is None else shape_of[word] for word in encoding.word_ids)
    return EncodedText(tuple(encoding.ids), shapes, tuple(firsts.values()), tuple(spans.values()))


def _shape(text: str, start: int, end: int) -> int:
    """1..9 by the letters of the word, 10 more where no white space precedes it."""
    word = text[start:end]
    glued = start > 0 and not text[start - 1].isspace()
    return _letters(word) + (10 if glued else 0)


def _letters(word: str) -> int:
    if word.isdigit():
        return 1
    if any(c.isdigit() for c in word):
        return 2
    if not any(c.isalpha() for c in word):
        return 3
    if word.islower():
        return 4
    if word.isupper():
        return 5 if len(word) == 1 else 6
    if word.istitle():
        return 7
    return 8 if word[0].isupper() else 9


def collate_texts(texts: Sequence[EncodedText], pad_id: int) -> TextBatch:
    """Pad to one length."""
    length = padded_length(max(len(text.input_ids) for text in texts))
    words = max(1, max(len(text.firsts) for text in texts))
    ids = torch.full((len(texts), length), pad_id)
    mask = torch.zeros(len(texts), length, dtype=torch.long)
    shapes = torch.zeros(len(texts), length, dtype=torch.long)
    firsts = torch.zeros(len(texts), words, dtype=torch.long)
    word_mask = torch.zeros(len(texts), words, dtype=torch.bool)
    for row, text in enumerate(texts):
        n, m = len(text.input_ids), len(text.firsts)
        ids[row, :n] = torch.tensor(text.input_ids)
        mask[row, :n] = 1
        shapes[row, :n] = torch.tensor(text.shapes)
        firsts[row, :m] = torch.tensor(text.firsts, dtype=torch.long)
        word_mask[row, :m] = True
    return TextBatch(ids, mask, shapes, firsts, word_mask)
