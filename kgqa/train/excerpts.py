"""Training questions beside the sentences around their answer, in place of the whole text.

A step's work goes by tokens, and what a reader has to learn of a question stands mostly in
and around one sentence: shorter texts show it more questions in the same time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from kgqa.documents.sentences import sentence_spans, sentences_over
from kgqa.train.questions import ReadingExample

_CHARACTERS = 350
"""Sentences are added up to about so many: half a passage of SQuAD."""


def with_excerpts(
    examples: Sequence[ReadingExample], share: float, seed: int
) -> list[ReadingExample]:
    """The examples, a share of them beside an excerpt of their text.

    Args:
        examples: with the answer's span, or `start == end` without one: these stay as they are.
        share: in [0, 1].
    """
    draw = random.Random(seed)
    return [
        _excerpt(example, draw)
        if draw.random() < share and example.start < example.end
        else example
        for example in examples
    ]


def _excerpt(example: ReadingExample, draw: random.Random) -> ReadingExample:
    spans = sentence_spans(example.text)
    held = sentences_over(spans, example.start, example.end)
    if not held:  # an answer of spaces alone
        return example
    first, last = held[0], held[-1]
    while spans[last][1] - spans[first][0] < _CHARACTERS and last - first + 1 < len(spans):
        before = last + 1 == len(spans) or (first > 0 and draw.random() < 0.5)
        first, last = (first - 1, last) if before else (first, last + 1)
    start, end = spans[first][0], spans[last][1]
    if start > example.start or end < example.end:  # an answer that begins or ends with a space
        return example
    kept = example.text[start:end]
    return replace(example, text=kept, start=example.start - start, end=example.end - start)
