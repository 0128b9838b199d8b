from __future__ import annotations

from collections import Counter

import torch

from kgqa.context.graph import BACKWARD, FORWARD, TripleGraph
from kgqa.context.topics import MASK
from kgqa.train.graph_examples import TrainingGraph
from kgqa.train.known_wordings import (
    known_graph_questions,
    known_property_questions,
    known_wordings,
    wordings_of,
)
from kgqa.train.property_questions import make_properties

FILMS = [
    ("Alien", "directed_by", "Ridley Scott"),
    ("Gladiator", "directed_by", "Ridley Scott"),
    ("Alien", "release_year", "1979"),
    ("Alien", "frobnicated", "Nobody"),
]


def test_each_wording_stands_for_one_relation_and_has_one_topic() -> None:
    known = known_wordings()
    relations = Counter((text, side) for (_, side), texts in known.items() for text in texts)
    assert len(relations) > 2000
    assert [text for (text, _), times in relations.items() if times > 1] == []
    assert [text for text, _ in relations if text.count(MASK) != 1] == []
    names = {name for (names, _) in known for name in names}
    assert names == {name.strip().lower() for name in names}


def test_a_relation_has_the_wordings_of_any_of_its_names() -> None:
    assert wordings_of("director", FORWARD) == wordings_of("directed by", FORWARD) != ()
    assert wordings_of("director", BACKWARD) != wordings_of("director", FORWARD)
    assert wordings_of("frobnicated", FORWARD) == ()


def test_each_wording_is_asked_once_of_the_graph_s_relation_and_answered_by_it() -> None:
    graph = TripleGraph.from_triples(FILMS)
    asked = known_graph_questions(TrainingGraph(graph, torch.zeros(3, 2)), seed=0)
    texts = Counter(one.text for one in asked)
    for words in ("directed by", "release year"):
        for direction in (FORWARD, BACKWARD):
            assert set(wordings_of(words, direction)) <= set(texts)
    assert set(texts.values()) == {1}
    for one in asked:
        ((topic,), (kind,)) = one.topics, one.path
        reached = {
            tail if kind % 2 == FORWARD else head
            for head, relation, tail in FILMS
            if relation == graph.relations[kind // 2]
            and graph.entities[topic] == (head if kind % 2 == FORWARD else tail)
        }
        assert {graph.entities[answer] for answer in one.answers} == reached


def test_each_wording_is_asked_of_the_property_that_is_called_so() -> None:
    properties = make_properties({"P1": "alike to none", "P57": "director"}, torch.zeros(2, 2))
    asked = known_property_questions(properties)
    told = {(one.text, one.path) for one in asked}
    assert told == {
        (text, ((1, direction),))
        for direction in (FORWARD, BACKWARD)
        for text in wordings_of("director", direction)
    }
