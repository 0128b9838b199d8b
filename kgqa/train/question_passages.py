"""A draft with its passages: the supporting ones, distractors, and what makes it unanswerable."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Sequence

from kgqa.names import without_qualifier
from kgqa.train.question_draft import Draft
from kgqa.train.question_graph import QuestionGraph
from kgqa.train.reading_tasks import ReadingTask, TaskPassage, TaskSpan, spans_of
from kgqa.types import digest_of

_TRIES = 12
_SWAPPED = 0.4
"""How many of the unanswerable questions name another entity; the others lack a passage."""


class PassageChoice:
    """
    Args:
        distractors: how many each task gets, if the store has so many that fit.
    """

    def __init__(self, graph: QuestionGraph, distractors: int) -> None:
        self.graph = graph
        self.distractors = distractors
        self._all = sorted(graph.passages)
        self._folded = {i: p.text.casefold() for i, p in graph.passages.items()}
        self._alike: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        for entity in sorted(graph.passages_of):
            if graph.naming.is_topic(entity):
                self._alike[graph.type_of(entity), graph.naming.kind(entity)].append(entity)

    def answerable(self, draft: Draft, draw: random.Random) -> ReadingTask | None:
        """None if no supporting passage has the answer's whole name."""
        supporting = self._supporting(draft)
        spans: tuple[TaskSpan, ...] = ()
        answers: tuple[str, ...] = (draft.kind,)
        if draft.answer is not None:
            answers = self._answer_names(draft)
            found = {
                *self.graph.spans(draft.answer, supporting),
                *spans_of(answers, supporting, any_case=False),
            }
            spans = tuple(s for s in sorted(found) if not any(_inside(s, other) for other in found))
            if not self._named_whole(spans, supporting, answers):
                return None
        return ReadingTask(
            digest_of(draft.question, *(p.id for p in supporting))[:16],
            draft.question,
            draft.kind,
            answers,
            spans,
            tuple(supporting),
            tuple(self._distractors(draft, supporting, (), draw)),
            len(draft.facts),
            draft.relations,
            draft.answer,
            draft.form,
        )

    def unanswerable(self, draft: Draft, draw: random.Random) -> ReadingTask | None:
        """The draft with another entity in its question, or without one of its passages; None
        if neither is sure to leave no answer."""
        swap = draft.form == "chain" and draw.random() < _SWAPPED
        return self._swapped(draft, draw) if swap else self._lacking(draft, draw)

    def _swapped(self, draft: Draft, draw: random.Random) -> ReadingTask | None:
        """The start of the path gives way to one of its type and kind, of which the graph has
        nothing by the first relation; the passage about it is there, and does not tell."""
        graph, start = self.graph, draft.asked[0]
        relation, inverse = draft.relations[0], draft.facts[0].triple.tail == start.entity
        alike = self._alike[graph.type_of(start.entity), graph.naming.kind(start.entity)]
        supporting = self._supporting(draft)
        for entity in draw.sample(alike, min(_TRIES, len(alike))):
            name = graph.naming.name(graph.entities[entity])
            if name is None or graph.targets(entity, relation, inverse):
                continue
            if any(entity in graph.content.mentioned[p.id] for p in supporting):
                continue
            own = [
                graph.passages[i] for i in graph.passages_of[entity] if graph.is_about(entity, i)
            ]
            question = draft.question.replace(start.name, name)
            if own and question != draft.question:
                return self._unanswered(draft, question, supporting, own[:1], draw)
        return None

    def _lacking(self, draft: Draft, draw: random.Random) -> ReadingTask | None:
        supporting = self._supporting(draft)
        # The last passage of a chain has its answer; of two that are compared either is needed.
        gone = supporting[-1] if draft.is_chain else draw.choice(supporting)
        left = [passage for passage in supporting if passage is not gone]
        if draft.is_chain and self._holds_answer(draft, left):
            return None
        return self._unanswered(draft, draft.question, left, (), draw, gone)

    def _unanswered(
        self,
        draft: Draft,
        question: str,
        supporting: Sequence[TaskPassage],
        others: Sequence[TaskPassage],
        draw: random.Random,
        gone: TaskPassage | None = None,
    ) -> ReadingTask:
        """`others` stand among the distractors. With a swapped entity nothing is supporting."""
        lost = () if gone is None else (gone,)
        placed = list(others) if gone is not None else [*others, *supporting]
        kept = tuple(supporting) if gone is not None else ()
        drawn = self._distractors(draft, [*supporting, *others], lost, draw)
        room = max(self.distractors - len(placed), 0)
        return ReadingTask(
            digest_of(question, "none", *(p.id for p in supporting))[:16],
            question,
            "none",
            (),
            (),
            kept,
            (*placed, *drawn[:room]),
            len(draft.facts),
            draft.relations,
            None,
            draft.form,
            tuple(fact.triple for fact in draft.facts if gone and fact.passage_id == gone.id),
        )

    def _supporting(self, draft: Draft) -> list[TaskPassage]:
        found = dict.fromkeys(fact.passage_id for fact in draft.facts)
        altered = {passage.id: passage for passage in draft.altered}
        return [altered.get(i, self.graph.passages[i]) for i in found]

    def _answer_names(self, draft: Draft) -> tuple[str, ...]:
        """The answer's names: as asked, as its title has it, as the graph has it."""
        assert draft.answer is not None
        entity = self.graph.entities[draft.answer]
        asked = [named.name for named in draft.asked if named.entity == draft.answer]
        called = self.graph.naming.name(entity)
        names = [*asked, entity.name, *([] if called is None else [called])]
        kind = self.graph.naming.kind(draft.answer)
        bare = [name.removeprefix(f"the {kind} ") for name in names]
        return tuple(dict.fromkeys(without_qualifier(name) for name in bare))

    def _named_whole(
        self, spans: Sequence[TaskSpan], passages: Sequence[TaskPassage], names: Sequence[str]
    ) -> bool:
        """Whether one of the places has more than a surname, unless that is the whole name."""
        texts = {passage.id: passage.text for passage in passages}
        short = min((len(name.split()) for name in names), default=1) == 1
        return any(short or " " in texts[s.passage_id][s.start : s.end] for s in spans)

    def _holds_answer(self, draft: Draft, passages: Sequence[TaskPassage]) -> bool:
        return any(self._tells(draft, passage.id) for passage in passages)

    def _tells(self, draft: Draft, passage_id: str) -> bool:
        """Whether the passage names the answer, or states one of the draft's facts."""
        if draft.answer is not None and (draft.is_chain or draft.form == "intersection"):
            if draft.answer in self.graph.content.mentioned[passage_id]:
                return True
            name = self.graph.name_of(draft.answer).casefold()
            return name in self._folded[passage_id]
        ends = [{f.triple.head, f.triple.tail} for f in draft.facts]
        mentioned = self.graph.content.mentioned[passage_id]
        return any(pair <= mentioned for pair in ends)

    def _distractors(
        self,
        draft: Draft,
        placed: Collection[TaskPassage],
        lost: Collection[TaskPassage],
        draw: random.Random,
    ) -> list[TaskPassage]:
        """First passages that name an entity of the path, then any; none that could answer."""
        taken = {passage.id for passage in (*placed, *lost)}
        ends = {end for fact in draft.facts for end in (fact.triple.head, fact.triple.tail)}
        ends |= {named.entity for named in draft.asked}
        near = sorted({i for end in ends for i in self.graph.passages_of.get(end, ())} - taken)
        draw.shuffle(near)
        far = draw.sample(self._all, min(len(self._all), 3 * self.distractors))
        chosen: list[TaskPassage] = []
        for passage_id in (*near, *far):
            if len(chosen) == self.distractors:
                break
            if passage_id not in taken and not self._tells(draft, passage_id):
                chosen.append(self.graph.passages[passage_id])
                taken.add(passage_id)
        return chosen


def _inside(span: TaskSpan, other: TaskSpan) -> bool:
    """Whether it is a part of the other."""
    return (
        span != other
        and span.passage_id == other.passage_id
        and other.start <= span.start
        and span.end <= other.end
    )
