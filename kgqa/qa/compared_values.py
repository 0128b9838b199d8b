"""The value of one thing that is compared: a date, countries, a number, or a name.

Only what a text writes of that kind is read for: its dates, the countries that it names. The
reader's margins say which of them answers the question; the graph's triples speak for theirs,
as in `hop_votes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from kgqa.qa.comparison import ValueKind
from kgqa.qa.countries import countries
from kgqa.qa.dates import WrittenDate, dates_in, parse_date
from kgqa.qa.hop_passages import ABOUT, MOST_PASSAGES, HopPassage, hop_passages
from kgqa.qa.hop_steps import HopSteps, Reached, triples_around
from kgqa.qa.hop_votes import EXTRACTED, SURE, TRUST
from kgqa.qa.life_dates import births_and_deaths
from kgqa.qa.numbers import Quantity, quantities_in
from kgqa.qa.question_paths import Hop
from kgqa.qa.span_scores import Span, span_margins
from kgqa.qa.windows import Reading, ReadText
from kgqa.store.base import GraphStore
from kgqa.types import AnswerSpan, Evidence, ScoredPassage, Triple

Value = WrittenDate | Quantity | str
"""A country or a name is text."""
_BORN, _DIED = "P569", "P570"


@dataclass(slots=True)
class ReadValue:
    """What speaks for one value of a thing.

    Attributes:
        thing: whose value it is, and the way there.
        graph, text: in [0, 1].
        evidence: the triples that say so; None: given.
        passages, spans: where the text says so.
    """

    value: Value
    thing: Reached
    graph: float = 0.0
    text: float = 0.0
    evidence: dict[Triple, Evidence | None] = field(default_factory=dict)
    passages: tuple[ScoredPassage, ...] = ()
    spans: tuple[AnswerSpan, ...] = ()

    @property
    def score(self) -> float:
        """Of the value and the way to the thing, in [0, 1]."""
        return self.thing.score * (1 - (1 - self.graph) * (1 - self.text))


class _AskedThing:
    """What is asked of one thing, and the values found so far.

    Args:
        hop: asks for the value.
    """

    def __init__(
        self, steps: HopSteps, kind: ValueKind, hop: Hop, store: GraphStore, thing: Reached
    ) -> None:
        self._kind, self._hop, self._steps, self._thing = kind, hop, steps, thing
        self._asked, self._store = hop.question.replace("{x}", thing.name), store
        self._votes: dict[Value, ReadValue] = {}
        _add_triples(self._votes, kind, hop, thing, steps, store)

    @cached_property
    def _passages(self) -> list[HopPassage]:
        return hop_passages(self._store, self._thing.name, self._thing.entities, self._asked)

    def values(self) -> list[ReadValue]:
        """In the order in which they were found."""
        return list(self._votes.values())

    def wants(self, rank: int, best: float) -> bool:
        """Whether its passage of this rank has still to be read.

        Args:
            best: the best score of a value on its side.
        """
        if best >= self._thing.score or rank >= len(self._passages):
            return False
        return not rank or self._passages[0].tie != ABOUT or best < SURE * self._thing.score

    def written(self, rank: int) -> tuple[Reading, dict[Span, Value]]:
        """What to read, and the values that are written there."""
        passage = self._passages[rank].passage
        places = dict(_written(self._kind, self._hop.step.relation, passage.passage.text))
        return Reading(self._asked, (ReadText(passage.passage.text, passage.title),)), places

    def add(self, rank: int, places: dict[Span, Value], margins: dict[Span, float]) -> None:
        """Count a reading of the passage of this rank, by the margins of its places."""
        _add_reading(self._votes, self._thing, self._passages[rank], places, margins, self._steps)


def read_values(
    steps: HopSteps,
    kind: ValueKind,
    hop: Hop,
    store: GraphStore,
    sides: Sequence[Sequence[Reached]],
) -> list[list[ReadValue]]:
    """For each side the values of all that may stand behind it, best first.

    Both sides are read in the same passes. A second passage is read only where the first
    leaves doubt, and a thing only if it can still lead to a better value: no value is surer
    than the way to its thing.

    Args:
        hop: asks for the value.
    """
    found = [[_AskedThing(steps, kind, hop, store, thing) for thing in side] for side in sides]
    for place in range(max(map(len, found), default=0)):
        of_place = [side for side in found if len(side) > place]
        for rank in range(MOST_PASSAGES):
            due = [side[place] for side in of_place if side[place].wants(rank, _best(side))]
            shown = [one.written(rank) for one in due]
            readings, spans = [one for one, _ in shown], [list(places) for _, places in shown]
            model, backbone = steps.reader.model, steps.reader.backbone
            read = span_margins(model, backbone, readings, spans)
            for one, (_, places), margins in zip(due, shown, read, strict=True):
                one.add(rank, places, margins)
    return [sorted(_values(side), key=lambda one: -one.score) for side in found]


def _values(side: Sequence[_AskedThing]) -> list[ReadValue]:
    return [value for one in side for value in one.values()]


def _best(side: Sequence[_AskedThing]) -> float:
    """The best score of a value so far."""
    return max((value.score for value in _values(side)), default=0.0)


def _written(kind: ValueKind, relation: str, text: str) -> Iterator[tuple[Span, Value]]:
    """The places of a text that write a value of the kind, and may be the relation's."""
    if kind in ("date", "year", "life"):
        dates = list(dates_in(text))
        births, deaths = births_and_deaths(text, dates)
        others = {_BORN: deaths, _DIED: births}.get(relation, frozenset())
        yield from (((one.start, one.end), one.date) for one in dates if one not in others)
    elif kind == "number":
        yield from (((one.start, one.end), one.quantity) for one in quantities_in(text))
    elif kind == "country":
        named = list(countries().named_in(text)) or countries().regions_in(text)
        yield from (((one.start, one.end), one.country) for one in named)


def _value_of(kind: ValueKind, name: str) -> Value | None:
    """What an entity's name says."""
    return countries().country(name) if kind == "country" else parse_date(name)


def _add_triples(
    votes: dict[Value, ReadValue],
    kind: ValueKind,
    hop: Hop,
    thing: Reached,
    steps: HopSteps,
    store: GraphStore,
) -> None:
    if kind == "number":
        return
    for triple, end, evidence in steps.stated(hop.step, thing, triples_around(thing, store), store):
        value = _value_of(kind, end.name)
        if value is not None:
            vote = votes.setdefault(value, ReadValue(value, thing))
            vote.evidence[triple] = evidence
            vote.graph = max(vote.graph, 1.0 if evidence is None else EXTRACTED * evidence.score)


def _add_reading(
    votes: dict[Value, ReadValue],
    thing: Reached,
    read: HopPassage,
    written: dict[Span, Value],
    margins: dict[Span, float],
    steps: HopSteps,
) -> None:
    passage = read.passage.passage
    for (start, end), value in written.items():
        if (start, end) not in margins:
            continue
        score = steps.reader.calibration.score(margins[start, end]) * TRUST[read.tie]
        vote = votes.setdefault(value, ReadValue(value, thing))
        if score > vote.text:
            vote.text, vote.passages = score, (read.passage,)
            place = (passage.start + start, passage.start + end)
            vote.spans = (
                AnswerSpan(passage.id, read.passage.source, *place, passage.text[start:end]),
            )


def read_names(
    steps: HopSteps, hop: Hop, store: GraphStore, things: Sequence[Reached]
) -> list[ReadValue]:
    """The names that a relation leads to from any of the things, best first."""
    return [
        ReadValue(
            one.name,
            replace(one, score=1.0),
            text=one.score,
            passages=one.passages,
            spans=one.spans,
        )
        for one in steps.step(hop, store, things)
    ]
