"""Questions that compare two named things: each is read for its value, a rule decides.

What the question compares them by is read from its words (`comparison_parser`). Each name is
followed to who stands behind it, where that is asked about, and read for its value
(`compared_values`); then the earlier date, the greater number, or whether the two are the same
is the answer (`comparison_rules`). Where one of the two has no value, or the rule cannot tell,
there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from kgqa.ontology import Ontology
from kgqa.qa.compared_names import ComparedName, ComparedNames, compared_names
from kgqa.qa.compared_values import ReadValue, read_names, read_values
from kgqa.qa.comparison import Comparison
from kgqa.qa.comparison_parser import ComparisonParser
from kgqa.qa.comparison_rules import are_same, best_life, is_less, is_shorter
from kgqa.qa.hop_steps import HopSteps, Reached, start_of
from kgqa.qa.question_paths import Hop
from kgqa.store.base import GraphStore
from kgqa.types import Answer, Question

_LEAST_SCORE, _LEAST_FOR_NUMBERS = 0.02, 0.2
"""Below this product of the values' probabilities a comparison says too little. A text has many
numbers, and what is counted is no relation that a triple could state. Of 139 comparisons of
2wiki's training part one has 0.02 to 0.05 (it is right), 12 have 0.2 to 0.4 (10 are right)."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two names with what was read for it: for each question asked the values,
    best first, at least one."""

    name: ComparedName
    read: tuple[Sequence[ReadValue], ...]


class ComparisonReader:
    """
    Args:
        steps: follows a name to who stands behind it; its reader reads the values.
        ontology: tells what may be compared by what.
    """

    def __init__(self, steps: HopSteps, ontology: Ontology) -> None:
        self._steps = steps
        self._parser = ComparisonParser(ontology)

    def answer(self, question: Question, store: GraphStore) -> Answer | None:
        """One of the two names, or yes or no; None if the question compares no two known
        names, or what was read does not tell.

        Returns:
            `triples`, `evidence` and `passages` are those of both names, the first one's
            first; `spans` are where the two values are stated.
        """
        names = compared_names(question.text, store)
        if names is None:
            return None
        comparison = self._parser.parse(question.text, names)
        if comparison is None:
            return None
        sides = self._sides(comparison, names, store)
        if sides is None:
            return None
        found = _compared(comparison, *sides)
        if found is None:
            return None
        text, values = found
        score = prod(value.score for value in values)
        least = _LEAST_FOR_NUMBERS if comparison.kind == "number" else _LEAST_SCORE
        return _answer(question, text, score, values) if score >= least else None

    def _sides(
        self, comparison: Comparison, names: ComparedNames, store: GraphStore
    ) -> tuple[_Side, _Side] | None:
        """Both with their values; None where one of them lacks one."""
        both = (names.first, names.second)
        things = [[start_of(name.text, name.entities, store)] for name in both]
        for hop in comparison.role:
            things = self._steps.step_sides(hop, store, things)
        read = [self._read(comparison, hop, store, things) for hop in comparison.asked]
        if not all(values for one in read for values in one):
            return None
        first, second = (_Side(name, tuple(one[i] for one in read)) for i, name in enumerate(both))
        return first, second

    def _read(
        self,
        comparison: Comparison,
        hop: Hop,
        store: GraphStore,
        things: Sequence[Sequence[Reached]],
    ) -> list[list[ReadValue]]:
        """For each side the values of all that may stand behind it, best first."""
        if comparison.kind == "name":
            return [read_names(self._steps, hop, store, side) for side in things]
        return read_values(self._steps, comparison.kind, hop, store, things)


def _compared(
    comparison: Comparison, first: _Side, second: _Side
) -> tuple[str, list[ReadValue]] | None:
    """The answer by the rule, and the values that it is drawn from; None where the rule
    cannot tell."""
    values = [first.read[0][0], second.read[0][0]]
    if comparison.rule == "same":
        same = are_same(comparison.kind, first.read[0], second.read[0], comparison.constant)
        unsure = same is None or (same and comparison.asks_more)
        return None if unsure else ("yes" if same else "no", values)
    if comparison.kind == "life":
        lives = best_life(*first.read), best_life(*second.read)
        if lives[0] is None or lives[1] is None:
            return None
        less, values = is_shorter(lives[0], lives[1]), [*lives[0], *lives[1]]
    else:
        less = is_less(*values)
    if less is None:
        return None
    is_first = less == (comparison.rule == "least")
    if comparison.verdict:
        return "yes" if is_first else "no", values
    if comparison.names_role:
        return values[0 if is_first else len(values) // 2].thing.name, values
    return _written((first if is_first else second).name), values


def _written(name: ComparedName) -> str:
    """The name as the question has it, if that is how one writes it."""
    return name.entities[0].name if name.text.islower() else name.text


def _answer(question: Question, text: str, score: float, values: Iterable[ReadValue]) -> Answer:
    values = list(values)
    stated = [
        evidence
        for value in values
        for evidence in (*value.thing.evidence, *value.evidence.values())
        if evidence is not None
    ]
    return Answer(
        question.id,
        text,
        score,
        tuple(dict.fromkeys(t for one in values for t in (*one.thing.triples, *one.evidence))),
        tuple(dict.fromkeys(stated)),
        tuple(dict.fromkeys(p for one in values for p in (*one.thing.passages, *one.passages))),
        tuple(dict.fromkeys(span for one in values for span in one.spans)),
    )
