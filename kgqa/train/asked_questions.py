"""What people ask for a relation, for made questions that sound like theirs.

SimpleQuestions (Bordes et al. 2015, arXiv 1506.02075; on Wikidata: Diefenbach et al. 2017)
has wordings of 78 properties, such as "how did [MASK] die" for the cause of death. A relation
of any graph takes those of the property whose label says the same, and those that
`known_wordings` has for a relation that is called so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from torch import Tensor

from kgqa.context.text import TextEmbedder
from kgqa.context.topics import MASK
from kgqa.train.known_wordings import wordings_of
from kgqa.train.property_questions import Properties, PropertyExample
from kgqa.train.wordings import same_relation

_TIMES = 2
_NEAR = 0.67
"""Cosine from which a label says the same: "ethnicity" and "ethnic group" have 0.68, "written
by" and "designed by" 0.66, "institution" and its nearest label 0.36."""


class AskedQuestions:
    """Wordings by property.

    Args:
        questions: as `property_questions` gives them. A wording counts if it stands there
            _TIMES times, so that one with a part of a name left in it is left out.
        texts: compares a relation's words with the labels.
    """

    def __init__(
        self, properties: Properties, questions: Sequence[PropertyExample], texts: TextEmbedder
    ) -> None:
        said = Counter(
            (*example.path[0], " ".join(example.text.rstrip("? ").split()))
            for example in questions
            if example.text.count(MASK) == 1
        )
        self._texts = texts
        self._said: dict[tuple[int, int], list[str]] = {}
        for (row, direction, text), times in said.items():
            if times >= _TIMES:
                self._said.setdefault((row, direction), []).append(text)
        self._rows = sorted({row for row, _ in self._said})
        self._labels = list(properties.labels.values())
        self._label_text: Tensor = properties.relation_text[self._rows]

    def of_property(self, row: int, direction: int) -> Sequence[str]:
        """Wordings, each with one MASK, of the property at that row of `Properties`."""
        return (*self._said.get((row, direction), ()), *wordings_of(self._labels[row], direction))

    def of_words(self, words: str, direction: int) -> Sequence[str]:
        """Those of the property that is called so, or whose label is near these words."""
        row = self._row_of(words)
        said = () if row is None else self.of_property(row, direction)
        return tuple(dict.fromkeys((*said, *wordings_of(words, direction))))

    def _row_of(self, words: str) -> int | None:
        for row in self._rows:
            if same_relation(words, self._labels[row]):
                return row
        if not self._rows:
            return None
        near = self._label_text @ self._texts.names([words])[0] / 2  # two halves of unit length
        return self._rows[int(near.argmax())] if float(near.max()) >= _NEAR else None
