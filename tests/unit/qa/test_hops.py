"""Questions over several hops, over a small store with a gap in its graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from film_store import fill

from kgqa.link.candidates import seed_entities
from kgqa.lm.adapter import shipped_weights
from kgqa.lm.backbone import Backbone, load_backbone
from kgqa.lm.encoder import Encoder
from kgqa.names import name_key
from kgqa.ontology import load_ontology
from kgqa.qa import hop_steps
from kgqa.qa.calibration import Calibration
from kgqa.qa.hop_passages import ABOUT, MENTIONS, HopPassage, hop_passages
from kgqa.qa.hop_steps import HopSteps, start_of
from kgqa.qa.hop_votes import Votes
from kgqa.qa.hops import HopReader
from kgqa.qa.model import ReaderModel
from kgqa.qa.question import question_of
from kgqa.qa.question_paths import Hop, PathFinder
from kgqa.qa.question_words import Followed
from kgqa.qa.reader import Reader
from kgqa.qa.span_scores import Span, span_margins
from kgqa.qa.topic_spans import name_spans
from kgqa.qa.windows import Reading
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import (
    Answer,
    Entity,
    Evidence,
    Passage,
    ScoredPassage,
    Triple,
)

ARTICLES = {
    "Night Harbour": "Night Harbour is a 1961 film directed by Olga Brandt.",
    "Olga Brandt": "Olga Brandt was born in Tallinn. Her father was Karl Brandt, a painter.",
    "Karl Brandt": "Karl Brandt was a painter. He died in Vienna in 1950.",
    "Silent Orchard": "Silent Orchard is a film directed by Piet Maas.",
}
TYPES = {"Olga Brandt": "person", "Karl Brandt": "person", "Piet Maas": "person",
         "Tallinn": "location", "Vienna": "location", "Night Harbour": "miscellaneous",
         "Silent Orchard": "miscellaneous"}  # fmt: skip
STATED = {("Night Harbour", "P57", "Olga Brandt"), ("Olga Brandt", "P22", "Karl Brandt"),
          ("Silent Orchard", "P57", "Piet Maas")}  # fmt: skip
"""What extraction found: no place of birth, no place of death."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    folder = tmp_path_factory.mktemp("hops")
    with open_store(f"sqlite:///{folder / 'films.db'}") as opened:
        fill(opened, ARTICLES, TYPES, STATED)
        yield opened


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(precision="fp32")


@pytest.fixture(scope="module")
def paths(backbone: Backbone) -> PathFinder:
    return PathFinder(Encoder(backbone), load_ontology())


@pytest.fixture(scope="module")
def reader(backbone: Backbone) -> Reader:
    return Reader.load(shipped_weights("reader"), backbone)


def _ask(text: str, store: GraphStore, reader: Reader, paths: PathFinder) -> Answer:
    hops = HopReader(reader, paths, load_ontology())
    return hops.answer(question_of(text), store, seed_entities(store, text))


def _steps(text: str, store: GraphStore, paths: PathFinder) -> list[str]:
    (span,) = name_spans(text, seed_entities(store, text))
    path = paths.path(text, span)
    return [] if path is None else [hop.step.relation for hop in path.hops]


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("Where was the director of Night Harbour born?", ["P57", "P19"]),
        ("When is Olga Brandt's father's birthday?", ["P22", "P569"]),
        ("Which country is the director of film Night Harbour from?", ["P57", "P27"]),
        ("Who is Olga Brandt's paternal grandfather?", ["P22", "P22"]),
        ("Who is the mother-in-law of Olga Brandt?", ["P26", "P25"]),
        ("Where did Olga Brandt's husband die?", ["P26", "P20"]),
        ("Where was the paternal grandfather of Olga Brandt born?", ["P22", "P22", "P19"]),
        ("What is the place of birth of Olga Brandt?", ["P19"]),
        ("Where was Olga Brandt born?", []),
    ],
)
def test_a_question_is_taken_apart_by_its_wording(
    store: GraphStore, paths: PathFinder, text: str, relations: list[str]
) -> None:
    assert _steps(text, store, paths) == relations


def test_names_that_touch_are_one_and_words_are_none(store: GraphStore) -> None:
    text = "Where was the director of Night Harbour (1961 Film) born?"
    (span,) = name_spans(text, seed_entities(store, text))
    assert text[span.start : span.end] == "Night Harbour (1961 Film)"
    both = "Which came first, Night Harbour or Silent Orchard?"
    names = [both[s.start : s.end] for s in name_spans(both, seed_entities(store, both))]
    assert names == ["Night Harbour", "Silent Orchard"]


def test_a_hop_that_the_graph_lacks_is_read(
    store: GraphStore, reader: Reader, paths: PathFinder
) -> None:
    answer = _ask("Where was the director of Night Harbour born?", store, reader, paths)
    assert answer.text == "Tallinn"
    names = {entity.id: entity.name for entity in store.all_entities()}
    stated = [(names[t.head], t.relation, names[t.tail]) for t in answer.triples]
    assert stated == [("Night Harbour", "P57", "Olga Brandt")]
    assert [one.triple for one in answer.evidence] == list(answer.triples)
    assert [p.title for p in answer.passages] == ["Night Harbour", "Olga Brandt"]
    (span,) = answer.spans
    assert ARTICLES["Olga Brandt"][span.start : span.end] == "Tallinn"
    assert 0 < answer.score < 1


def test_the_second_hop_is_read_too(store: GraphStore, reader: Reader, paths: PathFinder) -> None:
    assert _ask("Where did Olga Brandt's father die?", store, reader, paths).text == "Vienna"


@pytest.mark.parametrize(
    ("second", "read"), [(1.0, ["Olga Brandt", "Karl Brandt"]), (0.01, ["Olga Brandt"])]
)
def test_a_start_that_leads_to_nothing_surer_is_not_read(
    second: float,
    read: list[str],
    store: GraphStore,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps, hop = HopSteps(reader, load_ontology()), Hop(Followed("P19"), "Where was {x} born?")
    entities = {entity.name: entity for entity in store.all_entities()}
    first, other = (
        start_of(name, [entities[name]], store) for name in ("Olga Brandt", "Karl Brandt")
    )
    starts = [first, replace(other, score=second)]
    of_both = steps.step(hop, store, starts)
    looked_at: list[str] = []

    def noted(
        store: GraphStore, name: str, entities: Sequence[str], asked: str
    ) -> list[HopPassage]:
        looked_at.append(name)
        return hop_passages(store, name, entities, asked)

    monkeypatch.setattr(hop_steps, "hop_passages", noted)
    (best,) = steps.step(hop, store, starts, most=1)
    assert looked_at == read
    assert (best.name, best.spans) == (of_both[0].name, of_both[0].spans)
    assert best.score == pytest.approx(of_both[0].score, abs=1e-5)


@pytest.mark.parametrize(("offset", "read"), [(60.0, 1), (-60.0, 2)])
def test_a_second_passage_is_read_only_in_doubt(
    offset: float,
    read: int,
    store: GraphStore,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []

    def noted(
        model: ReaderModel,
        backbone: Backbone,
        readings: Sequence[Reading],
        spans: Sequence[Sequence[Span]],
    ) -> list[dict[Span, float]]:
        shown.extend(reading.texts[0].title for reading in readings)
        return span_margins(model, backbone, readings, spans)

    monkeypatch.setattr(hop_steps, "span_margins", noted)
    surer = Reader(reader.model, reader.backbone, replace(reader.calibration, offset=offset))
    steps, hop = HopSteps(surer, load_ontology()), Hop(Followed("P20"), "Where did {x} die?")
    (entity,) = (one for one in store.all_entities() if one.name == "Karl Brandt")
    start = start_of(entity.name, [entity], store)
    sides = steps.step_sides(hop, store, [[start], [], [start]])
    assert shown == [title for title in ("Karl Brandt", "Olga Brandt")[:read] for _ in range(2)]
    assert [[one.name for one in side][:1] for side in sides] == [["Vienna"], [], ["Vienna"]]
    assert sides[0] == steps.step(hop, store, [start])


def test_what_no_hop_leads_to_and_what_joins_nothing_is_left_to_others(
    store: GraphStore, reader: Reader, paths: PathFinder
) -> None:
    unsure = Reader(reader.model, reader.backbone, replace(reader.calibration, offset=-60.0))
    lacking = "Where was the director of Silent Orchard born?"
    for text in (lacking, "Where was Olga Brandt born?", "Is Night Harbour or Silent Orchard old?"):
        assert _ask(text, store, unsure, paths).text is None


def test_passages_about_a_name_come_first(store: GraphStore) -> None:
    ids = [entity.id for entity in store.all_entities() if entity.name == "Karl Brandt"]
    found = hop_passages(store, "Karl Brandt", ids, "Where did Karl Brandt die?")
    assert [(one.passage.title, one.tie) for one in found] == [
        ("Karl Brandt", ABOUT),
        ("Olga Brandt", MENTIONS),
    ]
    place = ARTICLES["Karl Brandt"].index("Vienna")
    assert found[0].names[place, place + 6].name == "Vienna"
    assert found[0].of_types(frozenset({"location"})) == [(place, place + 6)]


LIFE = "Karl Brandt (3 May 1880 \u2013 9 June 1950) was the father of Olga Brandt."
EVEN = Calibration(1.0, 0.0)
"""A margin of 0 is a probability of a half."""


def _read(tie: int = ABOUT) -> HopPassage:
    passage = Passage("p", "d", 100, 100 + len(LIFE), LIFE)
    names = {}
    for name in ("Karl Brandt", "Olga Brandt"):
        start = LIFE.index(name)
        names[start, start + len(name)] = Entity(name, "person", name)
    return HopPassage(ScoredPassage(passage, "Karl Brandt", "d.txt", 1.0), tie, names)


def _span(text: str) -> tuple[int, int]:
    return LIFE.index(text), LIFE.index(text) + len(text)


def _votes(relation: str, kind: str, before: str = "", related: str = "") -> Votes:
    return Votes(relation, frozenset({kind}), frozenset({name_key(before)}), frozenset({related}))


def test_graph_and_text_vote_for_the_same_entity() -> None:
    votes = _votes("P22", "person")
    triple = Triple("Olga Brandt", "P22", "Karl Brandt")
    evidence = Evidence(triple, "p", 100, 110, 0.5, "test")
    votes.add_triple(triple, Entity("Karl Brandt", "person", "Karl Brandt"), evidence)
    votes.add_reading(_read(), {_span("Karl Brandt"): 0.0}, EVEN)
    (vote,) = votes.all()
    assert vote.graph == pytest.approx(0.35)
    assert vote.score == pytest.approx(1 - (1 - 0.35) * (1 - 0.5))
    assert list(vote.evidence) == [triple]


@pytest.mark.parametrize(("relation", "date"), [("P569", "3 May 1880"), ("P570", "9 June 1950")])
def test_of_two_dates_the_one_that_is_asked_for(relation: str, date: str) -> None:
    votes = _votes(relation, "time")
    votes.add_reading(_read(), {_span("3 May 1880 \u2013 9 June 1950"): 2.0}, EVEN)
    (vote,) = votes.all()
    assert vote.name == date
    start = vote.spans[0].start - 100
    assert LIFE[start : start + len(date)] == date


def test_what_speaks_against_a_span() -> None:
    def score(tie: int = ABOUT, kind: str = "person", related: str = "") -> float:
        votes = _votes("P22", kind, related=related)
        votes.add_reading(_read(tie), {_span("Karl Brandt"): 0.0}, EVEN)
        return votes.all()[0].score

    assert score() == pytest.approx(0.5)
    assert score(tie=MENTIONS) < score()
    assert score(kind="location") < score()
    assert score(related="Karl Brandt") < score()


def test_no_hop_leads_back() -> None:
    votes = _votes("P22", "person", before="Olga Brandt")
    votes.add_reading(_read(), {_span("Olga Brandt"): 3.0, _span("Karl Brandt"): 0.0}, EVEN)
    assert [vote.name for vote in votes.all()] == ["Karl Brandt"]
