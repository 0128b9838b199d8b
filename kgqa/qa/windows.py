"""Question and passage as token windows that know their characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding

from kgqa.lm.batching import padded_length
from kgqa.lm.tokenizer import Tokenizer
from kgqa.qa.model import ReaderBatch

MAX_TOKENS, STRIDE, MAX_QUESTION_TOKENS = 384, 128, 64


@dataclass(frozen=True, slots=True)
class ReadingPair:
    """A question and the text to read it in; the title precedes the text, and no answer
    may lie in it."""

    question: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """One slice of a pair that fits the model.

    Attributes:
        pair: index of its pair.
        input_ids: question, title and text tokens with the special ones.
        first: index of the second segment's first token.
        offsets: for each token its (start, end) in the pair's text; (-1, -1) outside it.
    """

    pair: int
    input_ids: tuple[int, ...]
    first: int
    offsets: tuple[tuple[int, int], ...]


def make_windows(
    tokenizer: Tokenizer, pairs: Sequence[ReadingPair], stride: int = STRIDE
) -> list[Window]:
    """Cut each pair into windows of at most MAX_TOKENS; neighbours share `stride` tokens.

    A question longer than MAX_QUESTION_TOKENS keeps its last ones, where the asked thing is.
    """
    prefixes = [f"{pair.title}. " if pair.title else "" for pair in pairs]
    questions = [_short_question(tokenizer, pair.question) for pair in pairs]
    texts = [prefix + pair.text for prefix, pair in zip(prefixes, pairs, strict=True)]
    encoded = tokenizer.encode_pairs(questions, texts, MAX_TOKENS, stride)
    return [
        _window(index, encoding, len(prefixes[index]))
        for index, encodings in enumerate(encoded)
        for encoding in encodings
    ]


def _window(pair: int, encoding: Encoding, skip: int) -> Window:
    """`skip`: the characters of the title that precedes the text."""
    segment = encoding.sequence_ids
    offsets = tuple(
        (start - skip, end - skip) if part == 1 and start >= skip else (-1, -1)
        for part, (start, end) in zip(segment, encoding.offsets, strict=True)
    )
    first = segment.index(1) if 1 in segment else len(segment)
    return Window(pair, tuple(encoding.ids), first, offsets)


def _short_question(tokenizer: Tokenizer, question: str) -> str:
    if len(question) <= MAX_QUESTION_TOKENS:
        return question
    offsets = tokenizer.spans(question)
    if len(offsets) <= MAX_QUESTION_TOKENS:
        return question
    return question[offsets[-MAX_QUESTION_TOKENS][0] :]


def collate(windows: Sequence[Window], pad_id: int) -> ReaderBatch:
    """Pad windows to one length."""
    length = padded_length(max(len(window.input_ids) for window in windows))
    shape = (len(windows), length)
    ids = torch.full(shape, pad_id)
    mask = torch.zeros(shape, dtype=torch.long)
    segments = torch.zeros(shape, dtype=torch.long)
    answerable = torch.zeros(shape, dtype=torch.bool)
    answerable[:, 0] = True
    for row, window in enumerate(windows):
        n = len(window.input_ids)
        ids[row, :n] = torch.tensor(window.input_ids)
        mask[row, :n] = 1
        segments[row, window.first : n] = 1
        inside = torch.tensor([start >= 0 for start, _ in window.offsets])
        answerable[row, :n] |= inside
    return ReaderBatch(ids, mask, segments, answerable)
