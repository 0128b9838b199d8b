"""The value of one thing that is compared: a date, countries, a number, or a name.

Only what a text writes of that kind is read for: its dates, the countries that it names. The
reader's margins say which of them answers the question; the graph's triples speak for theirs,
as in `hop_votes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kgqa.qa.comparison_parser import ValueKind
from kgqa.qa.countries import countries
from kgqa.qa.dates import WrittenDate, dates_in, parse_date
from kgqa.qa.hop_passages import HopPassage, hop_passages
from kgqa.qa.hop_steps import HopSteps, Reached, triples_around
from kgqa.qa.hop_votes import EXTRACTED, TRUST
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


def read_values(
    steps: HopSteps, kind: ValueKind, hop: Hop, store: GraphStore, things: Sequence[Reached]
) -> list[list[ReadValue]]:
    """For each thing the values found, best first, all read in one go.

    Args:
        hop: asks for the value.
    """
    asked = [hop.question.replace("{x}", thing.name) for thing in things]
    found = [
        hop_passages(store, thing.name, thing.entities, text)
        for thing, text in zip(things, asked, strict=True)
    ]
    readings, written = [], []
    for text, passages in zip(asked, found, strict=True):
        for one in passages:
            readings.append(Reading(text, (ReadText(one.passage.passage.text, one.passage.title),)))
            written.append(dict(_written(kind, hop.step.relation, one.passage.passage.text)))
    margins = iter(span_margins(steps.reader, readings, [list(spans) for spans in written]))
    spans = iter(written)
    values = []
    for thing, passages in zip(things, found, strict=True):
        votes: dict[Value, ReadValue] = {}
        _add_triples(votes, kind, hop, thing, steps, store)
        for passage in passages:
            _add_reading(votes, thing, passage, next(spans), next(margins), steps)
        values.append(sorted(votes.values(), key=lambda one: -one.score))
    return values


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
