"""`kgqa train context`: a context encoder, on questions over given graphs."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from kgqa.context.encoder import ContextShape
from kgqa.context.encoders import make_context_encoder
from kgqa.context.gnn import RelationWalk, walk_loss
from kgqa.context.hop_count import HopCount
from kgqa.context.path_scorer import PathScorer
from kgqa.context.tensors import batch_graphs
from kgqa.context.text import TextEmbedder, TokenRow, padded
from kgqa.errors import ConfigError, QuestionError
from kgqa.lm.adapter import load_adapter, save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import KIND, GraphReader, saved_scorer, set_encoder
from kgqa.qa.graph_scores import ScoringReader
from kgqa.qa.path_answer import COUNTS_HOPS, PATHS, PathRanker
from kgqa.qa.ranked import RankedEntity
from kgqa.train.card import training_card, training_digest
from kgqa.train.checkpoint import Fit
from kgqa.train.context_sets import ContextSets, context_sets
from kgqa.train.graph_examples import GivenExample, GraphExample
from kgqa.train.loop import Loop, loop_settings, shuffled, step_seed, trained_tensors
from kgqa.train.node_scores import NodeScoreLoss
from kgqa.train.path_training import train_paths
from kgqa.train.settings import ContextTraining

logger = logging.getLogger(__name__)
_WORD_DROPOUT = 0.1
_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


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
    sets = context_sets(config, texts)
    if not sets.train:
        raise QuestionError(
            "expected questions to train a context encoder on, got none that name an entity of "
            "their graph; give --train or --make-questions"
        )
    shape = ContextShape(texts.width, backbone.width, width=config.width, steps=config.steps)
    rows = _token_rows(texts, [example.text for example in sets.train])
    learner = _learner(config, shape, texts, rows)
    if config.start is not None:
        saved = load_adapter(config.start, KIND, backbone)
        tensors = {name: t.float() for name, t in saved.tensors.items()}
        set_encoder(learner.model, tensors, config.start)
    logger.info("%d training questions, %d dev", len(sets.train), len(sets.dev))
    fit = _fit_encoder(config, learner, sets, backbone)
    learner.model.eval()
    tensors, sizes = trained_tensors(learner.model), None
    if config.paths:
        scorer, path_fit = _fit_paths(config, learner, sets, rows, backbone)
        tensors |= {f"{PATHS}.{name}": t for name, t in trained_tensors(scorer).items()}
        sizes = {"width": scorer.width, "steps": scorer.steps, COUNTS_HOPS: True}
        hits = hits_at_1(learner.reader.answer, sets.dev)
        fit = Fit(seconds=fit.seconds + path_fit.seconds, best=hits)
    threshold, f1 = best_threshold(learner.reader, sets.dev)
    metrics = {"dev_hits@1": 100 * fit.best, "dev_f1": 100 * f1}
    card = training_card(KIND, config, backbone, metrics, fit.seconds)
    card["context"] = config.context
    card["shape"] = {"width": config.width, "steps": config.steps}
    card["threshold"] = threshold
    if sizes is not None:
        card[PATHS] = sizes
    save_adapter(config.out, tensors, card)
    return metrics


def _fit_encoder(
    config: ContextTraining, learner: _Learner, sets: ContextSets, backbone: Backbone
) -> Fit:
    if config.keep_encoder:
        if config.start is None or not config.paths:
            raise ConfigError(
                "keep_encoder: expected a --start that has the encoder and --paths to train, got "
                "nothing to keep or nothing to train; give both, or leave --keep-encoder out"
            )
        return Fit()
    loop = Loop(
        learner.model,
        lambda epoch: _batches(sets.train, config, epoch),
        learner.loss,
        lambda: hits_at_1(learner.reader.answer, sets.dev),
        loop_settings(config, evaluations=config.evaluations),
        config.out,
        training_digest(config, backbone),
    )
    return loop.run(config.resume)


def _fit_paths(
    config: ContextTraining,
    learner: _Learner,
    sets: ContextSets,
    rows: dict[str, TokenRow],
    backbone: Backbone,
) -> tuple[PathScorer, Fit]:
    """The path scorer, which answers beside the learner's encoder from now on."""
    reader = learner.reader
    if not isinstance(reader, GraphReader):
        raise ConfigError(
            f"paths: expected none for {config.context!r}, which scores nodes; leave --paths out, "
            "or take --context gnn"
        )
    scorer = None
    if config.start is not None:
        saved = load_adapter(config.start, KIND, backbone)
        scorer = saved_scorer(saved, reader.texts.width, config.start)
    scorer = scorer or PathScorer(reader.texts.width, config.steps)
    if scorer.hops is None:  # weights of before
        scorer.hops = HopCount(reader.texts.width, scorer.steps, scorer.width)
    reader.paths = PathRanker(scorer, reader.texts)
    # By the paths alone: the walk beside them would hide what the scorer has yet to learn.
    dev = functools.partial(hits_at_1, reader.answer_by_paths, sets.dev)
    return scorer, train_paths(config, scorer, reader.texts, sets.train, rows, dev)


def _learner(
    config: ContextTraining, shape: ContextShape, texts: TextEmbedder, rows: dict[str, TokenRow]
) -> _Learner:
    if config.context == "gnn":
        walk = RelationWalk(shape)
        walk.tokens.requires_grad_(False)  # they are trained with the reader they speak to
        return _Learner(walk, GraphReader(walk, texts), lambda batch: _loss(walk, batch, rows))
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


def hits_at_1(
    answer: Callable[..., Sequence[RankedEntity]], examples: Sequence[GivenExample]
) -> float:
    """Share of questions whose best entity is an answer, in [0, 1]; topics are given.

    Args:
        answer: such as `GraphReader.answer`.
    """
    right = 0
    for example in examples:
        ranked = answer(example.over.graph, example.question, example.topics, most=1)
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


def _loss(model: RelationWalk, batch: Sequence[GraphExample], rows: dict[str, TokenRow]) -> Tensor:
    steps, draw = model.shape.steps, np.random.default_rng(step_seed())
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
