from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from kgqa.context.encoder import ContextShape
from kgqa.context.gnn import RelationWalk
from kgqa.context.question_gates import QuestionOpener
from kgqa.context.text import TextEmbedder, padded
from kgqa.errors import WeightsError
from kgqa.lm.adapter import save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder

RELATIONS = ["mother", "born_in", "P57"]
LABELS = {"P57": "director"}


@pytest.fixture
def model(tiny_backbone: Backbone) -> RelationWalk:
    torch.manual_seed(0)
    shape = ContextShape(2 * tiny_backbone.width, tiny_backbone.width, width=16)
    return RelationWalk(shape).eval()


def saved(folder: Path, model: RelationWalk, of: Backbone, **card: object) -> Path:
    shape = {"width": 16, "steps": model.shape.steps}
    full = {"kind": "context", "backbone": of.digest, "shape": shape, **card}
    save_adapter(folder, model.state_dict(), full)
    return folder


def test_gates_are_the_walk_s_own(
    tmp_path: Path, model: RelationWalk, tiny_backbone: Backbone
) -> None:
    opener = QuestionOpener.load(saved(tmp_path, model, tiny_backbone), tiny_backbone, LABELS)
    # Without a topic the walk reads the very same states.
    question = "who was born in Paris"
    texts = TextEmbedder(tiny_backbone)
    with torch.inference_mode():
        read = model.reader(padded(texts.rows([question])))
        words = texts.names(["mother", "born in", "director"])
        expected = model.open(read, words).amax(0).numpy()
    found = opener.read(question).gates([], RELATIONS)
    assert found.shape == (3, 2)
    # the walk's states and the saved weights are rounded to fp16
    assert found == pytest.approx(expected, abs=0.01)
    named = opener.read(question).gates([(question.index("Paris"), len(question))], RELATIONS)
    assert np.abs(named - found).max() > 1e-4


def test_the_embedding_is_the_encoder_s(
    tmp_path: Path, model: RelationWalk, tiny_backbone: Backbone
) -> None:
    opener = QuestionOpener.load(saved(tmp_path, model, tiny_backbone), tiny_backbone)
    for question in ("who was born in Paris", "", "born " * 100):
        read = opener.read(question)
        assert np.array_equal(read.vector, Encoder(tiny_backbone).encode([question])[0])
        assert read.gates([(0, 3)], ["mother"]).shape == (1, 2)
        assert read.gates([(0, 3)], []).shape == (0, 2)


def test_weights_that_do_not_fit_are_left_out(
    tmp_path: Path, model: RelationWalk, tiny_backbone: Backbone
) -> None:
    for n, card in enumerate(({"backbone": "another"}, {"context": "memory"})):
        folder = saved(tmp_path / str(n), model, tiny_backbone, **card)
        assert QuestionOpener.load_fitting(folder, tiny_backbone) is None
        with pytest.raises(WeightsError):
            QuestionOpener.load(folder, tiny_backbone)
    fitting = saved(tmp_path / "fits", model, tiny_backbone)
    assert QuestionOpener.load_fitting(fitting, tiny_backbone) is not None
    with pytest.raises(WeightsError, match="no such weight card"):
        QuestionOpener.load_fitting(tmp_path / "nowhere", tiny_backbone)


def test_other_tensors_are_refused_by_name(
    tmp_path: Path, model: RelationWalk, tiny_backbone: Backbone
) -> None:
    card = {"kind": "context", "backbone": tiny_backbone.digest}
    tensors = {"reader.start": torch.zeros(3, 16)}
    save_adapter(tmp_path, tensors, {**card, "shape": {"width": 16, "steps": 3}})
    with pytest.raises(WeightsError, match="train it again with `kgqa train context`"):
        QuestionOpener.load(tmp_path, tiny_backbone)


def test_it_does_without_pyg() -> None:
    code = "import kgqa.context.question_gates, sys; print('torch_geometric' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
