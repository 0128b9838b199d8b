"""The reader trained with each kind of adapter, loaded back, and asked for by its kind."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import torch

from kgqa.errors import QuestionError, WeightsError
from kgqa.lm.adapter import check_adapter, read_card
from kgqa.lm.backbone import Backbone
from kgqa.ontology import load_ontology
from kgqa.qa.reader import Reader
from kgqa.qa.windows import Reading, ReadText
from kgqa.train.reader import train_reader
from kgqa.train.settings import ReaderTraining
from kgqa.types import AdapterKind

KINDS = get_args(AdapterKind)
READING = Reading("Where was Marie Curie born?", (ReadText("Marie Curie was born in Warsaw."),))


def config(squad_file: Path, out: Path, adapter: AdapterKind, **more: object) -> ReaderTraining:
    settings: dict[str, object] = {
        "train": (squad_file,),
        "dev": squad_file,
        "epochs": 2,
        "batch_size": 8,
        "learning_rate": 5e-3,
        "size": 4,
    }
    return ReaderTraining(out=out, adapter=adapter, **{**settings, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, tiny_backbone: Backbone, squad_file: Path
) -> dict[str, Path]:
    """Weights by adapter."""
    folders = {}
    for kind in KINDS:
        folders[kind] = tmp_path_factory.mktemp("adapters") / kind
        train_reader(config(squad_file, folders[kind], kind), tiny_backbone, load_ontology())
    return folders


@pytest.mark.parametrize("kind", KINDS)
def test_the_card_names_the_adapter_and_loading_follows_it(
    kind: AdapterKind, trained: dict[str, Path], tiny_backbone: Backbone
) -> None:
    card = read_card(trained[kind], "reader")
    assert (card["adapter"]["kind"], card["adapter"]["size"]) == (kind, 4)
    assert f"--adapter {kind} --size 4" in card["command"]
    reader = Reader.load(trained[kind], tiny_backbone)
    (answer,) = reader.read([READING])
    assert answer is not None
    assert 0 <= answer.score <= 1
    (again,) = Reader.load(trained[kind], tiny_backbone).read([READING])
    assert again == answer


@pytest.mark.parametrize("kind", KINDS)
def test_the_adapter_changes_what_the_backbone_reads(
    kind: AdapterKind, trained: dict[str, Path], tiny_backbone: Backbone
) -> None:
    adapted = Reader.load(trained[kind], tiny_backbone).model.backbone
    ids = torch.tensor([[2, 10, 11, 12, 3]])
    with torch.inference_mode():
        after = adapted(input_ids=ids).last_hidden_state
        before = tiny_backbone.model(input_ids=ids).last_hidden_state
    assert after.shape == before.shape
    assert not torch.allclose(after, before, atol=1e-3)


def test_training_goes_on_from_the_same_kind_only(
    trained: dict[str, Path], tiny_backbone: Backbone, squad_file: Path, tmp_path: Path
) -> None:
    for kind in KINDS:
        further = config(squad_file, tmp_path / kind, kind, start=trained[kind], epochs=1)
        train_reader(further, tiny_backbone, load_ontology())
        assert check_adapter(tmp_path / kind, "reader", kind) == kind
    other = config(squad_file, tmp_path / "other", "prompt", start=trained["lora"])
    with pytest.raises(WeightsError, match="give the saved adapter's kind, 'lora'"):
        train_reader(other, tiny_backbone, load_ontology())


def test_weights_with_another_adapter_are_refused(trained: dict[str, Path]) -> None:
    assert check_adapter(trained["prompt"], "reader", None) == "prompt"
    with pytest.raises(WeightsError, match=r"got 'lora' in .*kgqa train reader --adapter prompt"):
        check_adapter(trained["lora"], "reader", "prompt")


def test_nothing_to_train_on_is_told(tiny_backbone: Backbone, tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="expected questions to train a reader on, got none"):
        train_reader(ReaderTraining(out=tmp_path), tiny_backbone, load_ontology())
