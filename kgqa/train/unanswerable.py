"""Questions without an answer, for training a reader to abstain.

Three sources: the unanswerable questions of SQuAD 2.0 files, and answerable questions beside
another text, or beside their own without the sentence that answers them. `alterations.py` is
a fourth: questions that are changed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from kgqa.documents.sentences import sentence_spans
from kgqa.train.questions import ReadingExample, load_reading, split_by_title

_HELD_ASIDE = 3
"""Each third article of a SQuAD 2.0 file stays out of training: each third of these sets the
threshold below which a reader abstains, and the others are for measuring."""


def unanswerable_of(paths: Iterable[Path]) -> list[ReadingExample]:
    """The unanswerable questions of SQuAD 2.0 files, each third article left out.

    Raises:
        DocumentError: a file cannot be read.
    """
    found: list[ReadingExample] = []
    for path in paths:
        examples, _ = split_by_title(load_reading(path), _HELD_ASIDE)
        found += [example for example in examples if example.start == example.end]
    return found


def threshold_part_of(paths: Iterable[Path]) -> list[ReadingExample]:
    """The questions of SQuAD 2.0 files, with and without an answer, that set the threshold.

    Raises:
        DocumentError: a file cannot be read.
    """
    found: list[ReadingExample] = []
    for path in paths:
        _, aside = split_by_title(load_reading(path), _HELD_ASIDE)
        _, part = split_by_title(aside, _HELD_ASIDE)
        found += part
    return found


def beside_another_text(
    examples: Sequence[ReadingExample], share: float, seed: int
) -> list[ReadingExample]:
    """Questions beside another text of the same title that does not hold their answer.

    Args:
        examples: answerable ones.
        share: how many to make, as a share of the examples.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    for text, title in {e.text: e.title for e in examples if e.title}.items():
        texts[title].append(text)
    draw = random.Random(seed)
    made = []
    for example in draw.sample(list(examples), int(share * len(examples))):
        others = texts.get(example.title, [])
        answer = example.text[example.start : example.end].casefold()
        if not others or not answer:
            continue
        other = draw.choice(others)
        if answer not in other.casefold():
            made.append(replace(example, text=other, start=0, end=0))
    return made


def without_answer(
    examples: Sequence[ReadingExample], share: float, seed: int
) -> list[ReadingExample]:
    """Questions beside their own text, cut by each sentence that holds the answer.

    What is left is about the same things, and often has another name or number that fits the
    question's word.

    Args:
        examples: answerable ones.
        share: how many to try to make, as a share of the examples.
    """
    draw = random.Random(seed)
    made = []
    for example in draw.sample(list(examples), int(share * len(examples))):
        answer = example.text[example.start : example.end].casefold()
        spans = sentence_spans(example.text)
        kept = [(s, e) for s, e in spans if answer not in example.text[s:e].casefold()]
        text = " ".join(example.text[s:e] for s, e in kept)
        if len(spans) - len(kept) in _CUT and text and answer not in text.casefold():
            made.append(replace(example, text=text, start=0, end=0))
    return made


_CUT = range(1, 3)
"""Sentences that are cut; an answer that stands in more is what the whole text is about."""
