"""Questions that ask for one cell of a table: its row and its column are both named.

"What is the default value of snap?" over the row "Setting: snap; Default: 3; ..." asks for 3. A
reader of prose often takes the wrong cell; the labels say which it is. Where anything in the
question is left over, or two rows fit, nothing is said here and the passages are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgqa.types import Answer, AnswerSpan, Question, ScoredPassage

SCORE = 0.9
_LABEL = re.compile(r"(?:\A|; )([^:;]{1,40}): ")
_WORD = re.compile(r"\w+(?:[.'’-]\w+)*")  # noqa: RUF001


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ASKS = _words("what which who where when how whose")
_LEFT_OVER = _words(
    "what what's which who who's where when how much many whose is was are were does did do has "
    "have the a an of for in at on by to with its his her their value name number amount s it "
    "listed given table row column tell me please say"
)
_DATE = re.compile(
    r"\d{4}|\d{1,2}[./:]\d{1,2}|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", re.I
)
_NAME = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class _Cell:
    """`passage.text[start:end]` under its label."""

    label: str
    start: int
    end: int


def answer_from_rows(question: Question, passages: Sequence[ScoredPassage]) -> Answer | None:
    """The one cell that a question asks for, None where it asks for none, or for several.

    Args:
        passages: those that retrieval found; rows of tables among them are looked at.
    """
    words = [_stem(word) for word in _WORD.findall(question.text.casefold())]
    if not _ASKS & set(words):
        return None
    found = [
        (passage, cell)
        for passage in passages
        if passage.passage.row is not None
        for cell in _asked(words, passage.passage.text)
    ]
    texts = {p.passage.text[cell.start : cell.end].casefold() for p, cell in found}
    if len(texts) != 1:
        return None
    scored, cell = found[0]
    passage = scored.passage
    start, end = passage.start + cell.start, passage.start + cell.end
    text = passage.text[cell.start : cell.end]
    span = AnswerSpan(passage.id, scored.source, start, end, text)
    return Answer(question.id, text, SCORE, passages=(scored,), spans=(span,))


def _asked(words: Sequence[str], row: str) -> Iterator[_Cell]:
    """The cell of a row that the words ask for: its label and the row's first cell are all that
    they say."""
    cells = _cells(row)
    if len(cells) < 2:
        return
    subject = _stems(row[cells[0].start : cells[0].end])
    at = _place(subject, words)
    if at is None:
        return
    rest = [*words[:at], *words[at + len(subject) :]]
    own = set(_stems(cells[0].label))
    named = []
    for cell in cells[1:]:
        label = _stems(cell.label)
        left = [word for word in rest if word not in label and word not in own]
        if label and _place(label, rest) is not None and not set(left) - _LEFT_OVER:
            named.append((len(label), cell))
    if named:
        most, cell = max(named, key=lambda pair: pair[0])
        if [n for n, _ in named].count(most) == 1 and _fits(words, row[cell.start : cell.end]):
            yield cell


def _cells(row: str) -> list[_Cell]:
    labels = list(_LABEL.finditer(row))
    ends = [label.start() for label in labels[1:]] + [len(row)]
    return [_Cell(label[1], label.end(), end) for label, end in zip(labels, ends, strict=True)]


def _fits(words: Sequence[str], value: str) -> bool:
    """Whether a value can answer this kind of question."""
    if "when" in words:
        return bool(_DATE.search(value))
    if "who" in words or "whose" in words or "where" in words:
        return bool(_NAME.search(value))
    return "how" not in words or any(c.isdigit() for c in value)


def _place(part: Sequence[str], words: Sequence[str]) -> int | None:
    """Where the part stands among the words, in one piece."""
    if not part:
        return None
    places = range(len(words) - len(part) + 1)
    return next((i for i in places if list(words[i : i + len(part)]) == list(part)), None)


def _stems(text: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.casefold())]


def _stem(word: str) -> str:
    """Without a possessive and a plural's s, which labels and questions use as they like."""
    word = re.sub(r"['’]s?\Z", "", word)  # noqa: RUF001
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
