"""`kgqa train context`: a context encoder, on questions over given graphs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from kgqa.context.encoder import ContextShape, make_context_encoder
from kgqa.context.gnn import RelationWalk, walk_loss
from kgqa.context.tensors import batch_graphs
from kgqa.context.text import TextEmbedder, TokenRow, padded
from kgqa.documents.relation_words import relation_words
from kgqa.errors import ConfigError, QuestionError
from kgqa.lm.adapter import load_adapter, save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import KIND, GraphReader, set_encoder
from kgqa.qa.graph_scores import ScoringReader
from kgqa.train.asked_questions import AskedQuestions
from kgqa.train.card import training_card
from kgqa.train.graph_examples import (
    GivenExample,
    GraphExample,
    TrainingGraph,
    given_examples,
    graph_of,
    held_aside,
    sampled,
)
from kgqa.train.loop import Loop, LoopSettings, shuffled, trained_tensors
from kgqa.train.made_graph_questions import AskedOf, made_questions
from kgqa.train.node_scores import NodeScoreLoss
from kgqa.train.property_questions import (
    make_properties,
    property_labels,
    property_paths,
    property_questions,
)
from kgqa.train.settings import ContextTraining

logger = logging.getLogger(__name__)
_DEV_EVERY, _DEV_QUESTIONS = 40, 300
_WORD_DROPOUT = 0.1
_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class _Sets:
    """What is trained on, and the questions that are measured on."""

    train: list[GraphExample]
    dev: list[GivenExample]


@dataclass(frozen=True, slots=True)
class _Learner:
    """An encoder, how it answers, and what it learns from a batch."""

    model: nn.Module
    reader: GraphReader | ScoringReader
    loss: Callable[[Sequence[GraphExample]], Tensor]


def train_context(config: ContextTraining, backbone: Backbone) -> dict[str, float]:
    """Train on questions, made questions and property questions; write weights and card.

    Returns:
        The dev part's figures, in percent, as the card has them.

    Raises:
        QuestionError, DocumentError: a file is malformed, or questions and triples do not pair.
    """
    torch.manual_seed(config.seed)
    texts = TextEmbedder(backbone)
    sets = _sets(config, texts)
    shape = ContextShape(texts.width, backbone.width, width=config.width, steps=config.steps)
    rows = _token_rows(texts, [example.text for example in sets.train])
    learner = _learner(config, shape, texts, rows)
    if config.start is not None:
        saved = load_adapter(config.start, KIND, backbone)
        tensors = {name: t.float() for name, t in saved.tensors.items()}
        set_encoder(learner.model, tensors, config.start)
    logger.info("%d training questions, %d dev", len(sets.train), len(sets.dev))
    loop = Loop(
        learner.model,
        lambda epoch: _batches(sets.train, config, epoch),
        learner.loss,
        lambda: hits_at_1(learner.reader, sets.dev),
        _loop_settings(config),
        config.out,
    )
    fit = loop.run(config.resume)
    learner.model.eval()
    threshold, f1 = best_threshold(learner.reader, sets.dev)
    metrics = {"dev_hits@1": 100 * fit.best, "dev_f1": 100 * f1}
    card = training_card(KIND, config, backbone, metrics, fit.seconds)
    card["context"] = config.context
    card["shape"] = {"width": config.width, "steps": config.steps}
    card["threshold"] = threshold
    save_adapter(config.out, trained_tensors(learner.model), card)
    return metrics


def _learner(
    config: ContextTraining, shape: ContextShape, texts: TextEmbedder, rows: dict[str, TokenRow]
) -> _Learner:
    if config.context == "gnn":
        walk = RelationWalk(shape)
        draw = np.random.default_rng(config.seed)
        walk.tokens.requires_grad_(False)  # they are trained with the reader they speak to
        return _Learner(
            walk, GraphReader(walk, texts), lambda batch: _loss(walk, batch, rows, draw)
        )
    if config.properties is not None:
        raise ConfigError(
            f"properties: expected none for {config.context!r}, which reads entities' names, since "
            "trees made of properties have none; leave --properties out, or take --context gnn"
        )
    encoder = make_context_encoder(config.context, shape)
    assert encoder is not None, "the option takes encoders only"
    encoder.tokens.requires_grad_(False)
    reader = ScoringReader(config.context, encoder, texts)
    return _Learner(encoder, reader, NodeScoreLoss(encoder, texts, rows, config.steps))


def _loop_settings(config: ContextTraining) -> LoopSettings:
    return LoopSettings(
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        evaluations=config.evaluations,
        seed=config.seed,
    )


def hits_at_1(reader: GraphReader | ScoringReader, examples: Sequence[GivenExample]) -> float:
    """Share of questions whose best entity is an answer, in [0, 1]; topics are given."""
    right = 0
    for example in examples:
        ranked = reader.answer(example.over.graph, example.question, example.topics, most=1)
        right += bool(ranked) and ranked[0].entity in example.answers
    return right / max(1, len(examples))


def best_threshold(
    reader: GraphReader | ScoringReader, examples: Sequence[GivenExample]
) -> tuple[float, float]:
    """The share of the best score from which an entity is an answer, with its mean F1."""
    totals = dict.fromkeys(_THRESHOLDS, 0.0)
    for example in examples:
        ranked = reader.answer(example.over.graph, example.question, example.topics)
        for threshold in _THRESHOLDS:
            kept = {r.entity for r in ranked if r.score >= threshold * ranked[0].score}
            right = len(kept & example.answers)
            totals[threshold] += 2 * right / max(1, len(kept) + len(example.answers))
    best = max(_THRESHOLDS, key=lambda threshold: totals[threshold])
    return best, totals[best] / max(1, len(examples))


def _loss(
    model: RelationWalk,
    batch: Sequence[GraphExample],
    rows: dict[str, TokenRow],
    draw: np.random.Generator,
) -> Tensor:
    steps = model.shape.steps
    drawn = [(example, example.drawn(steps, draw)) for example in batch]
    kept = [(example, gold) for example, gold in drawn if gold is not None]
    if not kept:
        return model.gates.scale * 0.0  # nothing to learn from this batch
    question = padded([rows[example.text] for example, _ in kept])
    dropped = (torch.rand(question.mask.shape) < _WORD_DROPOUT) & (question.distance != 0)
    dropped[:, 0] = False
    question.mask[dropped] = False
    graphs = batch_graphs([gold.graph for _, gold in kept])
    walk = model.walk(model.reader(question), graphs)
    return walk_loss(walk, torch.cat([gold.gold for _, gold in kept]), graphs.batch, len(kept))


def _batches(
    examples: Sequence[GraphExample], config: ContextTraining, epoch: int
) -> list[list[GraphExample]]:
    order = shuffled(range(len(examples)), config.seed, epoch)
    size = config.batch_size
    return [[examples[i] for i in order[at : at + size]] for at in range(0, len(order), size)]


def _token_rows(texts: TextEmbedder, questions: Sequence[str]) -> dict[str, TokenRow]:
    """Frozen states of each distinct question, computed once."""
    distinct = list(dict.fromkeys(questions))
    return dict(zip(distinct, texts.rows(distinct), strict=True))


def _sets(config: ContextTraining, texts: TextEmbedder) -> _Sets:
    graphs = {path: _training_graph(path, texts) for path in dict.fromkeys(config.triples)}
    train: list[GraphExample] = []
    dev: list[GivenExample] = []
    for questions, triples in _pairs(config):
        examples = given_examples(questions, graphs[triples])
        if config.dev is None:
            first, aside = held_aside(examples, _DEV_EVERY)
            dev += [examples[i] for i in aside]
            examples = [examples[i] for i in first]
        train += sampled(examples, config.limit or len(examples), config.seed)
    if config.dev is not None:
        dev = given_examples(config.dev, graphs[config.triples[0]])
    properties, asked = _property_examples(config, texts)
    for over in graphs.values() if config.make_questions else ():
        train += made_questions(over, config.make_questions, config.seed, config.steps, asked)
    train += properties
    if not dev:  # nothing was asked about these graphs: made questions tell whether it learns
        for over in graphs.values():
            dev += made_questions(over, _DEV_QUESTIONS, config.seed + 1, config.steps, asked)
    return _Sets(train, sampled(dev, _DEV_QUESTIONS, config.seed))


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
    config: ContextTraining, texts: TextEmbedder
) -> tuple[list[GraphExample], AskedOf | None]:
    """Questions about properties, and what people ask for relations of that name."""
    if config.properties is None:
        return [], None
    labels = property_labels(config.properties)
    properties = make_properties(labels, texts.names(list(labels.values())))
    count = config.property_questions
    given = [property_questions(path, properties) for path in config.matching]
    asked = AskedQuestions(properties, [q for file in given for q in file], texts)
    paths = property_paths(properties, count, config.seed, config.steps, asked.of_property)
    drawn = [q for file in given for q in sampled(file, count, config.seed)]
    return [*paths, *drawn], asked.of_words
