"""Encoders that are no plain BERT: read and adapted as transformers has them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from kgqa.lm.adapter import AdapterSettings, add_adapter
from kgqa.lm.backbone import load_backbone, weights_digest
from kgqa.lm.bert import Bert
from kgqa.lm.encoder import Encoder
from kgqa.lm.reading_bert import ReadingBert, for_reading
from kgqa.qa.model import IMPOSSIBLE, ReaderModel
from kgqa.qa.windows import Reading, ReadText, collate, make_windows
from kgqa.types import AdapterKind

READING = Reading("Who was born in Warsaw?", (ReadText("Marie Curie was born in Warsaw."),))


@pytest.fixture(scope="module")
def folders(
    tiny_backbone_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Two-layer models with the tiny backbone's tokenizer."""
    import transformers

    shape = {
        "vocab_size": 500,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
    }
    configs = {
        "roberta": transformers.RobertaConfig(**shape, type_vocab_size=1),
        "distilbert": transformers.DistilBertConfig(
            vocab_size=500, dim=32, n_layers=2, n_heads=4, hidden_dim=64
        ),
        "modernbert": transformers.ModernBertConfig(**shape, pad_token_id=0),
        "relu": transformers.BertConfig(**shape, hidden_act="relu"),
    }
    made = {}
    for name, config in configs.items():
        torch.manual_seed(0)
        made[name] = tmp_path_factory.mktemp(name)
        transformers.AutoModel.from_config(config).save_pretrained(made[name])
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(tiny_backbone_folder / file, made[name] / file)
    return made


@pytest.mark.parametrize("name", ["roberta", "distilbert", "modernbert", "relu"])
@pytest.mark.parametrize("kind", ["lora", "bottleneck", "prompt"])
def test_it_is_read_and_every_adapter_is_trained(
    name: str, kind: AdapterKind, folders: dict[str, Path]
) -> None:
    backbone = load_backbone(str(folders[name]), "fp32")
    assert not isinstance(backbone.model, Bert)
    assert for_reading(backbone.model, "int8") is backbone.model
    assert Encoder(backbone).encode(["Marie Curie", "a computer"]).shape == (2, 32)
    model = ReaderModel(add_adapter(backbone.copy_model(), AdapterSettings(kind, 4)), 32)
    batch = collate(make_windows(backbone.tokenizer, [READING]), backbone.pad_id)
    logits = model(batch)
    logits[logits > IMPOSSIBLE].sum().backward()
    trained = {n for n, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert any(n.startswith("backbone.") for n in trained), trained


@pytest.mark.parametrize("name", ["roberta", "distilbert", "relu"])
def test_the_longest_text_that_it_reads_is_known(name: str, folders: dict[str, Path]) -> None:
    backbone = load_backbone(str(folders[name]), "fp32")
    longest = torch.full((1, backbone.max_tokens), 5)
    assert backbone.model(input_ids=longest).last_hidden_state.shape[1] == backbone.max_tokens
    with pytest.raises((IndexError, RuntimeError)):
        backbone.model(input_ids=torch.full((1, backbone.max_tokens + 1), 5))


def test_a_bert_of_ones_own_is_read_as_the_packaged_one_is(tiny_backbone_folder: Path) -> None:
    from transformers import AutoModel

    backbone = load_backbone(str(tiny_backbone_folder), "fp32")
    reference = AutoModel.from_pretrained(tiny_backbone_folder, use_safetensors=True).eval()
    reference.pooler = None
    assert isinstance(backbone.model, Bert)
    assert backbone.digest == weights_digest(reference)
    assert isinstance(for_reading(backbone.model, "int8"), ReadingBert)
    asked = {
        "input_ids": torch.tensor([[2, 10, 11, 12, 3], [2, 13, 3, 0, 0]]),
        "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
    }
    with torch.inference_mode():
        found, expected = (m(**asked).last_hidden_state for m in (backbone.model, reference))
    shown = asked["attention_mask"].bool()
    torch.testing.assert_close(found[shown], expected[shown], rtol=1e-4, atol=1e-5)
