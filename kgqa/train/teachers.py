"""Trained readers that a training follows beside its questions' own answers.

A teacher's probabilities say more than one right place: how likely the others are, and how
surely nothing answers (Hinton et al. 2015, arXiv 1503.02531). Teachers read text only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from kgqa.errors import WeightsError
from kgqa.lm.adapter import adapted_model, load_adapter, read_card
from kgqa.lm.backbone import Backbone, load_backbone
from kgqa.lm.reading_bert import for_reading
from kgqa.qa.model import ReaderBatch, ReaderModel, loaded_model

_TEMPERATURE = 2.0


class Teachers:
    """
    Args:
        models: in evaluation, on the device of the batches.
    """

    def __init__(self, models: Sequence[ReaderModel]) -> None:
        self.models = models

    @classmethod
    def load(cls, folders: Sequence[Path], backbone: Backbone, device: torch.device) -> Teachers:
        """
        Args:
            folders: what `kgqa train reader` wrote, each on the backbone that its card names.
            backbone: the student's.

        Raises:
            WeightsError: weights are missing or changed, or their backbone cuts texts into
                other tokens.
        """
        models = []
        for folder in folders:
            name = str(read_card(folder, "reader").get("backbone_name"))
            on_gpu = device.type == "cuda"
            own = load_backbone(name, "bf16" if on_gpu else "fp32")
            if own.tokenizer.vocabulary() != backbone.tokenizer.vocabulary():
                raise WeightsError(
                    f"teacher {folder}: expected a backbone with the tokens of "
                    f"{backbone.name!r}, got {name!r}, which cuts texts otherwise"
                )
            saved = load_adapter(folder, "reader", own)
            adapted = adapted_model(own, saved)
            network = adapted if on_gpu else for_reading(adapted, "auto")
            model = loaded_model(saved, network, own.width)
            models.append(model.to(device).eval().requires_grad_(False))
        return cls(models)

    def loss(self, logits: Tensor, batch: ReaderBatch) -> Tensor:
        """T^2 KL(teachers' mean || student), both softmax of logits / T, mean over starts and
        ends.

        Args:
            logits: the student's, [batch, 2, length + 2].
        """
        with torch.no_grad():
            own = [(model(batch) / _TEMPERATURE).softmax(-1) for model in self.models]
            target = torch.stack(own).mean(0)
        student = (logits / _TEMPERATURE).log_softmax(-1)
        divergence = torch.nn.functional.kl_div(student, target, reduction="sum")
        return divergence * _TEMPERATURE**2 / (2 * len(logits))
