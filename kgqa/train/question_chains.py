"""Questions along a path of one to three facts, and those with two conditions on one answer."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from kgqa.train.question_draft import (
    Draft,
    Named,
    called,
    fill,
    kind_of,
    phrasing_of,
    sentence,
    wording,
)
from kgqa.train.question_graph import QuestionGraph, Step

_ANOTHER_PASSAGE = 0.95
"""How often a step must lead into a document not used yet, where there is such a step."""
_IN_ONE_WORD = 0.8
"""How often two steps that have one word ("grandfather") are asked for by it."""
_ONE_PASSAGE = 0.1
"""How often two conditions of one passage are kept: those of two passages are rare."""


class Chains:
    """Paths of sure steps, drawn backwards from the answer.

    The last relation is drawn by the square root of how often it occurs, so that rare ones
    are asked too.
    """

    def __init__(self, graph: QuestionGraph) -> None:
        self.graph = graph
        by_relation: dict[tuple[str, bool], list[Step]] = defaultdict(list)
        for target in sorted(graph.sure_to):
            for step in graph.sure_to[target]:
                if self._asks(step):
                    by_relation[step.relation, step.inverse].append(step)
        self._groups = [by_relation[key] for key in sorted(by_relation)]
        self._weights = [len(group) ** 0.5 for group in self._groups]
        # The last step of a longer path must start where another step ends.
        reached = {target for target, steps in graph.sure_to.items() if any(map(self.leads, steps))}
        joined = [[s for s in group if s.source in reached] for group in self._groups]
        self._joined = [group for group in joined if group]
        self._joined_weights = [len(group) ** 0.5 for group in self._joined]

    def draft(self, hops: int, draw: random.Random) -> Draft | None:
        """A question over `hops` facts; None if the draw leads nowhere."""
        last = self.last_step(draw, alone=hops == 1)
        if last is None:
            return None
        path = [last]
        while len(path) < hops:
            step = self._before(path, draw)
            if step is None:
                return None
            path.insert(0, step)
        return self.worded(path, draw)

    def last_step(self, draw: random.Random, alone: bool = True) -> Step | None:
        """A step that a question may end with; None if there is none.

        Args:
            alone: it need not start where another step ends.
        """
        groups, weights = (
            (self._groups, self._weights) if alone else (self._joined, self._joined_weights)
        )
        return draw.choice(draw.choices(groups, weights)[0]) if groups else None

    def _asks(self, step: Step) -> bool:
        return bool(questions_of(self.graph, step)) and self._fits(step)

    def leads(self, step: Step) -> bool:
        """Whether the step may stand inside a path."""
        name, kind = self.graph.name_of(step.target), self.graph.type_of(step.target)
        return (
            bool(phrasing_of(self.graph, step).noun)
            and kind not in ("time", "number")
            and not self.graph.templates.is_adjective(name)
            and self._fits(step)
        )

    def _fits(self, step: Step) -> bool:
        return kind_of(self.graph, step.target, phrasing_of(self.graph, step)) is not None

    def _before(self, path: Sequence[Step], draw: random.Random) -> Step | None:
        """A step that ends where the path starts, if possible out of another document."""
        graph = self.graph
        seen = {path[0].source, *(step.target for step in path)}
        documents = {graph.document_of(step) for step in path}
        fitting = [
            step
            for step in graph.sure_to[path[0].source]
            if step.source not in seen and self.leads(step)
        ]
        others = [step for step in fitting if graph.document_of(step) not in documents]
        if others or draw.random() < _ANOTHER_PASSAGE:
            fitting = others
        return draw.choice(fitting) if fitting else None

    def worded(self, path: Sequence[Step], draw: random.Random) -> Draft | None:
        """The question that asks for the path's end; None if no wording suits."""
        graph = self.graph
        start, answer = path[0].source, path[-1].target
        named = called(graph, start, draw)
        if named is None or graph.templates.is_adjective(named):
            return None
        composed = self._composed(path) if draw.random() < _IN_ONE_WORD else ()
        x, simple = named, True
        for step in path[: -2 if composed else -1]:
            phrasing = phrasing_of(graph, step)
            text = wording(phrasing.noun, x, simple, draw)
            kind = kind_of(graph, step.target, phrasing)
            if text is None or kind is None:
                return None
            x, simple = fill(text, x, kind), simple and text.startswith("{x}'s")
        last = phrasing_of(graph, path[-1])
        text = wording(composed or questions_of(graph, path[-1]), x, simple, draw)
        kind = kind_of(graph, answer, last)
        if text is None or kind is None:
            return None
        question = sentence(fill(text, x, kind))
        if graph.name_of(answer).casefold() in question.casefold():
            return None
        facts = tuple(step.fact for step in path)
        return Draft(question, "chain", "span", answer, facts, (Named(start, named),))

    def _composed(self, path: Sequence[Step]) -> tuple[str, ...]:
        """Questions that ask for the last two steps in one word; empty if there is none."""
        if len(path) < 2 or path[-2].inverse or path[-1].inverse:
            return ()
        two = path[-2].relation, path[-1].relation
        return self.graph.templates.compositions.get(two, ())


def questions_of(graph: QuestionGraph, step: Step) -> tuple[str, ...]:
    """The templates that may ask for the step's target, whose name decides which."""
    phrasing, name = phrasing_of(graph, step), graph.name_of(step.target)
    if graph.templates.is_adjective(name):
        return phrasing.ask_adjective
    return phrasing.ask_year if phrasing.ask_year and name.strip().isdigit() else phrasing.ask


class Intersections:
    """Two conditions on one answer: each may fit many, both fit one.

    For instance "Who was born in X and worked at Y?".
    """

    def __init__(self, graph: QuestionGraph) -> None:
        self.graph = graph
        self._answers: list[str] = []
        self._conditions: dict[str, list[Step]] = {}
        for target in sorted(graph.steps_to):
            steps = [step for step in graph.steps_to[target] if phrasing_of(graph, step).verb]
            if len({step.relation for step in steps}) > 1:
                self._answers.append(target)
                self._conditions[target] = steps

    def draft(self, draw: random.Random) -> Draft | None:
        """None if the draw gives no question with one answer."""
        if not self._answers:
            return None
        graph = self.graph
        answer = draw.choice(self._answers)
        one, two = draw.sample(self._conditions[answer], 2)
        if one.source == two.source or one.relation == two.relation:
            return None
        if one.fact.passage_id == two.fact.passage_id and draw.random() > _ONE_PASSAGE:
            return None
        both = graph.targets(one.source, one.relation, one.inverse) & graph.targets(
            two.source, two.relation, two.inverse
        )
        names = [graph.naming.name(graph.entities[step.source]) for step in (one, two)]
        subject = self._subject(answer)
        if both != {answer} or subject is None or None in names:
            return None
        if any(graph.templates.is_adjective(name) for name in names if name):
            return None
        phrases = [
            draw.choice(phrasing_of(graph, step).verb).replace("{x}", name)
            for step, name in zip((one, two), names, strict=True)
            if name is not None
        ]
        joint = draw.choice([" and ", " and ", " and also "])
        question = f"{subject} {joint.join(phrases)}?"
        if graph.name_of(answer).casefold() in question.casefold():
            return None
        asked = tuple(
            Named(step.source, name) for step, name in zip((one, two), names, strict=True) if name
        )
        return Draft(question, "intersection", "span", answer, (one.fact, two.fact), asked)

    def _subject(self, answer: str) -> str | None:
        if self.graph.type_of(answer) == "person":
            return "Who"
        kind = self.graph.naming.kind(answer)
        return f"Which {kind}" if kind is not None else None
