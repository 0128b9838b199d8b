"""Questions without an answer, for training a reader to abstain.

Four sources: the unanswerable questions of SQuAD 2.0 files; answerable questions beside
another text, or beside their own without the sentence that answers them; and answerable
questions altered so that their text no longer answers them, as the crowd that wrote SQuAD 2.0
did most often: a name, a number or a word swapped for another, or a negation put in
(Rajpurkar et al. 2018, arXiv 1806.03822, table 2).
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kgqa.documents.sentences import sentence_spans
from kgqa.train.questions import ReadingExample, load_reading, split_by_title

_HELD_ASIDE = 3
"""Each third article of a SQuAD 2.0 file stays out of training: each third of these sets the
threshold below which a reader abstains, and the others are for measuring."""
_NAME = re.compile(r"(?<=\s)[A-Z][\w'-]*(?: (?:of |the |de )?[A-Z][\w'-]*)*|(?<=\s)\d[\d,.]*\b")
_AUXILIARY = re.compile(
    r"\b(?:did|does|do|was|were|is|are|has|have|had|can|could|will|would|should)\b"
)
_OPPOSITES = dict(
    pair
    for words in (
        "first last",
        "largest smallest",
        "larger smaller",
        "highest lowest",
        "higher lower",
        "most least",
        "more less",
        "before after",
        "north south",
        "northern southern",
        "east west",
        "eastern western",
        "increase decrease",
        "increased decreased",
        "oldest youngest",
        "earliest latest",
        "best worst",
        "major minor",
        "won lost",
        "began ended",
        "start end",
        "built destroyed",
        "male female",
        "men women",
        "internal external",
        "upper lower",
        "public private",
        "positive negative",
        "always never",
        "allowed forbidden",
        "inside outside",
        "old new",
        "early late",
        "strong weak",
        "above below",
        "bought sold",
        "supported opposed",
        "accepted rejected",
        "left right",
        "maximum minimum",
        "longest shortest",
        "rural urban",
        "winter summer",
        "import export",
        "ancient modern",
    )
    for pair in ((words.split()[0], words.split()[1]), (words.split()[1], words.split()[0]))
)


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


def altered(examples: Sequence[ReadingExample], share: float, seed: int) -> list[ReadingExample]:
    """Questions about the same text with one thing changed, so that it gives no answer.

    Args:
        examples: answerable ones.
        share: how many to try to make, as a share of the examples.
    """
    draw = random.Random(seed)
    names: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        names[example.title] += _NAME.findall(example.question)
    made = []
    for example in draw.sample(list(examples), int(share * len(examples))):
        questions = list(_alterations(example, names[example.title], draw))
        if questions:
            made.append(replace(example, question=draw.choice(questions), start=0, end=0))
    return made


def _alterations(
    example: ReadingExample, names: Sequence[str], draw: random.Random
) -> Iterator[str]:
    """The question with a name or number that its text has swapped for one of the same
    article that it has not, with one swapped within the text, with a word swapped for its
    opposite, and with a negation."""
    question, text = example.question, example.text.casefold()
    yield from _swaps_within_text(example, draw)
    for match in _NAME.finditer(question):
        number = match[0][0].isdigit()
        others = [
            name
            for name in names
            if name.casefold() not in text and name[0].isdigit() == number and name != match[0]
        ]
        if match[0].casefold() in text and others:
            yield question[: match.start()] + draw.choice(others) + question[match.end() :]
    for match in re.finditer(r"[a-z]+", question):
        if match[0] in _OPPOSITES:
            yield question[: match.start()] + _OPPOSITES[match[0]] + question[match.end() :]
    verb = _AUXILIARY.search(question)
    if verb is not None and " not " not in question and draw.random() < _NEGATED:
        yield f"{question[: verb.end()]} {draw.choice(('not', 'never'))}{question[verb.end() :]}"


def _swaps_within_text(example: ReadingExample, draw: random.Random) -> Iterator[str]:
    """The question with a name, a number or a word that its text has too, swapped for one that
    stands in another sentence than the answer: all that is asked about is in the text.

    At most one swap of a name and one of a word, for half of what people wrote is of this kind.
    """
    question, answer = example.question, example.text[example.start : example.end].casefold()
    away = " ".join(
        example.text[s:e]
        for s, e in sentence_spans(example.text)
        if not s <= example.start < e and answer not in example.text[s:e].casefold()
    )
    asked, text = question.casefold(), example.text.casefold()
    for pattern, source in ((_NAME, _INNER_NAME), (_CONTENT_WORD, _CONTENT_WORD)):
        places = [m for m in pattern.finditer(question) if m[0].casefold() in text]
        draw.shuffle(places)
        for match in places:
            others = sorted(
                {
                    other[0]
                    for other in source.finditer(away)
                    if other[0].casefold() not in asked and _alike(match[0], other[0])
                }
            )
            if others:
                yield question[: match.start()] + draw.choice(others) + question[match.end() :]
                break


def _alike(one: str, other: str) -> bool:
    """Of one kind: both numbers, both names, or words with one ending."""
    if one[0].isdigit() or one[0].isupper():
        return one[0].isdigit() == other[0].isdigit()
    return one[-2:] == other[-2:]


_INNER_NAME = re.compile(
    r"(?<=[a-z,;] )[A-Z][\w'-]*(?: (?:of |the |de )?[A-Z][\w'-]*)*|(?<=\s)\d[\d,.]*\b"
)
"""A name of the text that does not begin a sentence, or a number."""
_CONTENT_WORD = re.compile(r"\b[a-z]{6,}\b")
_NEGATED = 0.15
"""Negations are easy to make of any question and easy to tell: few are enough."""
