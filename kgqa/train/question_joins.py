"""Chains over two documents that the graph does not join: one passage is altered to join them.

Texts of a small corpus seldom lead on to each other. So where one passage names a person, a
film or a place, it is given the name of another of that kind, which a second passage is about:
"Red Valley is a film by Carl Olsen" becomes "... by Ada Brandt", and her passage tells where
she was born. The altered text is not true; that a reader must go from one text to the next is.
"""

from __future__ import annotations

import dataclasses
import random
from collections import defaultdict
from collections.abc import Sequence

from kgqa.train.question_chains import Chains
from kgqa.train.question_draft import Draft
from kgqa.train.question_graph import QuestionGraph, Step
from kgqa.train.reading_tasks import TaskPassage, TaskSpan
from kgqa.types import Triple

FORM = "joined chain"
_TRIES = 8


class JoinedChains:
    """Two-hop chains; the first step ends where an altered passage says."""

    def __init__(self, graph: QuestionGraph, chains: Chains) -> None:
        self.graph, self.chains = graph, chains
        self._firsts: dict[tuple[str, str | None], list[Step]] = defaultdict(list)
        for target in sorted(graph.sure_to):
            for step in graph.sure_to[target]:
                if chains.leads(step) and self._is_kind(target) and self._names_whole(step):
                    self._firsts[self._kind(target)].append(step)

    def draft(self, draw: random.Random) -> Draft | None:
        """A question with its altered passage; None if the draw finds no two that fit."""
        last = self.chains.last_step(draw)
        if last is None or not self.graph.is_about(last.source, last.fact.passage_id):
            return None
        name = self.graph.naming.name(self.graph.entities[last.source])
        firsts = self._firsts.get(self._kind(last.source), [])
        for first in draw.sample(firsts, min(_TRIES, len(firsts))):
            if name is not None and self._apart(first, last):
                return self._joined(first, last, name, draw)
        return None

    def _kind(self, entity: str) -> tuple[str, str | None]:
        return self.graph.type_of(entity), self.graph.naming.kind(entity)

    def _is_kind(self, entity: str) -> bool:
        """Whether it is known well enough what it is to stand for another."""
        kind, named = self._kind(entity)
        return kind == "person" or named is not None

    def _names_whole(self, step: Step) -> bool:
        """Whether the passage is about the step's source and has its target's whole name, which
        the title has not."""
        passage = self.graph.passages[step.fact.passage_id]
        name = self.graph.name_of(step.target)
        return (
            self.graph.is_about(step.source, passage.id)
            and name in passage.text
            and name not in passage.title
        )

    def _apart(self, first: Step, last: Step) -> bool:
        """Whether neither passage tells of the other's entities already."""
        ends = {first.source, first.target, last.source, last.target}
        mentioned = self.graph.content.mentioned
        one, two = mentioned[first.fact.passage_id], mentioned[last.fact.passage_id]
        answer = self.graph.name_of(last.target)
        return (
            len(ends) == 4
            and not one & {last.source, last.target}
            and not two & {first.source, first.target}
            and answer not in self.graph.passages[first.fact.passage_id].text
        )

    def _joined(self, first: Step, last: Step, name: str, draw: random.Random) -> Draft | None:
        passage = self._renamed(first, name)
        if name not in passage.text or self.graph.name_of(first.target) in passage.text:
            return None
        head, tail = first.fact.triple.head, first.fact.triple.tail
        triple = (
            Triple(last.source, first.relation, tail)
            if first.inverse
            else Triple(head, first.relation, last.source)
        )
        fact = dataclasses.replace(first.fact, triple=triple)
        step = dataclasses.replace(first, target=last.source, fact=fact)
        draft = self.chains.worded([step, last], draw)
        if draft is None or name.casefold() in draft.question.casefold():
            return None
        return dataclasses.replace(draft, form=FORM, altered=(passage,))

    def _renamed(self, step: Step, name: str) -> TaskPassage:
        """The step's passage with another name for its target: whole for whole, its last word
        for a single word of a person's."""
        passage = self.graph.passages[step.fact.passage_id]
        short = name.split()[-1] if self.graph.type_of(step.target) == "person" else name
        text, end = "", 0
        for span in _in_order(self.graph.spans(step.target, (passage,))):
            old = passage.text[span.start : span.end]
            text += passage.text[end : span.start] + (name if " " in old else short)
            end = span.end
        return dataclasses.replace(passage, text=text + passage.text[end:])


def _in_order(spans: Sequence[TaskSpan]) -> list[TaskSpan]:
    """By place; of overlapping ones the first."""
    kept: list[TaskSpan] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
