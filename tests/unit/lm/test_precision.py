from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from kgqa.lm import precision
from kgqa.lm.backbone import Backbone


def test_measuring_leaves_the_weights_as_they_were(
    tiny_backbone: Backbone, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # nothing is remembered there yet
    model = tiny_backbone.copy_model()
    precision.fastest_precision(model)
    for one, other in zip(model.parameters(), tiny_backbone.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_what_is_remembered_of_one_model_is_not_taken_for_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    measured: list[torch.nn.Module] = []
    times = iter([[2.0, 1.0], [1.0, 2.0]])

    def best_times(models: Sequence[torch.nn.Module]) -> list[float]:
        measured.extend(models)
        return next(times)

    monkeypatch.setattr(precision, "_best_times", best_times)
    small, large = torch.nn.Linear(2, 2), torch.nn.Linear(2, 3)
    assert precision.fastest_precision(small) == torch.bfloat16
    assert precision.fastest_precision(large) == torch.float32
    assert precision.fastest_precision(torch.nn.Linear(2, 2)) == torch.bfloat16
    assert len(measured) == 4
