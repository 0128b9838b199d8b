"""Wordings of questions whose topic's name is not given, without the rest of that name.

SimpleQuestions does not say where the topic's name stands, and the longest run of rare words is
only a part of some names: "where was andrew [MASK] born". What is left of a name teaches that a
word of a question may stand for nothing. So a word beside the MASK goes where the same question
is asked without it, and a wording that nobody else asks goes altogether.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from kgqa.context.topics import MASK

_MOST_BESIDE = 3
_TIMES = 2
_COMMON = 0.03
"""Share of a property's questions from which a word of them belongs to no name: of those for a
place of birth 60 % have "born", and 1 % "john"."""

Asked = tuple[int, int, str]
"""(row of a property, direction, wording with one MASK)."""


def whole_names(asked: Sequence[Asked]) -> list[str | None]:
    """The wording of each question with the whole name masked; None for one that is asked but
    once in that wording, since what stands beside its MASK may belong to the name."""
    plain = [(row, side, _plain(text)) for row, side, text in asked]
    times, common = Counter(plain), _common_words(plain)
    merged = {one: _merged(one, times, common[one[:2]]) for one in times}
    total: Counter[Asked] = Counter()
    for one, count in times.items():
        total[merged[one]] += count
    return [
        merged[one][2] if total[merged[one]] >= _TIMES and one[2].count(MASK) == 1 else None
        for one in plain
    ]


def _plain(text: str) -> str:
    """Without the mark at its end and capitals, which the backbone does not read either."""
    words = text.rstrip("?. ").split()
    return " ".join(word if MASK in word else word.lower() for word in words)


def _common_words(asked: Sequence[Asked]) -> dict[tuple[int, int], set[str]]:
    """(row, direction) -> words of so many of its questions that they belong to no name."""
    counts: dict[tuple[int, int], Counter[str]] = {}
    questions: Counter[tuple[int, int]] = Counter()
    for row, side, text in asked:
        questions[row, side] += 1
        counts.setdefault((row, side), Counter()).update(set(text.split()))
    return {
        kind: {word for word, count in words.items() if count >= _COMMON * questions[kind]}
        for kind, words in counts.items()
    }


def _merged(asked: Asked, times: Counter[Asked], common: set[str]) -> Asked:
    """The shortest wording that it becomes, where each is asked as often as the one before."""
    row, side, text = asked
    best = asked
    for shorter in _without_beside(text, common):
        other = (row, side, shorter)
        if times[other] >= max(times[asked], _TIMES) and len(shorter) < len(best[2]):
            best = other
    return best if best == asked else _merged(best, times, common)


def _without_beside(text: str, common: set[str]) -> Iterator[str]:
    """The text without up to _MOST_BESIDE words beside its MASK, on either side, that are not
    common ones."""
    words = text.split()
    if words.count(MASK) != 1:
        return
    place = words.index(MASK)
    for before in range(min(_MOST_BESIDE, place) + 1):
        for after in range(_MOST_BESIDE + 1 - before):
            beside = words[place - before : place] + words[place + 1 : place + 1 + after]
            if beside and not common.intersection(beside):
                yield " ".join([*words[: place - before], MASK, *words[place + 1 + after :]])
