"""Questions that compare two things, or the persons behind two works."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from kgqa.names import name_key
from kgqa.qa.dates import WrittenDate, parse_date
from kgqa.train.question_draft import Draft, Named, called, sentence
from kgqa.train.question_graph import QuestionGraph, Step
from kgqa.train.question_sides import Side, pair_of, weighted
from kgqa.train.question_templates import DatePhrasing

_LONGEST_LIFE = 110
_TRIES = 30
_LEAST_DAYS = 370
"""Two lives differ by more than a year, so that birthdays do not decide."""


class Comparisons:
    """Pairs of sides with the same question; each side's value is sure."""

    def __init__(self, graph: QuestionGraph) -> None:
        self.graph = graph
        templates = graph.templates
        self._dates = {r: self._groups(self._sides(r)) for r in templates.dates}
        self._lives = self._groups(self._whole_lives())
        self._same = {r: self._groups(self._sides(r)) for r in templates.same}
        works = {role: self._sides(role) for role in templates.roles}
        self._role_dates = {
            (role, r): self._groups(self._behind(sides, r))
            for role, sides in works.items()
            for r in templates.role_dates
        }
        self._role_same = {
            (role, r): self._groups(self._behind(sides, r))
            for role, sides in works.items()
            for r in templates.role_same
        }

    def comparison(self, draw: random.Random) -> Draft | None:
        """As "Who was born first, A or B?" or "Who lived longer, A or B?"; None as `same`."""
        relation = weighted({**self._dates, "life": self._lives}, draw)
        if relation is None:
            return None
        if relation == "life":
            return self._longer(draw)
        pair = pair_of(self._dates[relation], draw)
        return pair and self._dated(pair, self.graph.templates.dates[relation], "comparison", draw)

    def role_comparison(self, draw: random.Random) -> Draft | None:
        """As "Which film has the director who was born first, A or B?"; None as `same`."""
        key = weighted(self._role_dates, draw)
        if key is None:
            return None
        pair = pair_of(self._role_dates[key], draw)
        phrasing = self.graph.templates.role_dates[key[1]]
        role = self.graph.templates.roles[key[0]]
        return pair and self._dated(pair, phrasing, "role comparison", draw, role)

    def same(self, draw: random.Random) -> Draft | None:
        """As "Do A and B have the same nationality?"; None if the draw gives no sure pair."""
        relation = weighted(self._same, draw)
        if relation is None:
            return None
        return self._alike(self._same[relation], self.graph.templates.same[relation], "same", draw)

    def role_same(self, draw: random.Random) -> Draft | None:
        """As "Do the directors of A and B have the same nationality?"; None as `same`."""
        key = weighted(self._role_same, draw)
        if key is None:
            return None
        texts, role = self.graph.templates.role_same[key[1]], self.graph.templates.roles[key[0]]
        worded = [text.replace("{role}", role) for text in texts]
        return self._alike(self._role_same[key], worded, "role same", draw)

    def _sides(self, relation: str) -> list[Side]:
        """Everything with a name and one sure value of the relation."""
        graph = self.graph
        return [
            Side(step.source, self._kind(step.source), step.target, (step.fact,))
            for (_, found, inverse), step in sorted(graph.sure_from.items())
            if found == relation and not inverse and self._nameable(step)
        ]

    def _nameable(self, step: Step) -> bool:
        graph = self.graph
        named = graph.naming.name(graph.entities[step.source]) is not None
        known = graph.type_of(step.source) == "person" or graph.naming.kind(step.source) is not None
        return named and known and graph.is_about(step.source, step.fact.passage_id)

    def _kind(self, entity: str) -> str:
        person = self.graph.type_of(entity) == "person"
        return "person" if person else self.graph.naming.kind(entity) or ""

    def _behind(self, works: Sequence[Side], relation: str) -> list[Side]:
        """The works with a sure value of the relation for the one person behind each."""
        found = []
        for work in works:
            step = self.graph.sure_from.get((work.value, relation, False))
            if step is not None and self.graph.is_about(work.value, step.fact.passage_id):
                found.append(Side(work.entity, work.kind, step.target, (*work.facts, step.fact)))
        return found

    def _whole_lives(self) -> list[Side]:
        deaths = {side.entity: side for side in self._sides("P570")}
        return [
            Side(side.entity, side.kind, "", (*side.facts, *deaths[side.entity].facts))
            for side in self._sides("P569")
            if side.entity in deaths
        ]

    def _groups(self, sides: Sequence[Side]) -> list[list[Side]]:
        """Sides of one kind, which alone are compared; those with at least two."""
        groups: dict[str, list[Side]] = defaultdict(list)
        for side in sides:
            groups[side.kind].append(side)
        return [groups[kind] for kind in sorted(groups) if len(groups[kind]) > 1]

    def _date(self, entity: str) -> WrittenDate | None:
        return parse_date(self.graph.name_of(entity))

    def _dated(
        self,
        pair: tuple[Side, Side],
        phrasing: DatePhrasing,
        form: str,
        draw: random.Random,
        role: str = "",
    ) -> Draft | None:
        dates = self._date(pair[0].value), self._date(pair[1].value)
        persons = {side.facts[0].triple.tail for side in pair}
        if dates[0] is None or dates[1] is None or (role and len(persons) < 2):
            return None
        before = dates[0].before(dates[1])
        if before is None:
            return None
        first = draw.random() < 0.5
        text = draw.choice(phrasing.first if first else phrasing.last)
        answer = pair[0] if before == first else pair[1]
        return self._draft(pair, text.replace("{role}", role), form, answer, draw)

    def _longer(self, draw: random.Random) -> Draft | None:
        pair = pair_of(self._lives, draw)
        if pair is None:
            return None
        lives = [self._days(side) for side in pair]
        if lives[0] is None or lives[1] is None or abs(lives[0] - lives[1]) < _LEAST_DAYS:
            return None
        answer = pair[0] if lives[0] > lives[1] else pair[1]
        text = draw.choice(self.graph.templates.longer_life)
        return self._draft(pair, text, "comparison", answer, draw)

    def _days(self, side: Side) -> int | None:
        born, died = (self._date(fact.triple.tail) for fact in side.facts)
        if born is None or died is None:
            return None
        days = died.days_after(born)
        return days if 0 < days < 365 * _LONGEST_LIFE else None

    def _alike(
        self, groups: list[list[Side]], texts: Sequence[str], form: str, draw: random.Random
    ) -> Draft | None:
        wanted = draw.random() < 0.5
        for _ in range(_TRIES):
            group = draw.choices(groups, [len(group) for group in groups])[0]
            one = draw.choice(group)
            others = [s for s in group if not wanted or self._value(s) == self._value(one)]
            other = draw.choice(others)
            if other.entity != one.entity and self._verdict(one, other) is wanted:
                text = draw.choice(texts)
                return self._draft((one, other), text, form, None, draw, wanted)
        return None

    def _value(self, side: Side) -> str:
        """The country that the value stands for, else the value."""
        if self.graph.templates.needs_country(side.facts[-1].triple.relation):
            return self.graph.country_of(side.value) or side.value
        return side.value

    def _verdict(self, one: Side, other: Side) -> bool | None:
        """Whether the two values are the same; None if that is not sure."""
        graph = self.graph
        if len(one.facts) > 1 and one.facts[0].triple.tail == other.facts[0].triple.tail:
            return None
        values = self._value(one), self._value(other)
        if values[0] == values[1]:
            return True
        if graph.templates.needs_country(one.facts[-1].triple.relation):
            return False if graph.templates.surely_different(*values) else None
        words = [set(name_key(graph.name_of(side.value)).split()) for side in (one, other)]
        return None if words[0] & words[1] else False

    def _draft(
        self,
        pair: tuple[Side, Side],
        text: str,
        form: str,
        answer: Side | None,
        draw: random.Random,
        verdict: bool = False,
    ) -> Draft | None:
        plain = form.startswith("role") or "{kind}" in text or draw.random() < 0.5
        names = [
            self.graph.naming.name(self.graph.entities[side.entity])
            if plain
            else called(self.graph, side.entity, draw)
            for side in pair
        ]
        if names[0] is None or names[1] is None or name_key(names[0]) == name_key(names[1]):
            return None
        filled = text.replace("{kind}", pair[0].kind).replace("{a}", names[0])
        question = sentence(filled.replace("{b}", names[1]))
        facts = tuple(dict.fromkeys((*pair[0].facts, *pair[1].facts)))
        asked = (Named(pair[0].entity, names[0]), Named(pair[1].entity, names[1]))
        if answer is not None:
            return Draft(question, form, "span", answer.entity, facts, asked)
        return Draft(question, form, "yes" if verdict else "no", None, facts, asked)
