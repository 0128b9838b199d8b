"""`kgqa train verifier`: does a sentence state a triple? Learned from several sets at once."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from kgqa.datasets.docred import load_annotated
from kgqa.datasets.fewrel import load_fewrel, load_labels
from kgqa.extract.verify import VerifierModel, collate_claims, encode_claims
from kgqa.lm.adapter import add_lora, save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import length_buckets
from kgqa.ontology import Ontology
from kgqa.train.card import training_card, training_digest
from kgqa.train.claims import JudgedClaim, document_claims, pair_claims
from kgqa.train.loop import Loop, loop_settings, shuffled, trained_tensors
from kgqa.train.settings import VerifierTraining

logger = logging.getLogger(__name__)
_DEV_EVERY, _DEV_MOST = 12, 2000
_PRECISION = 0.85
"""What the threshold keeps on the dev part: a wrong triple costs more than a missing one."""
_MARGIN = 0.5
Encoded = tuple[tuple[list[int], int], float]
"""Token ids, where the text begins; 1 where it is stated."""


def train_verifier(
    config: VerifierTraining, backbone: Backbone, ontology: Ontology
) -> dict[str, float]:
    """Train, set temperature and threshold on the dev part, write adapter and card.

    Returns:
        The dev part's average precision, and precision and recall at the threshold, in percent.
    """
    torch.manual_seed(config.seed)
    train, dev = _claims(config, ontology)
    logger.info("%d claims, %d dev claims", len(train), len(dev))
    examples, dev_examples = _encoded(train, backbone), _encoded(dev, backbone)
    model = VerifierModel(
        add_lora(backbone.copy_model(), config.rank).to(backbone.dtype), backbone.width
    )
    groups = list(length_buckets([len(ids) for (ids, _), _ in examples], config.batch_size))
    loop = Loop(
        model,
        lambda epoch: [
            [examples[i] for i in groups[g]]
            for g in shuffled(range(len(groups)), config.seed, epoch)
        ],
        lambda batch: _loss(model, batch, backbone.pad_id),
        lambda: average_precision(*_judged(model, dev_examples, backbone.pad_id)),
        loop_settings(config, evaluations=config.evaluations),
        config.out,
        training_digest(config, backbone),
    )
    fit = loop.run(config.resume)
    with torch.inference_mode():
        logits, labels = _judged(model, dev_examples, backbone.pad_id)
    temperature = _temperature(logits, labels)
    threshold, precision, recall = _threshold(torch.sigmoid(logits / temperature), labels)
    metrics = {
        "dev_average_precision": 100 * average_precision(logits, labels),
        "dev_precision": 100 * precision,
        "dev_recall": 100 * recall,
    }
    card = training_card("verifier", config, backbone, metrics, fit.seconds)
    card |= {
        "lora": {"rank": config.rank, "alpha": config.rank},
        "temperature": temperature,
        "threshold": threshold,
    }
    save_adapter(config.out, trained_tensors(model), card)
    return metrics


def average_precision(logits: Tensor, labels: Tensor) -> float:
    """The area under precision over recall, both [claims]."""
    order = logits.argsort(descending=True)
    right = labels[order]
    precision = right.cumsum(0) / torch.arange(1, len(right) + 1)
    return float((precision * right).sum() / right.sum().clamp(min=1))


def _claims(
    config: VerifierTraining, ontology: Ontology
) -> tuple[list[JudgedClaim], list[JudgedClaim]]:
    """What is trained on and what is held aside: whole documents, and every so many sentences."""
    draw = random.Random(config.seed)
    train: list[JudgedClaim] = []
    dev: list[JudgedClaim] = []
    for path in config.train:
        for n, document in enumerate(load_annotated(path)):
            part = dev if n % _DEV_EVERY == 0 else train
            part += document_claims(document, ontology, draw)
    labels = load_labels(config.labels) if config.labels else {}
    for path in config.pairs:
        pairs = load_fewrel(path)
        aside = [pair for n, pair in enumerate(pairs) if n % _DEV_EVERY == 0]
        kept = [pair for n, pair in enumerate(pairs) if n % _DEV_EVERY]
        dev += pair_claims(aside, labels, draw)
        train += pair_claims(kept, labels, draw)
    if config.made:
        from kgqa.train.made_statements import made_statements

        made = [
            statement.judged() for statement in made_statements(ontology, config.made, config.seed)
        ]
        dev += made[::_DEV_EVERY]
        train += [claim for n, claim in enumerate(made) if n % _DEV_EVERY]
    if config.limit is not None and config.limit < len(train):
        train = draw.sample(train, config.limit)
    return train, draw.sample(dev, min(_DEV_MOST, len(dev)))


def _encoded(claims: Sequence[JudgedClaim], backbone: Backbone) -> list[Encoded]:
    encoded = encode_claims([judged.claim for judged in claims], backbone)
    return [(pieces, float(j.stated)) for pieces, j in zip(encoded, claims, strict=True)]


def _loss(model: VerifierModel, batch: Sequence[Encoded], pad: int) -> Tensor:
    logits = model(collate_claims([pieces for pieces, _ in batch], pad))
    labels = torch.tensor([label for _, label in batch])
    return functional.binary_cross_entropy_with_logits(logits, labels)


def _judged(model: VerifierModel, examples: Sequence[Encoded], pad: int) -> tuple[Tensor, Tensor]:
    """Logits and labels [claims], in the examples' order."""
    logits = torch.zeros(len(examples))
    for group in length_buckets([len(ids) for (ids, _), _ in examples], 32):
        logits[group] = model(collate_claims([examples[i][0] for i in group], pad))
    return logits, torch.tensor([label for _, label in examples])


def _temperature(logits: Tensor, labels: Tensor) -> float:
    """What the logits are divided by for the least loss (Guo et al. 2017, arXiv 1706.04599)."""
    grid = [0.5 + step / 10 for step in range(46)]
    return min(
        grid,
        key=lambda t: float(functional.binary_cross_entropy_with_logits(logits / t, labels)),
    )


def _threshold(probabilities: Tensor, labels: Tensor) -> tuple[float, float, float]:
    """The least threshold with the precision that is wanted, that precision, and the recall."""
    for step in range(20, 100):
        kept = probabilities >= step / 100
        precision = float(labels[kept].mean()) if kept.any() else 1.0
        if precision >= _PRECISION:
            return step / 100, precision, float(labels[kept].sum() / labels.sum().clamp(min=1))
    return _MARGIN, 0.0, 0.0
