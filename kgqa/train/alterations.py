"""Answerable questions altered so that their text no longer answers them.

The crowd that wrote SQuAD 2.0's unanswerable questions mostly changed one thing in a question:
a name, a number or a word for another, or they put in a negation (Rajpurkar et al. 2018, arXiv
1806.03822, table 2). So do these (`alteration_kinds.py` has each kind); the question as it was
stays beside them in training.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kgqa.documents.sentences import sentence_spans
from kgqa.train.alteration_asked import Asked, content_words
from kgqa.train.alteration_kinds import KINDS, names_in
from kgqa.train.questions import ReadingExample


def altered(examples: Sequence[ReadingExample], share: float, seed: int) -> list[ReadingExample]:
    """Questions about the same text with one thing changed, so that it gives no answer.

    Args:
        examples: answerable ones.
        share: how many to try to make, as a share of the examples; above 1, several of each.
    """
    draw = random.Random(seed)
    names, words = _of_articles(examples) if share > 0 else ({}, {})
    made = []
    for example in _drawn(examples, share, draw):
        article = example.title or example.text
        asked = _asked(example, names[article], words[article])
        question = _alteration(asked, draw)
        if question is not None:
            made.append(replace(example, question=question, start=0, end=0))
    return made


def _drawn(
    examples: Sequence[ReadingExample], share: float, draw: random.Random
) -> Iterator[ReadingExample]:
    left = int(share * len(examples))
    while left > 0 and examples:
        yield from draw.sample(list(examples), min(left, len(examples)))
        left -= len(examples)


def _of_articles(
    examples: Sequence[ReadingExample],
) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """Names and words of the questions, article by article, or text by text without titles."""
    names: dict[str, list[str]] = defaultdict(list)
    words: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        article = example.title or example.text
        names[article] += names_in(example.question)
        words[article] += content_words(example.question)
    return names, words


def _asked(example: ReadingExample, names: Sequence[str], words: Sequence[str]) -> Asked:
    text, answer = example.text, example.text[example.start : example.end].casefold()
    spans = sentence_spans(text)
    sentence = next((text[s:e] for s, e in spans if s <= example.start < e), "")
    away = [text[s:e] for s, e in spans if not s <= example.start < e]
    others = [part for part in away if answer not in part.casefold()]
    return Asked(example.question, text.casefold(), sentence.casefold(), others, names, words)


def _alteration(asked: Asked, draw: random.Random) -> str | None:
    """One alteration, its kind drawn by the kinds' weights among those that can be made."""
    kinds = list(KINDS)
    while kinds:
        kind = draw.choices(kinds, [KINDS[one] for one in kinds])[0]
        questions = [one for one in kind(asked, draw) if one != asked.question]
        if questions:
            return draw.choice(questions)
        kinds.remove(kind)
    return None
