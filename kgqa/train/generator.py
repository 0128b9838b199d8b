"""`kgqa train generator`: an adapter that makes a causal LM answer from passages and graph."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from kgqa.context.vectors import ContextVectors
from kgqa.errors import QuestionError
from kgqa.lm.adapter import AdapterSettings, adapter_card, add_adapter, save_adapter
from kgqa.lm.batching import length_buckets
from kgqa.lm.causal import CausalLM
from kgqa.lm.decode import Decoding
from kgqa.names import name_key
from kgqa.qa.calibration import Calibration, fit_calibration
from kgqa.qa.generator import Generator, WrittenText
from kgqa.qa.prompting import NO_ANSWER, GeneratorModel, Prompt, make_prompt, titled
from kgqa.train.card import training_card
from kgqa.train.loop import Fit, Loop, LoopSettings, shuffled, trained_tensors
from kgqa.train.questions import ReadingExample, answerable_and_dev
from kgqa.train.settings import GeneratorTraining
from kgqa.train.unanswerable import beside_another_text

__all__ = ["GeneratorTraining", "WritingExample", "fit_generator", "train_generator"]
logger = logging.getLogger(__name__)
_DEV_QUESTIONS, _DEV_UNANSWERABLE = 100, 0.25


@dataclass(frozen=True, slots=True)
class WritingExample:
    """A question, its passages as the prompt shows them, and what to write; None abstains."""

    question: str
    texts: tuple[str, ...]
    answer: str | None


Contexts = Callable[[Sequence[WritingExample]], ContextVectors]
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


def train_generator(config: GeneratorTraining, lm: CausalLM) -> dict[str, float]:
    """Train on passages alone, calibrate on the dev part, write adapter and card to `config.out`.

    Returns:
        The dev part's figures, in percent, as the card has them.

    Raises:
        QuestionError: there is no question to train on, or none to hold aside.
    """
    torch.manual_seed(config.seed)
    train, dev = _examples(config)
    settings = AdapterSettings(config.adapter, config.size, dropout=config.dropout)
    model = GeneratorModel(add_adapter(lm.copy_model(), settings).to(lm.dtype), lm.width)
    loop = LoopSettings(
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        accumulate=config.accumulate,
        evaluations=3,
        seed=config.seed,
    )
    fitted = fit_generator(
        model, lm, train, dev, loop, config.out, config.batch_size, resume=config.resume
    )
    metrics = {"dev_em": 100 * fitted.fit.best}
    card = training_card("generator", config, lm, metrics, fitted.fit.seconds)
    card["adapter"] = adapter_card(settings)
    calibration = fitted.calibration
    card["calibration"] = {"slope": calibration.slope, "offset": calibration.offset}
    save_adapter(config.out, trained_tensors(model), card)
    return metrics


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
) -> FittedGenerator:
    """Train whatever parameters of the model are trainable; the loss is on answer tokens only.

    Args:
        model: with an adapter in it, and with the context encoder that is to be trained along.
        contexts: gives each batch its virtual tokens; None trains on the text alone.
    """
    virtual = contexts([train[0]]).vectors.shape[1] if contexts else 0
    targets = [_target(lm, example, virtual) for example in train]
    groups = list(length_buckets([target.length for target in targets], batch_size))

    def loss(batch: Sequence[_Target]) -> Tensor:
        context = contexts([target.example for target in batch]) if contexts else None
        return model([t.prompt for t in batch], [t.answer for t in batch], context)  # type: ignore[no-any-return]

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
    )
    fit = loop.run(resume)
    with torch.inference_mode():
        return FittedGenerator(fit, _calibrate(_written(model, lm, dev, contexts), dev))


def _examples(config: GeneratorTraining) -> tuple[list[WritingExample], list[WritingExample]]:
    draw = random.Random(config.seed)
    answerable, aside = answerable_and_dev(config.train, config.dev, config.limit, draw)
    if not answerable or not aside:
        raise QuestionError(
            f"{', '.join(map(str, config.train))}: expected answerable questions of more than one "
            f"titled article, got {len(answerable)} to train on and {len(aside)} held aside; "
            "give other files, or --dev"
        )
    train = [*answerable, *beside_another_text(answerable, config.unanswerable, config.seed)]
    dev = draw.sample(aside, min(_DEV_QUESTIONS, len(aside)))
    dev += beside_another_text([e for e in dev if e.end > e.start], _DEV_UNANSWERABLE, config.seed)
    return [_writing(example) for example in train], [_writing(example) for example in dev]


def _writing(example: ReadingExample) -> WritingExample:
    answer = example.text[example.start : example.end] if example.end > example.start else None
    return WritingExample(example.question, (titled(example.title, example.text),), answer)


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
    context = contexts(examples) if contexts else None
    reserved = decoding.max_new_tokens + (0 if context is None else context.vectors.shape[1])
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
