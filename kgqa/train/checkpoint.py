"""What a training changes, and the file from which it goes on after a stop."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from kgqa.errors import WeightsError

logger = logging.getLogger(__name__)
CHECKPOINT = "checkpoint.safetensors"
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
"""What AdamW keeps for each parameter."""


@dataclass(slots=True)
class Fit:
    """What a training did: dev scores by step, and its cost."""

    steps: int = 0
    seconds: float = 0.0
    best: float = -math.inf
    scores: list[tuple[int, float]] = field(default_factory=list)


class Masters:
    """fp32 copies that the optimizer changes; the model's own parameters follow."""

    def __init__(self, model: nn.Module) -> None:
        self.live = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self.copies = {n: p.detach().float().clone() for n, p in self.live.items()}

    def take_gradients(self) -> None:
        """Move the model's gradients to the copies."""
        for name, parameter in self.live.items():
            gradient = parameter.grad
            self.copies[name].grad = None if gradient is None else gradient.float()
            parameter.grad = None

    @torch.no_grad()
    def publish(self) -> None:
        """Round the copies into the model's parameters."""
        for name, parameter in self.live.items():
            parameter.copy_(self.copies[name].to(parameter.dtype))


class Checkpoint:
    """The file in `folder` from which the same training goes on.

    Args:
        digest: of what decides the training.
        masters, optimizer: what is saved and restored.
    """

    def __init__(self, folder: Path, digest: str, masters: Masters, optimizer: Optimizer) -> None:
        self.path = folder / CHECKPOINT
        self._digest = digest
        self._masters, self._optimizer = masters, optimizer

    def save(self, fit: Fit, best: Mapping[str, Tensor]) -> None:
        """Put the training in place of what the file held; a stop leaves the old or the new.

        Args:
            best: the parameters of the best dev score, by name; empty before the first score.
        """
        from safetensors.torch import save_file

        tensors: dict[str, Tensor] = {}
        for name, copy in self._masters.copies.items():
            tensors[f"parameter.{name}"] = copy.detach()
            for key, value in self._optimizer.state.get(copy, {}).items():
                tensors[f"{key}.{name}"] = value
        tensors |= {f"best.{name}": tensor for name, tensor in best.items()}
        state = {
            "training": self._digest,
            "steps": fit.steps,
            "seconds": fit.seconds,
            "scores": fit.scores,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(CHECKPOINT + ".part")
        save_file(tensors, part, metadata={"state": json.dumps(state)})
        part.replace(self.path)

    def load(self) -> tuple[Fit, dict[str, Tensor]]:
        """Restore masters and optimizer; the Fit so far and the best parameters, by name. Both
        are empty without a file.

        Raises:
            WeightsError: the file is of another training.
        """
        from safetensors import safe_open

        if not self.path.is_file():
            logger.info("no checkpoint in %s: starting from the beginning", self.path.parent)
            return Fit(), {}
        with safe_open(self.path, framework="pt") as stream:
            state = json.loads(stream.metadata()["state"])
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
        if state.get("training") != self._digest:
            raise WeightsError(
                f"{self.path}: expected a training with the same options and files, got another; "
                "give those, train into another --out folder, or start over without --resume"
            )
        self._restore(tensors)
        scores = [(step, score) for step, score in state["scores"]]
        best = max((score for _, score in scores), default=-math.inf)
        names = self._masters.copies
        return (
            Fit(state["steps"], state["seconds"], best, scores),
            {name: tensors[f"best.{name}"] for name in names if f"best.{name}" in tensors},
        )

    def _restore(self, tensors: Mapping[str, Tensor]) -> None:
        for name, copy in self._masters.copies.items():
            with torch.no_grad():
                copy.copy_(tensors[f"parameter.{name}"])
            # The step's number stays where AdamW counts it, on the processor.
            self._optimizer.state[copy] = {
                key: tensors[f"{key}.{name}"].to("cpu" if key == "step" else copy.device)
                for key in _MOMENTS
                if f"{key}.{name}" in tensors
            }
        self._masters.publish()
