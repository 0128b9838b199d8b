"""The one training loop: every trained part of kgqa goes through `fit`.

AdamW (L2 as decoupled weight decay) under a one-cycle schedule, gradient accumulation,
early stopping on a dev score, fp32 master copies of bf16 parameters, and a checkpoint from
which `resume` continues with the step after it.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from kgqa.lm.workers import side_by_side
from kgqa.train.checkpoint import Checkpoint, Fit, Masters
from kgqa.train.settings import Training

logger = logging.getLogger(__name__)
Batch = TypeVar("Batch")
_WARMUP, _MAX_NORM = 0.06, 1.0
"""The share of all steps in which the rate rises from 0; the norm that gradients are cut to."""
_SEEDS = 1_000_003
"""Between the seeds of two trainings: more than either has steps."""


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How to train.

    Attributes:
        epochs: passes over the batches.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: L2, decoupled (AdamW).
        accumulate: batches whose gradients make one step.
        beside: whether these batches run side by side on the processor, one thread each; they
            then draw dropout in no fixed order, and two trainings differ by that.
        evaluations: how many times an epoch the dev score is taken.
        patience: stop after so many dev scores without a gain; None never stops early.
        checkpoint_seconds: least time between two checkpoints.
        seed: of batch order and of what each step draws, by its number.
    """

    epochs: int = 1
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    accumulate: int = 1
    beside: bool = False
    evaluations: int = 1
    patience: int | None = None
    checkpoint_seconds: float = 120.0
    seed: int = 0


def loop_settings(
    config: Training, *, accumulate: int = 1, beside: bool = False, evaluations: int = 1
) -> LoopSettings:
    """What every `kgqa train` verb takes, with what the part that is trained adds."""
    return LoopSettings(
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        accumulate=accumulate,
        beside=beside,
        evaluations=evaluations,
        patience=config.patience,
        seed=config.seed,
    )


class Loop(Generic[Batch]):
    """One training: `run` it once.

    Args:
        model: its parameters with `requires_grad` are trained.
        batches: epoch number -> that epoch's batches, the same for the same number.
        loss: batch -> scalar loss.
        evaluate: -> dev score, higher is better.
        settings: see LoopSettings.
        out: folder of the checkpoint.
        digest: of what decides the training; only a checkpoint of the same one is gone on from.
    """

    def __init__(
        self,
        model: nn.Module,
        batches: Callable[[int], Sequence[Batch]],
        loss: Callable[[Batch], Tensor],
        evaluate: Callable[[], float],
        settings: LoopSettings,
        out: Path,
        digest: str,
    ) -> None:
        self.model, self.batches, self.loss, self.evaluate = model, batches, loss, evaluate
        self.settings = settings
        self.masters = Masters(model)
        self.optimizer = torch.optim.AdamW(
            list(self.masters.copies.values()), weight_decay=settings.weight_decay
        )
        self.checkpoint = Checkpoint(out, digest, self.masters, self.optimizer)
        self.fit = Fit()
        self.best_tensors: dict[str, Tensor] = {}

    def run(self, resume: bool = False) -> Fit:
        """Train; the model ends with the parameters of the best dev score.

        Raises:
            WeightsError: the checkpoint to go on from is of another training.
        """
        if resume:
            self.fit, self.best_tensors = self.checkpoint.load()
            if self._stale():
                return self._finish()
        done = self.fit.steps
        before, started, saved = self.fit.seconds, time.monotonic(), time.monotonic()
        first = self.batches(0)
        per_epoch = math.ceil(len(first) / self.settings.accumulate)
        total = per_epoch * self.settings.epochs
        every = max(1, per_epoch // self.settings.evaluations)
        step = 0
        for epoch in range(self.settings.epochs):
            if step + per_epoch <= done:
                step += per_epoch
                continue
            batches = first if epoch == 0 else self.batches(epoch)
            for start in range(0, len(batches), self.settings.accumulate):
                step += 1
                if step <= done:
                    continue
                group = batches[start : start + self.settings.accumulate]
                value = self._step(group, self._rate(step, total))
                self.fit.steps = step
                self.fit.seconds = before + time.monotonic() - started
                if step % 50 == 0:
                    took = self.fit.seconds
                    logger.info("step %d/%d loss %.4f %.0fs", step, total, float(value), took)
                if step % every == 0 or step == total:
                    self._score()
                    if self._stale():
                        return self._finish()
                if time.monotonic() - saved > self.settings.checkpoint_seconds:
                    self.checkpoint.save(self.fit, self.best_tensors)
                    saved = time.monotonic()
        return self._finish()

    def _step(self, group: Sequence[Batch], rate: float) -> Tensor:
        """The mean loss, still on its device: to ask for its number is to wait for a GPU."""
        self.model.train()
        # By its number, so that a resumed training draws as an undisturbed one does.
        torch.manual_seed(self.settings.seed * _SEEDS + self.fit.steps)
        losses: list[Tensor] = []

        def work(batch: Batch) -> None:
            loss = self.loss(batch) / len(group)
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())

        if self.settings.beside:
            side_by_side(work, group)
        else:
            for batch in group:
                work(batch)
        self.masters.take_gradients()
        nn.utils.clip_grad_norm_(self.masters.copies.values(), _MAX_NORM)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = rate
        self.optimizer.step()
        self.masters.publish()
        return torch.stack(losses).sum()

    def _rate(self, step: int, total: int) -> float:
        """Linear to the peak, then a cosine to zero (Smith & Topin 2019, arXiv 1708.07120)."""
        warm = max(1, int(_WARMUP * total))
        if step <= warm:
            return self.settings.learning_rate * step / warm
        share = (step - warm) / max(1, total - warm)
        return self.settings.learning_rate * 0.5 * (1 + math.cos(math.pi * share))

    def _score(self) -> None:
        self.model.eval()
        with torch.inference_mode():
            score = self.evaluate()
        self.fit.scores.append((self.fit.steps, score))
        logger.info("step %d dev %.4f", self.fit.steps, score)
        if score > self.fit.best:
            self.fit.best = score
            self.best_tensors = {n: t.clone() for n, t in self.masters.copies.items()}

    def _stale(self) -> bool:
        patience = self.settings.patience
        if patience is None or not self.fit.scores:
            return False
        return max(score for _, score in self.fit.scores[-patience:]) < self.fit.best

    def _finish(self) -> Fit:
        if self.best_tensors:
            with torch.no_grad():
                for name, tensor in self.best_tensors.items():
                    self.masters.copies[name].copy_(tensor)
            self.masters.publish()
        self.model.eval()
        return self.fit


def step_seed() -> int:
    """A seed for generators that are not torch's, as the step's own draws."""
    return int(torch.randint(2**31, ()))


def trained_tensors(model: nn.Module) -> dict[str, Tensor]:
    """The parameters that training changed, by name."""
    return {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}


def shuffled(values: Iterable[int], seed: int, epoch: int) -> list[int]:
    """The values in an order that depends on seed and epoch alone."""
    order = list(values)
    generator = torch.Generator().manual_seed(seed * _SEEDS + epoch)
    return [order[i] for i in torch.randperm(len(order), generator=generator).tolist()]
