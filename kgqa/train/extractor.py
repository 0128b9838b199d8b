"""`kgqa train extractor`: mentions, coreference and relations on one adapted pass."""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from kgqa.datasets.annotated import AnnotatedDocument
from kgqa.datasets.docred import load_annotated
from kgqa.extract.encoding import collate_texts, encode_texts
from kgqa.extract.mention_head import decode_tags, tag_loss
from kgqa.extract.model import ExtractorModel, TextStates, mention_weights
from kgqa.extract.relation_head import (
    THRESHOLD,
    PairScores,
    adaptive_threshold_loss,
    evidence_loss,
)
from kgqa.lm.adapter import add_lora, save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.ontology import Ontology
from kgqa.train.card import training_card, training_digest
from kgqa.train.extraction_targets import TargetMaker, Targets
from kgqa.train.loop import Loop, loop_settings, shuffled, trained_tensors
from kgqa.train.settings import ExtractorTraining

__all__ = ["ExtractorTraining", "train_extractor"]
logger = logging.getLogger(__name__)
_DEV_EVERY = 8
_COREFERENCE, _EVIDENCE = 0.5, 0.1
"""Weights of the losses beside mentions and relations, which weigh 1."""
_SHIFTS = [step / 4 for step in range(-4, 13)]


def train_extractor(
    config: ExtractorTraining, backbone: Backbone, ontology: Ontology
) -> dict[str, float]:
    """Train, choose the relation threshold on the dev part, write adapter and card.

    Returns:
        The dev part's mention and relation F1 (gold mentions), in percent.
    """
    torch.manual_seed(config.seed)
    train, dev = _documents(config)
    maker = TargetMaker(ontology)
    targets, dev_targets = _targets(train, backbone, maker), _targets(dev, backbone, maker)
    logger.info("%d training documents, %d dev documents", len(targets), len(dev_targets))
    lora = add_lora(backbone.copy_model(), config.rank)
    model = ExtractorModel(
        lora.to(backbone.dtype),
        backbone.width,
        backbone.layers,
        len(ontology.mention_types),
        len(ontology.relations),
    )
    pad = backbone.pad_id
    order = sorted(range(len(targets)), key=lambda i: len(targets[i].text.input_ids))
    size = config.batch_size
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    loop = Loop(
        model,
        lambda epoch: [
            [targets[i] for i in groups[g]]
            for g in shuffled(range(len(groups)), config.seed, epoch)
        ],
        lambda batch: _loss(model, batch, pad),
        lambda: sum(dev_scores(model, dev_targets, pad)[:2]),
        loop_settings(config),
        config.out,
        training_digest(config, backbone),
    )
    fit = loop.run(config.resume)
    with torch.inference_mode():
        mention_f1, relation_f1, shift = dev_scores(model, dev_targets, pad)
    metrics = {"dev_mention_f1": 100 * mention_f1, "dev_relation_f1": 100 * relation_f1}
    card = training_card("extractor", config, backbone, metrics, fit.seconds)
    card |= {
        "ontology": ontology.digest,
        "lora": {"rank": config.rank, "alpha": config.rank},
        "relation_shift": shift,
    }
    save_adapter(config.out, trained_tensors(model), card)
    return metrics


def _documents(
    config: ExtractorTraining,
) -> tuple[list[AnnotatedDocument], list[AnnotatedDocument]]:
    sets = [list(load_annotated(path)) for path in config.train]
    if config.dev is not None:
        dev = list(load_annotated(config.dev))
    else:
        dev = sets[0][::_DEV_EVERY]
        sets[0] = [d for i, d in enumerate(sets[0]) if i % _DEV_EVERY]
    train = [document for documents in sets for document in documents]
    if config.limit is not None and config.limit < len(train):
        train = random.Random(config.seed).sample(train, config.limit)
    return train, dev


def _targets(
    documents: Sequence[AnnotatedDocument], backbone: Backbone, maker: TargetMaker
) -> list[Targets]:
    texts = encode_texts(backbone.tokenizer, [document.text for document in documents])
    return [maker.make(d, text) for d, text in zip(documents, texts, strict=True) if text.words]


def _loss(model: ExtractorModel, batch: Sequence[Targets], pad: int) -> Tensor:
    texts = collate_texts([targets.text for targets in batch], pad)
    states = model.states(texts)
    allowed = torch.ones(*texts.word_mask.shape, batch[0].allowed.shape[1], dtype=torch.bool)
    for row, targets in enumerate(batch):
        allowed[row, : len(targets.allowed)] = targets.allowed
    total = tag_loss(model.tag_logits(states, texts), allowed, texts.word_mask)
    for row, targets in enumerate(batch):
        total = total + _document_loss(model, states, row, targets) / len(batch)
    return total


def _document_loss(model: ExtractorModel, states: TextStates, row: int, targets: Targets) -> Tensor:
    loss = states.last.new_zeros(())
    length = states.last.shape[1]
    weights = mention_weights(targets.text, targets.spans, length)
    if len(targets.antecedents):
        projected = model.coreference.project(weights @ states.last[row])
        i, j = targets.antecedents.T
        logits = model.coreference(projected[i], projected[j], targets.features)
        loss = loss + _COREFERENCE * functional.binary_cross_entropy_with_logits(
            logits, targets.coreferent
        )
    if len(targets.pairs):
        scores = _pair_scores(model, states, row, targets, weights)
        loss = loss + adaptive_threshold_loss(scores.logits, targets.labels, targets.known)
        if len(targets.stated):
            tokens = functional.pad(targets.evidence, (0, length - targets.evidence.shape[1]))
            loss = loss + _EVIDENCE * evidence_loss(scores.attention[targets.stated], tokens)
    return loss


def _pair_scores(
    model: ExtractorModel, states: TextStates, row: int, targets: Targets, weights: Tensor
) -> PairScores:
    return model.relations(  # type: ignore[no-any-return]
        states.last[row],
        states.attention[row],
        weights,
        targets.cluster_of,
        targets.types,
        targets.pairs,
    )


def dev_scores(
    model: ExtractorModel, dev: Sequence[Targets], pad: int
) -> tuple[float, float, float]:
    """Mention F1, relation F1 with gold mentions, and the threshold shift that gives it; over
    what the sets annotate, and pronouns are no mentions, as in training."""
    shared = predicted = gold = 0
    margins, labels = [], []
    for start in range(0, len(dev), 8):
        batch = dev[start : start + 8]
        texts = collate_texts([targets.text for targets in batch], pad)
        states = model.states(texts)
        found = decode_tags(model.tag_logits(states, texts), texts.word_mask)
        for row, targets in enumerate(batch):
            truth = targets.mentions()
            named = {(span.start, span.end, span.type) for span in found[row]}
            guess = {span for span in named if targets.judges(*span)}
            shared += len(truth & guess)
            predicted += len(guess)
            gold += len(truth)
            if len(targets.pairs):
                weights = mention_weights(targets.text, targets.spans, states.last.shape[1])
                logits = _pair_scores(model, states, row, targets, weights).logits
                margin = (logits - logits[:, THRESHOLD, None])[:, 1:]
                margins.append(margin.masked_fill(~targets.known[1:], -math.inf))
                labels.append(targets.labels[:, 1:])
    relation_f1, shift = _best_shift(torch.cat(margins), torch.cat(labels)) if margins else (0, 0)
    return 2 * shared / max(1, predicted + gold), relation_f1, shift


def _best_shift(margins: Tensor, labels: Tensor) -> tuple[float, float]:
    """The largest F1 of `margin + shift > 0` over a grid of shifts, and that shift."""
    best = (0.0, 0.0)
    for shift in _SHIFTS:
        guess = margins + shift > 0
        shared = float((guess * labels).sum())
        f1 = 2 * shared / max(1.0, float(guess.sum() + labels.sum()))
        best = max(best, (f1, shift))
    return best
