from __future__ import annotations

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
