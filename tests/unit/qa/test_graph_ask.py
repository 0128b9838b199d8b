"""Answers read from the store agree with those over the whole graph in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from kgqa.context.encoder import ContextShape
from kgqa.context.gnn import RelationWalk
from kgqa.context.graph import TripleGraph
from kgqa.context.text import TextEmbedder
from kgqa.context.topics import TopicIndex
from kgqa.documents.triples import GivenTriple
from kgqa.link.candidates import Seed, seed_entities
from kgqa.link.given import given_id, import_triples
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import GraphReader
from kgqa.qa.graph_ask import answer_from_graph, topics_of
from kgqa.qa.question import question_of
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Entity, Triple

CITIES = ("Paris", "London", "Warsaw", "Cambridge")
PEOPLE = ("Ada Lovelace", "Alan_Turing", "Marie Curie", "Pierre Curie", "Charles Babbage")
TRIPLES = [
    *(GivenTriple(person, "born_in", CITIES[n % 4]) for n, person in enumerate(PEOPLE)),
    *(GivenTriple(person, "film.person.studied", CITIES[n % 3]) for n, person in enumerate(PEOPLE)),
    *(GivenTriple(city, "country", f"country {n % 2}") for n, city in enumerate(CITIES)),
    *(GivenTriple(PEOPLE[0], "wrote", f"letter {n}") for n in range(50)),
]
QUESTIONS = [
    "where was [Ada Lovelace] born",
    "who was born in the city of [Alan_Turing]",
    "where did Marie Curie study ?",
    "which country is Warsaw in",
    "who wrote letter 7",
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    with open_store(f"sqlite:///{tmp_path}/graph.db") as opened:
        import_triples(TRIPLES, opened)
        yield opened


@pytest.fixture
def reader(tiny_backbone: Backbone) -> GraphReader:
    torch.manual_seed(1)
    texts = TextEmbedder(tiny_backbone)
    return GraphReader(RelationWalk(ContextShape(texts.width, tiny_backbone.width)), texts)


@pytest.mark.parametrize("text", QUESTIONS)
def test_the_part_that_is_read_answers_as_the_whole_graph(
    store: GraphStore, reader: GraphReader, text: str
) -> None:
    whole = TripleGraph.from_triples((t.head, t.relation, t.tail) for t in TRIPLES)
    ranked = reader.answer(whole, text, whole.topics(text))
    best = ranked[0]
    assert reader.answer(whole, text, whole.topics(text), most=1) == ranked[:1]
    names = {whole.entities[r.entity] for r in ranked if r.score > best.score - 1e-4}
    answer = answer_from_graph(question_of(text), store, reader, seed_entities(store, text), 0.0)
    assert answer.score == pytest.approx(best.score, abs=1e-4)
    assert answer.text in names
    assert len(answer.triples) in (1, 2, 3)
    assert set(answer.triples) <= set(store.all_triples())
    ends = {given_id(whole.entities[topic]) for topic in whole.topics(text)}
    assert ends & {answer.triples[0].head, answer.triples[0].tail}
    assert given_id(answer.text) in {answer.triples[-1].head, answer.triples[-1].tail}
    assert (answer.passages, answer.evidence) == ((), ())


def test_a_closed_relation_is_not_followed(store: GraphStore, reader: GraphReader) -> None:
    with torch.no_grad():
        for linear in reader.model.gates.bilinear:
            linear.weight.zero_()
        reader.model.gates.scale.zero_()
        reader.model.gates.direction.weight.zero_()
        reader.model.gates.direction.bias.copy_(torch.tensor([8.0, -8.0]))
    text = "who was born in London"
    answer = answer_from_graph(question_of(text), store, reader, seed_entities(store, text), 0.0)
    assert answer.text == "country 1"
    assert answer.triples == (Triple(given_id("London"), "country", given_id("country 1")),)


def test_below_the_least_score_it_abstains(store: GraphStore, reader: GraphReader) -> None:
    text = QUESTIONS[0]
    seeds = seed_entities(store, text)
    sure = answer_from_graph(question_of(text), store, reader, seeds, 0.0)
    unsure = answer_from_graph(question_of(text), store, reader, seeds, sure.score + 0.01)
    assert (unsure.text, unsure.triples) == (None, ())
    assert unsure.score == pytest.approx(sure.score)


def test_without_a_seed_or_a_triple_it_abstains(store: GraphStore, reader: GraphReader) -> None:
    question = question_of("who is Grace Hopper")
    assert answer_from_graph(question, store, reader, [], 0.0).text is None
    store.upsert([Entity("g1", "person", "Grace Hopper")], [])
    seeds = seed_entities(store, question.text)
    assert [seed.entity.id for seed in seeds] == ["g1"]
    assert answer_from_graph(question, store, reader, seeds, 0.0).text is None


def test_namesakes_stay_apart(store: GraphStore, reader: GraphReader) -> None:
    store.upsert(
        [Entity("g1", "person", "Sam"), Entity("g2", "person", "Sam"), Entity("g3", "person", "X")],
        [Triple("g1", "born_in", "g3"), Triple("g3", "born_in", "g2")],
    )
    text = "where was X born"
    answer = answer_from_graph(question_of(text), store, reader, seed_entities(store, text), 0.0)
    assert answer.text in ("Sam", "X")
    assert set(answer.triples) <= {Triple("g1", "born_in", "g3"), Triple("g3", "born_in", "g2")}
    assert answer.triples


def test_a_question_about_namesakes_is_about_all_of_them() -> None:
    near = Entity("a", "location", "Springfield", aliases=("Lincoln's home",))
    far = Entity("b", "location", "Springfield", aliases=("City of Homes",))
    index = TopicIndex.of([near, far])
    for question in ("who was born in Springfield", "who was born in [Springfield]"):
        assert index.find(question) == [0, 1]
        assert all("Springfield" not in index.masked(question, [topic]) for topic in (0, 1))
    assert index.find("who was born in [City of Homes]") == [1]
    assert index.entity("Springfield") == 0


def test_topics_are_the_longest_names_and_else_the_best_seeds() -> None:
    curie, city = Entity("a", "person", "Marie Curie"), Entity("b", "location", "Warsaw")
    seeds = [Seed(curie, "Marie Curie", 9, 20, 0.9), Seed(city, "Warsaw", 24, 30, 0.4)]
    assert topics_of("who is [Warsaw]", seeds) == [city]
    assert topics_of("no name in here", seeds) == [curie]
    assert topics_of("no name in here", []) == []
