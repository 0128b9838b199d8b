"""A made question before its passages are put together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from kgqa.train.question_graph import Fact, QuestionGraph, Step
from kgqa.train.question_templates import Phrasing
from kgqa.train.reading_tasks import AnswerKind, TaskPassage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draft:
    """
    Args:
        form: `chain`, `joined chain`, `comparison`, `same`, `role comparison`, `role same` or
            `intersection`.
        kind: `span`, `yes` or `no`.
        answer: the answer's entity, None for `yes` and `no`.
        facts: what the answer follows from, in the order of the path.
        asked: the entities that the question names, as (id, name in the question).
        altered: what some of the facts' passages say in place of what they say in the store.
    """

    question: str
    form: str
    kind: AnswerKind
    answer: str | None
    facts: tuple[Fact, ...]
    asked: tuple[Named, ...]
    altered: tuple[TaskPassage, ...] = ()

    @property
    def is_chain(self) -> bool:
        """Whether it is a chain, of one document or joined."""
        return self.form.endswith("chain")

    @property
    def relations(self) -> tuple[str, ...]:
        """Of its facts, in order."""
        return tuple(fact.triple.relation for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Named:
    """An entity and what a question calls it."""

    entity: str
    name: str


def called(graph: QuestionGraph, entity: str, draw: random.Random) -> str | None:
    """What a question calls the entity, at times with its kind ("the film Oz"); None as
    `Naming.name`."""
    name = graph.naming.name(graph.entities[entity])
    kind = graph.naming.kind(entity)
    if name is not None and kind is not None and draw.random() < _WITH_KIND:
        clear = graph.type_of(entity) == "miscellaneous" and kind not in name.casefold()
        return f"the {kind} {name}" if clear else name
    return name


_WITH_KIND = 0.3


def fill(template: str, x: str, kind: str) -> str:
    """The template with its slots filled."""
    return template.replace("{kind}", kind).replace("{x}", x)


def kind_of(graph: QuestionGraph, entity: str, phrasing: Phrasing) -> str | None:
    """What {kind} is for this answer; None if the wording does not suit its kind."""
    if graph.type_of(entity) == "person":
        return phrasing.kinds[0] if phrasing.kinds else "person"
    known = graph.naming.kind(entity)
    if len(phrasing.kinds) > 1:
        return known if known in phrasing.kinds else None
    return known or (phrasing.kinds[0] if phrasing.kinds else "thing")


def wording(texts: Sequence[str], x: str, simple: bool, draw: random.Random) -> str | None:
    """One of the templates; possessives only where `x` is simple (a name, or a possessive
    itself) and its own end takes one."""
    allowed = [text for text in texts if "{x}'s" not in text or (simple and not x.endswith("."))]
    return draw.choice(allowed) if allowed else None


def phrasing_of(graph: QuestionGraph, step: Step) -> Phrasing:
    """How the step is put into words."""
    return graph.templates.phrasing(step.relation, step.inverse, graph.type_of(step.target))


def sentence(text: str) -> str:
    """With a capital at its beginning."""
    return text[:1].upper() + text[1:]
