"""Many texts at once are encoded as each is by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kgqa.lm import encoder as encoder_module
from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder

SENTENCE = "Marie Curie was born in Warsaw and Pierre Curie died in Paris. "


def test_batches_side_by_side_give_what_they_give_one_by_one(
    tiny_backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = Encoder(tiny_backbone)
    texts = [(SENTENCE * times)[: 40 * times] for times in range(1, 25)] * 3
    threads = torch.get_num_threads()
    monkeypatch.setattr(encoder_module, "_BESIDE", 1)
    together = encoder.encode(texts)
    assert torch.get_num_threads() == threads
    monkeypatch.setattr(encoder_module, "_BESIDE", len(texts))
    np.testing.assert_allclose(together, encoder.encode(texts), atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert len({vector.tobytes() for vector in alone}) >= 24
