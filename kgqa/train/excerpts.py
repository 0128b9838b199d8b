"""Training questions beside a few sentences, in place of the whole text.

A step's work goes by tokens, and what a reader has to learn of a question stands mostly in
and around one sentence: shorter texts show it more questions in the same time. Answers are
verified beside one sentence and its neighbours (`qa/verification.py`): mostly one to four are
kept here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from kgqa.documents.sentences import sentence_spans, sentences_over
from kgqa.store.words import query_words
from kgqa.train.questions import ReadingExample

_CHARACTERS = 500
"""Sentences are added up to a drawn length of at most so many: two thirds of SQuAD's passage."""


def with_excerpts(
    examples: Sequence[ReadingExample], share: float, seed: int
) -> list[ReadingExample]:
    """The examples, a share of them beside an excerpt of their text: around the answer, or,
    without one, around the sentence that has most of the question's words.

    Args:
        examples: with the answer's span, or `start == end` without one.
        share: in [0, 1].
    """
    draw = random.Random(seed)
    return [_excerpt(example, draw) if draw.random() < share else example for example in examples]


def _excerpt(example: ReadingExample, draw: random.Random) -> ReadingExample:
    spans = sentence_spans(example.text)
    answered = example.start < example.end
    held = (
        sentences_over(spans, example.start, example.end)
        if answered
        else _nearest(spans, example, draw)
    )
    if not held:  # an answer of spaces alone, or an empty text
        return example
    first, last = held[0], held[-1]
    length = draw.random() * _CHARACTERS
    while spans[last][1] - spans[first][0] < length and last - first + 1 < len(spans):
        before = last + 1 == len(spans) or (first > 0 and draw.random() < 0.5)
        first, last = (first - 1, last) if before else (first, last + 1)
    start, end = spans[first][0], spans[last][1]
    if not answered:
        return replace(example, text=example.text[start:end])
    if start > example.start or end < example.end:  # an answer that begins or ends with a space
        return example
    kept = example.text[start:end]
    return replace(example, text=kept, start=example.start - start, end=example.end - start)


def _nearest(
    spans: Sequence[tuple[int, int]], example: ReadingExample, draw: random.Random
) -> Sequence[int]:
    """The sentence that has most of the question's words; one of several is drawn."""
    asked = set(query_words(example.question))
    shared = [len(asked & set(query_words(example.text[start:end]))) for start, end in spans]
    most = max(shared, default=0)
    nearest = [i for i, count in enumerate(shared) if count == most]
    return [draw.choice(nearest)] if nearest else []
