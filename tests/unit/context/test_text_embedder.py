"""Rows of questions and names: the same alone and together, and each made once."""

from __future__ import annotations

import pytest
import torch

from kgqa.context import text
from kgqa.context.text import TextEmbedder
from kgqa.lm.backbone import Backbone

QUESTION = "where was the mother of [MASK] born"
NAMES = ["Ada Lovelace", "place of birth", "Warsaw", "Ada Lovelace"]


def test_what_is_read_beside_questions_is_what_is_read_alone(tiny_backbone: Backbone) -> None:
    alone, together = TextEmbedder(tiny_backbone), TextEmbedder(tiny_backbone)
    row, beside = alone.rows([QUESTION])[0], together.rows([QUESTION], beside=NAMES)
    assert len(beside) == 1
    torch.testing.assert_close(beside[0].states, row.states)
    assert beside[0].distance.tolist() == row.distance.tolist()
    torch.testing.assert_close(together.names(NAMES), alone.names(NAMES))


def test_names_are_read_once(tiny_backbone: Backbone) -> None:
    texts = TextEmbedder(tiny_backbone)
    texts.rows([QUESTION], beside=NAMES)
    passes: list[object] = []
    hook = tiny_backbone.model.register_forward_hook(lambda *given: passes.append(given))
    try:
        found = texts.names(NAMES)
        assert passes == []
        texts.names([*NAMES, "Kraków"])
        assert len(passes) == 1
    finally:
        hook.remove()
    assert torch.equal(found[0], found[3])
    assert not torch.equal(found[0], found[1])


def test_so_many_names_are_held_and_no_more(
    tiny_backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "_KEPT", 2)
    texts = TextEmbedder(tiny_backbone)
    found = texts.names(NAMES)  # three at once: all are given, two are held
    assert len(found) == 4
    passes: list[object] = []
    hook = tiny_backbone.model.register_forward_hook(lambda *given: passes.append(given))
    try:
        texts.names(NAMES[1:3])
        assert passes == []
        torch.testing.assert_close(texts.names(NAMES[:1])[0], found[0])
        assert len(passes) == 1
    finally:
        hook.remove()
