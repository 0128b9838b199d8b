"""A training that follows trained readers beside its questions' own answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from kgqa.errors import WeightsError
from kgqa.lm.adapter import read_card
from kgqa.lm.backbone import Backbone, load_backbone
from kgqa.lm.device import training_device
from kgqa.ontology import load_ontology
from kgqa.qa.model import ReaderBatch, ReaderModel
from kgqa.qa.reader import Reader
from kgqa.qa.windows import Reading, ReadText, collate, make_windows
from kgqa.train.reader import train_reader
from kgqa.train.settings import ReaderTraining
from kgqa.train.teachers import Teachers

CPU = torch.device("cpu")


def batch(backbone: Backbone) -> ReaderBatch:
    readings = [
        Reading("Where was Marie Curie born?", (ReadText("Marie Curie was born in Warsaw."),)),
        Reading("Who was born in London?", (ReadText("Ada Lovelace was born in London."),)),
    ]
    return collate(make_windows(backbone.tokenizer, readings), backbone.pad_id)


def model(backbone: Backbone, seed: int) -> ReaderModel:
    torch.manual_seed(seed)
    return ReaderModel(backbone.copy_model(), backbone.width).eval()


def config(squad_file: Path, out: Path, **more: object) -> ReaderTraining:
    settings: dict[str, object] = {
        "train": (squad_file,),
        "dev": squad_file,
        "epochs": 30,
        "batch_size": 8,
        "learning_rate": 5e-3,
        "size": 4,
    }
    return ReaderTraining(out=out, **{**settings, **more})  # type: ignore[arg-type]


@torch.no_grad()
def test_who_says_what_the_teacher_says_loses_nothing(tiny_backbone: Backbone) -> None:
    teacher, other, read = model(tiny_backbone, 0), model(tiny_backbone, 1), batch(tiny_backbone)
    teachers = Teachers([teacher])
    assert float(teachers.loss(teacher(read), read)) == pytest.approx(0, abs=1e-5)
    assert float(teachers.loss(other(read), read)) > 1e-3


@torch.no_grad()
def test_the_loss_is_the_divergence_from_the_teachers_mean(tiny_backbone: Backbone) -> None:
    models, read = [model(tiny_backbone, seed) for seed in (0, 1)], batch(tiny_backbone)
    student = model(tiny_backbone, 2)(read)

    def softened(logits: Tensor) -> Tensor:
        return (logits.double() / 2).softmax(-1)

    target = (softened(models[0](read)) + softened(models[1](read))) / 2
    terms = target * (target.log() - softened(student).log())
    expected = 4 * terms.nan_to_num(0).sum(-1).mean()
    assert float(Teachers(models).loss(student, read)) == pytest.approx(float(expected), rel=1e-4)


def test_a_student_comes_near_its_teacher(
    tiny_backbone: Backbone, squad_file: Path, tmp_path: Path
) -> None:
    taught, alone, teacher = (tmp_path / name for name in ("taught", "alone", "teacher"))
    train_reader(config(squad_file, teacher, seed=1), tiny_backbone, load_ontology())
    followed = config(squad_file, taught, epochs=3, teachers=(teacher,), distill=1.0)
    train_reader(followed, tiny_backbone, load_ontology())
    train_reader(config(squad_file, alone, epochs=3), tiny_backbone, load_ontology())
    card = read_card(taught, "reader")
    assert "--teachers" in card["command"]
    assert card["files"][f"{tmp_path.name}/teacher"] == read_card(teacher, "reader")["sha256"]
    teachers, read = Teachers.load([teacher], tiny_backbone, CPU), batch(tiny_backbone)
    with torch.no_grad():
        far = {
            folder: float(teachers.loss(Reader.load(folder, tiny_backbone).model(read), read))
            for folder in (taught, alone)
        }
    assert far[taught] < far[alone]


def test_a_teacher_on_other_tokens_is_refused(
    tiny_backbone: Backbone, squad_file: Path, tmp_path: Path
) -> None:
    teacher = tmp_path / "teacher"
    train_reader(config(squad_file, teacher, epochs=1), tiny_backbone, load_ontology())
    packaged = load_backbone("packaged", "fp32")
    with pytest.raises(WeightsError, match="expected a backbone with the tokens of 'packaged'"):
        Teachers.load([teacher], packaged, CPU)
    with pytest.raises(WeightsError, match="no such weight card"):
        Teachers.load([tmp_path / "absent"], tiny_backbone, CPU)
    card = json.loads((teacher / "card.json").read_text())
    (teacher / "card.json").write_text(json.dumps({**card, "backbone_name": "absent/backbone"}))
    with pytest.raises(WeightsError, match="absent/backbone"):
        Teachers.load([teacher], tiny_backbone, CPU)


@pytest.mark.skipif(training_device().type == "cpu", reason="needs a GPU")
def test_training_on_a_gpu_goes_on_where_it_stopped(
    tiny_backbone: Backbone, squad_file: Path, tmp_path: Path
) -> None:
    settings = config(squad_file, tmp_path / "out")
    first = train_reader(settings, tiny_backbone, load_ontology())
    assert train_reader(replace(settings, resume=True), tiny_backbone, load_ontology()) == first
