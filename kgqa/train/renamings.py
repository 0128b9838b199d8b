"""Questions and their texts with names and rare words put in the place of others.

All of an article's questions in a SQuAD 2.0 file that may be trained on have no answer: so an
article's own words tell a reader that there is none, and it learns these in place of what the
questions ask. Whether a text answers a question does not change where both say another word for
each of theirs (Yan et al. 2022, arXiv 2110.08555, on names). So a question of the one set gets
words of an article of the other, drawn anew for each copy of it: what looks like such an article
has answers then, too, and its questions look like others.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kgqa.train.questions import ReadingExample
from kgqa.train.word_lists import same_words, word_groups

_WORD = re.compile(r"[^\W\d_]+")
_LEAST_LETTERS = 4
_RARE = 0.1
"""In at most so large a share of the articles, their questions among them."""
_CHANGED = 0.9
"""Share of an example's words that are changed, of those that can be."""
_RELATED = 4
"""Words that begin with so many same letters may be forms of one: they stay."""
_ENDINGS = ("ing", "ed", "ly", "ion", "al", "ic", "er", "ous", "ive", "ment", "ity", "ian", "ish")
_Kind = tuple[bool, str]
"""Whether a word is a name, and how it ends: what may stand in one's place."""


def renamed(
    examples: Sequence[ReadingExample],
    others: Sequence[ReadingExample],
    words: ArticleWords,
    share: float,
    seed: int,
) -> list[ReadingExample]:
    """The examples, a share of them with words of one of the others' articles in the place of
    theirs.

    Args:
        words: of both, the examples and the others.
        share: in [0, 1].
    """
    draw = random.Random(seed)
    pools = list(words.pools(others).values())
    if not pools:
        return list(examples)
    return [
        _renamed(one, words, draw.choice(pools), draw) if draw.random() < share else one
        for one in examples
    ]


class ArticleWords:
    """In how many articles each word is, and whether it is a name."""

    def __init__(self, examples: Iterable[ReadingExample]) -> None:
        texts: dict[str, set[str]] = defaultdict(set)
        for example in examples:
            article = texts[example.title or example.text]
            article.update(_WORD.findall(example.text), _WORD.findall(example.question))
        self.articles = len(texts)
        self.among: Counter[str] = Counter()
        self.capital: Counter[str] = Counter()
        self.small: Counter[str] = Counter()
        for found in texts.values():
            self.among.update({_stem(word) for word in found})
            self.capital.update({_stem(word) for word in found if word[0].isupper()})
            self.small.update({_stem(word) for word in found if word.islower()})

    def kind(self, stem: str) -> _Kind | None:
        """None for what stays: short, frequent, or listed for what it means."""
        if len(stem) < _LEAST_LETTERS or self.among[stem] > _RARE * self.articles:
            return None
        name = self.capital[stem] >= self.small[stem]
        if not name and (stem in word_groups() or stem in same_words()):
            return None
        return name, next((end for end in _ENDINGS if stem.endswith(end)), "")

    def pools(
        self, examples: Iterable[ReadingExample]
    ) -> Mapping[str, Mapping[_Kind, Sequence[str]]]:
        """The stems of each kind in each article, those of several texts several times."""
        texts = {example.text: example.title or example.text for example in examples}
        found: dict[str, dict[_Kind, list[str]]] = defaultdict(lambda: defaultdict(list))
        for text, article in texts.items():
            for stem in sorted({_stem(word) for word in _WORD.findall(text)}):
                kind = self.kind(stem)
                if kind is not None:
                    found[article][kind].append(stem)
        return found


def _renamed(
    example: ReadingExample,
    words: ArticleWords,
    pools: Mapping[_Kind, Sequence[str]],
    draw: random.Random,
) -> ReadingExample:
    found = _WORD.findall(f"{example.question} {example.title} {example.text}")
    stems = list(dict.fromkeys(_stem(word) for word in found))
    begins = Counter(stem[:_RELATED] for stem in stems)
    said, to = set(stems), dict[str, str]()
    for stem in stems:
        kind = words.kind(stem) if begins[stem[:_RELATED]] == 1 else None
        if kind is not None and pools.get(kind) and draw.random() < _CHANGED:
            other = draw.choice(pools[kind])
            if other not in said:  # two words that become one could make an answer right
                said.add(other)
                to[stem] = other
    before, answer, after = (
        _with(part, to)
        for part in (
            example.text[: example.start],
            example.text[example.start : example.end],
            example.text[example.end :],
        )
    )
    return replace(
        example,
        question=_with(example.question, to),
        title=_with(example.title, to),
        text=before + answer + after,
        start=len(before),
        end=len(before) + len(answer),
    )


def _with(text: str, to: Mapping[str, str]) -> str:
    def other(match: re.Match[str]) -> str:
        word = match[0]
        stem = _stem(word)
        if stem not in to:
            return word
        new = to[stem] + word[len(stem) :].casefold()
        if word.isupper():
            return new.upper()
        return new[0].upper() + new[1:] if word[0].isupper() else new

    return _WORD.sub(other, text)


def _stem(word: str) -> str:
    """Folded, without the plural's s."""
    folded = word.casefold()
    plural = len(folded) > _LEAST_LETTERS and folded.endswith("s") and not folded.endswith("ss")
    return folded[:-1] if plural else folded
