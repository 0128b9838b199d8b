"""`kgqa train generator`: an adapter that makes a causal LM answer from passages and graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from kgqa.lm.adapter import AdapterSettings, adapter_card, add_adapter, save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import length_buckets
from kgqa.lm.causal import CausalLM
from kgqa.lm.decode import Decoding
from kgqa.names import name_key
from kgqa.ontology import Ontology
from kgqa.qa.answer_stream import WrittenText
from kgqa.qa.calibration import Calibration, fit_calibration
from kgqa.qa.generator import Generator
from kgqa.qa.graph_context import SubgraphReader
from kgqa.qa.prompting import NO_ANSWER, GeneratorModel, Prompt, make_prompt
from kgqa.train.card import training_card, training_digest
from kgqa.train.checkpoint import Fit
from kgqa.train.generator_examples import WritingExample, writing_examples
from kgqa.train.generator_graph import (
    ReadGraphs,
    context_shape,
    make_subgraph_reader,
    read_graphs,
)
from kgqa.train.loop import Loop, LoopSettings, loop_settings, shuffled, trained_tensors
from kgqa.train.settings import GeneratorTraining
from kgqa.train.soft_context import NODE_LOSS

__all__ = ["GeneratorTraining", "WritingExample", "fit_generator", "train_generator"]

Contexts = Callable[[Sequence[WritingExample]], ReadGraphs]
"""Examples to their virtual tokens; gradients flow through them."""


@dataclass(frozen=True, slots=True)
class _Target:
    """`answer`: token ids with the one that ends it."""

    example: WritingExample
    prompt: Prompt
    answer: tuple[int, ...]

    @property
    def length(self) -> int:
        return self.prompt.length + len(self.answer)


@dataclass(frozen=True, slots=True)
class FittedGenerator:
    """What a training did, and how log-probabilities tell right answers from wrong ones."""

    fit: Fit
    calibration: Calibration


def train_generator(
    config: GeneratorTraining, lm: CausalLM, backbone: Backbone, ontology: Ontology
) -> dict[str, float]:
    """Train, calibrate on the dev part, write adapter, context encoder and card to `config.out`.

    Args:
        backbone: embeds the subgraphs' texts, where there is a context encoder.

    Returns:
        The dev part's figures, in percent, as the card has them; with a context encoder also
        those of the same weights on the text alone.

    Raises:
        QuestionError: there is no question to train on, or none to hold aside.
        ConfigError: a context encoder without stores, or stores without one.
    """
    torch.manual_seed(config.seed)
    subgraphs = make_subgraph_reader(config, lm.width, backbone, ontology)
    train, dev = writing_examples(config, subgraphs)
    settings = AdapterSettings(config.adapter, config.size, dropout=config.dropout)
    adapted = add_adapter(lm.copy_model(), settings).to(lm.dtype)
    encoder = None if subgraphs is None else subgraphs.encoder
    model = GeneratorModel(adapted, lm.width, encoder)
    loop = loop_settings(config, accumulate=config.accumulate, evaluations=3)
    contexts = None if subgraphs is None else _contexts(subgraphs)
    fitted = fit_generator(
        model,
        lm,
        train,
        dev,
        loop,
        config.out,
        config.batch_size,
        contexts,
        config.resume,
        training_digest(config, lm),
    )
    metrics = {"dev_em": 100 * fitted.fit.best}
    if contexts is not None:
        metrics["dev_em_text_only"] = 100 * _share_right(_written(model, lm, dev, None), dev)
    card = training_card("generator", config, lm, metrics, fitted.fit.seconds)
    card["adapter"] = adapter_card(settings)
    calibration = fitted.calibration
    card["calibration"] = {"slope": calibration.slope, "offset": calibration.offset}
    if encoder is not None:
        card["context"] = {"name": config.context, "shape": context_shape(encoder)}
        card["text_backbone"] = backbone.digest
    save_adapter(config.out, trained_tensors(model), card)
    return metrics


def _contexts(subgraphs: SubgraphReader) -> Contexts:
    """Reads the subgraphs of examples that all have one."""

    def read(examples: Sequence[WritingExample]) -> ReadGraphs:
        return read_graphs(subgraphs, [e.graph for e in examples if e.graph is not None])

    return read


def fit_generator(
    model: GeneratorModel,
    lm: CausalLM,
    train: Sequence[WritingExample],
    dev: Sequence[WritingExample],
    settings: LoopSettings,
    out: Path,
    batch_size: int = 4,
    contexts: Contexts | None = None,
    resume: bool = False,
    digest: str = "",
) -> FittedGenerator:
    """Train whatever parameters of the model are trainable; the loss is on answer tokens only.

    Args:
        model: with an adapter in it, and with the context encoder that is to be trained along.
        contexts: gives each batch its virtual tokens; None trains on the text alone.
        resume, digest: go on from the checkpoint in `out`, if it is of the training of this
            digest.
    """
    virtual = contexts([train[0]]).vectors.vectors.shape[1] if contexts else 0
    targets = [_target(lm, example, model.adapter_tokens + virtual) for example in train]
    groups = list(length_buckets([target.length for target in targets], batch_size))

    def loss(batch: Sequence[_Target]) -> Tensor:
        read = contexts([target.example for target in batch]) if contexts else None
        vectors = None if read is None else read.vectors
        words: Tensor = model([t.prompt for t in batch], [t.answer for t in batch], vectors)
        nodes = None if read is None else read.loss
        return words if nodes is None else words + NODE_LOSS * nodes

    loop = Loop(
        model,
        lambda epoch: [
            [targets[i] for i in groups[g]]
            for g in shuffled(range(len(groups)), settings.seed, epoch)
        ],
        loss,
        lambda: _share_right(_written(model, lm, dev, contexts), dev),
        settings,
        out,
        digest,
    )
    fit = loop.run(resume)
    with torch.inference_mode():
        return FittedGenerator(fit, _calibrate(_written(model, lm, dev, contexts), dev))


def _target(lm: CausalLM, example: WritingExample, virtual: int) -> _Target:
    text = NO_ANSWER if example.answer is None else example.answer
    answer = (*lm.ids(text), lm.end_id)
    prompt = make_prompt(lm, example.question, example.texts, virtual + len(answer))
    return _Target(example, prompt, answer)


def _written(
    model: GeneratorModel,
    lm: CausalLM,
    examples: Sequence[WritingExample],
    contexts: Contexts | None,
) -> list[WrittenText]:
    decoding = Decoding()
    context = contexts(examples).vectors if contexts else None
    reserved = model.adapter_tokens + decoding.max_new_tokens
    reserved += 0 if context is None else context.vectors.shape[1]
    prompts = [make_prompt(lm, e.question, e.texts, reserved) for e in examples]
    return Generator(model, lm, decoding).write(prompts, context)


def _right(written: WrittenText, example: WritingExample) -> bool:
    if example.answer is None or written.abstains:
        return written.abstains and example.answer is None
    return name_key(written.text) == name_key(example.answer)


def _share_right(written: Sequence[WrittenText], examples: Sequence[WritingExample]) -> float:
    """In [0, 1]; abstaining is right for a question without an answer."""
    return sum(map(_right, written, examples)) / max(1, len(examples))


def _calibrate(written: Sequence[WrittenText], examples: Sequence[WritingExample]) -> Calibration:
    """How the log-probability of an answer tells right from wrong, over those not abstained."""
    answered = [(w, e) for w, e in zip(written, examples, strict=True) if not w.abstains]
    return fit_calibration(
        [w.log_probability for w, _ in answered], [_right(w, e) for w, e in answered]
    )
