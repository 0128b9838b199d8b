"""What `kgqa train context` trains on, and what it measures on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kgqa.context.text import TextEmbedder
from kgqa.documents.relation_words import relation_words
from kgqa.errors import ConfigError, QuestionError
from kgqa.train.asked_questions import AskedQuestions
from kgqa.train.graph_examples import (
    GivenExample,
    GraphExample,
    TrainingGraph,
    given_examples,
    graph_of,
    held_aside,
    sampled,
    sampled_wordings,
)
from kgqa.train.known_wordings import (
    known_graph_questions,
    known_property_questions,
    wordings_of,
)
from kgqa.train.made_graph_questions import AskedOf, made_questions
from kgqa.train.near_words import NearWords
from kgqa.train.property_questions import (
    make_properties,
    property_labels,
    property_paths,
    property_questions,
)
from kgqa.train.settings import ContextTraining

_DEV_EVERY, _DEV_QUESTIONS = 40, 300


@dataclass(frozen=True, slots=True)
class ContextSets:
    """What is trained on, and the questions that are measured on."""

    train: list[GraphExample]
    dev: list[GivenExample]


def context_sets(config: ContextTraining, texts: TextEmbedder) -> ContextSets:
    """Given questions, made questions and property questions, as the settings ask for them.

    Raises:
        QuestionError, DocumentError: a file is malformed, or questions and triples do not pair.
    """
    near = NearWords(texts) if config.paths else None
    graphs = {path: _training_graph(path, texts) for path in dict.fromkeys(config.triples)}
    train: list[GraphExample] = []
    dev: list[GivenExample] = []
    for questions, triples in _pairs(config):
        examples = given_examples(questions, graphs[triples])
        if config.dev is None:
            first, aside = held_aside(examples, _DEV_EVERY)
            dev += [examples[i] for i in aside]
            examples = [examples[i] for i in first]
        train += sampled_wordings(examples, config.limit or len(examples), config.seed)
    if config.dev is not None:
        dev = given_examples(config.dev, graphs[config.triples[0]])
    properties, asked = _property_examples(config, texts, near)
    for over in graphs.values() if config.make_questions else ():
        train += made_questions(over, config.make_questions, config.seed, config.steps, asked, near)
        train += known_graph_questions(over, config.seed)
    train += properties
    if not dev:  # nothing was asked about these graphs: made questions tell whether it learns
        for over in graphs.values():
            dev += made_questions(over, _DEV_QUESTIONS, config.seed + 1, config.steps, asked, near)
    return ContextSets(train, sampled(dev, _DEV_QUESTIONS, config.seed))


def _pairs(config: ContextTraining) -> list[tuple[Path, Path]]:
    if len(config.triples) == 1:
        return [(questions, config.triples[0]) for questions in config.train]
    if len(config.train) > len(config.triples):
        raise QuestionError(
            f"expected one triple file for all question files or one for each, got "
            f"{len(config.triples)} for {len(config.train)}; pair them in order"
        )
    return list(zip(config.train, config.triples, strict=False))


def _training_graph(path: Path, texts: TextEmbedder) -> TrainingGraph:
    graph = graph_of(path)
    return TrainingGraph(graph, texts.names([relation_words(name) for name in graph.relations]))


def _property_examples(
    config: ContextTraining, texts: TextEmbedder, near: NearWords | None
) -> tuple[list[GraphExample], AskedOf]:
    """Questions about properties, and what people ask for relations of that name."""
    if config.properties is None:
        if config.matching:
            raise ConfigError(
                "matching: expected --properties, whose labels the questions are matched to, got "
                "none; give both, or leave --matching out"
            )
        return [], wordings_of
    labels = property_labels(config.properties)
    properties = make_properties(labels, texts.names(list(labels.values())))
    count = config.property_questions
    given = [property_questions(path, properties) for path in config.matching]
    asked = AskedQuestions(properties, [q for file in given for q in file], texts)
    common = sorted({q.path[0][0] for file in given for q in file}) if config.paths else []
    paths = property_paths(
        properties, count, config.seed, config.steps, asked.of_property, common, near
    )
    drawn = [q for file in given for q in sampled_wordings(file, count, config.seed)]
    known = known_property_questions(properties)
    return [*paths, *drawn, *known], asked.of_words
