"""Question and texts as token windows that know their characters.

    [CLS] question [SEP] title. text [SEP] title. text [SEP] | virtual tokens

Texts are read together while they fit, so that an answer may be put together from several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from tokenizers import Encoding

from kgqa.lm.batching import BUCKET, length_buckets, padded_length
from kgqa.lm.tokenizer import Tokenizer
from kgqa.qa.model import ReaderBatch

MAX_TOKENS, STRIDE, MAX_QUESTION_TOKENS, MAX_TITLE_TOKENS = 448, 128, 64, 64
"""The backbone takes 512: the rest is for virtual tokens."""
OUTSIDE = (-1, -1, -1)

Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text to read. The title precedes it, and no answer may lie in that."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A question and the texts to read it in, the best first.

    `only`: (text, start, end) of each place that may be the answer; None: any.
    """

    question: str
    texts: tuple[ReadText, ...]
    only: tuple[Place, ...] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """As much of a reading as fits the model.

    Attributes:
        reading: index of its reading.
        input_ids: question, titles and texts with the special tokens.
        first: index of the second segment's first token.
        places: for each token (text, start, end): which of the reading's texts, and its
            half-open characters there; OUTSIDE where no answer may lie.
    """

    reading: int
    input_ids: tuple[int, ...]
    first: int
    places: tuple[Place, ...]

    @property
    def texts(self) -> frozenset[int]:
        """The texts of the reading that it shows, in part or whole."""
        return frozenset(text for text, _, _ in self.places if text >= 0)

    def tokens(self, spans: Iterable[Place]) -> list[tuple[int, int]]:
        """The first and the last token of each (text, start, end) that it shows whole."""
        first = {(text, start): i for i, (text, start, _) in enumerate(self.places)}
        last = {(text, end): i for i, (text, _, end) in enumerate(self.places)}
        return [
            (first[text, start], last[text, end])
            for text, start, end in spans
            if (text, start) in first and (text, end) in last
        ]


@dataclass(frozen=True, slots=True)
class _Slice:
    """Tokens of one text that stay together."""

    ids: tuple[int, ...]
    places: tuple[Place, ...]


def make_windows(
    tokenizer: Tokenizer, readings: Sequence[Reading], stride: int = STRIDE
) -> list[Window]:
    """Lay each reading's texts into windows of at most MAX_TOKENS, in order.

    A text that does not fit one window is cut into slices that share `stride` tokens. A
    question longer than MAX_QUESTION_TOKENS keeps its last ones, where the asked thing is, and a
    title its first ones; there is no window without a token of a text.
    """
    questions = tokenizer.pieces([reading.question for reading in readings])
    shown = [text for reading in readings for text in reading.texts]
    pieces = tokenizer.pieces([_prefix(text) + text.text for text in shown])
    firsts = [0, *accumulate(len(reading.texts) for reading in readings)]
    windows = []
    for index, (reading, question) in enumerate(zip(readings, questions, strict=True)):
        asked = tuple(question.ids[-MAX_QUESTION_TOKENS:])
        frame = tokenizer.frame
        room = MAX_TOKENS - len(asked) - sum(map(len, (frame.before, frame.between, frame.after)))
        encoded = pieces[firsts[index] : firsts[index + 1]]
        slices = [
            part
            for number, (text, encoding) in enumerate(zip(reading.texts, encoded, strict=True))
            for part in _slices(number, encoding, len(_prefix(text)), room, stride)
        ]
        laid = [
            _window(index, asked, group, tokenizer) for group in _packed(slices, room, tokenizer)
        ]
        windows += [window for window in laid if window.texts]
    return windows


def _prefix(text: ReadText) -> str:
    return f"{text.title}. " if text.title else ""


def _slices(number: int, encoding: Encoding, skip: int, room: int, stride: int) -> Iterator[_Slice]:
    """`skip`: the characters of the title that precedes the text."""
    title = sum(start < skip for start, _ in encoding.offsets)
    cut = max(0, title - MAX_TITLE_TOKENS)
    places = (OUTSIDE,) * (title - cut) + tuple(
        (number, start - skip, end - skip) for start, end in encoding.offsets[title:]
    )
    ids = (*encoding.ids[: title - cut], *encoding.ids[title:])
    start = 0
    while start < len(places):
        end = start + room
        yield _Slice(ids[start:end], places[start:end])
        start = len(places) if end >= len(places) else end - stride


def _packed(slices: Sequence[_Slice], room: int, tokenizer: Tokenizer) -> Iterator[list[_Slice]]:
    """Slices in order, as many together as fit."""
    group: list[_Slice] = []
    left = room
    for part in slices:
        needed = len(part.ids) + (len(tokenizer.frame.between) if group else 0)
        if group and needed > left:
            yield group
            group, left, needed = [], room, len(part.ids)
        group.append(part)
        left -= needed
    if group:
        yield group


def _window(
    reading: int, question: tuple[int, ...], slices: Sequence[_Slice], tokenizer: Tokenizer
) -> Window:
    frame = tokenizer.frame
    ids = [*frame.before, *question, *frame.between]
    first = len(ids)
    places = [OUTSIDE] * first
    for number, part in enumerate(slices):
        gap = frame.between if number else ()
        ids += [*gap, *part.ids]
        places += [*[OUTSIDE] * len(gap), *part.places]
    ids += frame.after
    places += [OUTSIDE] * len(frame.after)
    return Window(reading, tuple(ids), first, tuple(places))


def window_batches(
    windows: Sequence[Window], most: int, *, mixed: bool = False
) -> Iterator[list[int]]:
    """Indices of at most `most` windows to read in one pass, shortest first.

    Args:
        mixed: the model spends nothing on padding: lengths need not be alike.
    """
    lengths = [len(window.input_ids) for window in windows]
    return length_buckets(lengths, most, MAX_TOKENS if mixed else BUCKET)


def collate(windows: Sequence[Window], pad_id: int) -> ReaderBatch:
    """Pad windows to one length."""
    length = padded_length(max(len(window.input_ids) for window in windows))
    shape = (len(windows), length)
    ids = torch.full(shape, pad_id)
    mask = torch.zeros(shape, dtype=torch.long)
    segments = torch.zeros(shape, dtype=torch.long)
    texts = torch.full(shape, -1)
    ends = torch.tensor([padded_length(len(window.input_ids)) for window in windows])
    for row, window in enumerate(windows):
        n = len(window.input_ids)
        ids[row, :n] = torch.tensor(window.input_ids)
        mask[row, :n] = 1
        segments[row, window.first : n] = 1
        texts[row, :n] = torch.tensor([text for text, _, _ in window.places])
    return ReaderBatch(ids, mask, segments, texts, ends)
