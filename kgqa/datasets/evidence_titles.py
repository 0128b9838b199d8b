"""Which documents support a question whose gold is given as evidence triples (2wiki).

Ho et al., "Constructing A Multi-hop QA Dataset for Comprehensive Evaluation of Reasoning
Steps" (COLING 2020): each evidence triple is stated in the article on its subject. The
subject is named as the knowledge graph or the text has it, which is not always the title.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from kgqa.names import name_key, without_qualifier


class TitleIndex:
    """Titles of a corpus by their name keys: whole, without "(qualifier)", before a comma."""

    def __init__(self, titles: Collection[str]) -> None:
        self.titles = frozenset(titles)
        self._by_key: defaultdict[str, set[str]] = defaultdict(set)
        self._by_head: defaultdict[str, set[str]] = defaultdict(set)
        for title in self.titles:
            self._by_key[name_key(title)].add(title)
            self._by_key[name_key(without_qualifier(title))].add(title)
            self._by_head[name_key(title.partition(",")[0])].add(title)

    def named(self, name: str, question: str) -> str | None:
        """The title of the article on `name`, None if there is none or it is ambiguous.

        Of several with its key, the longest that the question spells out ("Mimi (song)"),
        else `name` itself, else the only one.
        """
        for index in (self._by_key, self._by_head):
            found = index.get(name_key(name), set())
            asked = _longest(title for title in found if title.casefold() in question.casefold())
            if asked is not None:
                return asked
            if name in found:
                return name
            if len(found) == 1:
                return next(iter(found))
        return None

    def longest_in(self, question: str) -> str | None:
        """The longest title that the question spells out, None if there is none."""
        words = question.split()
        spelled = (
            " ".join(words[start:end])
            for start in range(len(words))
            for end in range(len(words), start, -1)
        )
        return _longest(
            title
            for text in spelled
            for title in self._by_key.get(name_key(text), ())
            if title.casefold() in question.casefold()
        )


def supporting_titles(
    triples: Sequence[Sequence[str]], question: str, index: TitleIndex
) -> tuple[str, ...]:
    """The titles of the documents that state the (subject, relation, tail) triples.

    One document for each distinct subject, found by the subject's name, else by the tail
    that it continues (the second of two triples starts where the first ends), else, for a
    subject that continues nothing, by the longest title in the question. A subject whose
    document is found in none of these ways is left out. Without titles to choose from,
    the subjects themselves are the titles.
    """
    if not index.titles:
        return tuple(dict.fromkeys(triple[0] for triple in triples))
    found: list[str | None] = []
    for n, (subject, _, _) in enumerate(triples):
        title = index.named(subject, question)
        if title is None and n == 1 == len(triples) - 1:
            title = index.named(triples[0][2], question)
        if title is None and n == 0:
            title = index.longest_in(question)
        found.append(title)
    return tuple(dict.fromkeys(title for title in found if title is not None))


def _longest(titles: Iterable[str]) -> str | None:
    return max(titles, key=lambda title: (len(title), title), default=None)
