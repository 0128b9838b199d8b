"""The packaged backbone as kgqa reads it against transformers on the same files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from kgqa.lm.adapter import add_lora
from kgqa.lm.adapter_bottleneck import sublayer_outputs
from kgqa.lm.backbone import load_backbone, packaged_folder
from kgqa.lm.bert import Bert, load_bert
from kgqa.lm.tokenizer import Tokenizer
from kgqa.qa.windows import Reading, ReadText, make_windows

ARTICLES = Path(__file__).parents[3] / "data" / "articles"
TEXTS = [
    "Where is Ada Lovelace buried?",
    "",
    "Zażółć gęślą jaźń, naïve café, Ångström",
    "東京 und Καλημέρα 👩‍🔬 \u200b x\u00a0y\tz",
    "O'Brien's 3.14-metre e-mail: a@b.example (1815)",
    "pneumonoultramicroscopicsilicovolcanoconiosis " * 30,
]


@pytest.fixture(scope="module")
def ours() -> Bert:
    return load_bert(packaged_folder()).eval()


@pytest.fixture(scope="module")
def reference() -> nn.Module:
    model: nn.Module = AutoModel.from_pretrained(
        packaged_folder(), use_safetensors=True, attn_implementation="eager", dtype=torch.float32
    )
    return model.eval()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.inference_mode()
def test_states_and_attention_are_those_of_transformers(
    dtype: torch.dtype, ours: Bert, reference: nn.Module
) -> None:
    ids = torch.randint(1000, 30000, (3, 40), generator=torch.Generator().manual_seed(0))
    asked = {
        "inputs_embeds": ours.get_input_embeddings()(ids).to(dtype) * 1.5,
        "attention_mask": (torch.arange(40) < torch.tensor([[40], [25], [3]])).long(),
        "token_type_ids": (torch.arange(40) > 10).long().expand(3, 40),
        "output_hidden_states": True,
        "output_attentions": True,
    }
    try:
        found, expected = ours.to(dtype)(**asked), reference.to(dtype)(**asked)
    finally:
        ours.float(), reference.float()
    close = {"rtol": 1e-5, "atol": 1e-5} if dtype == torch.float32 else {"rtol": 0.1, "atol": 0.1}
    torch.testing.assert_close(found.last_hidden_state, expected.last_hidden_state, **close)
    torch.testing.assert_close(found.hidden_states, expected.hidden_states, **close)
    torch.testing.assert_close(found.attentions, expected.attentions, **close)


@torch.inference_mode()
def test_ids_alone_give_the_same_states(ours: Bert, reference: nn.Module) -> None:
    ids = torch.tensor([[101, 7592, 2088, 102]])
    found, expected = ours(input_ids=ids), reference(input_ids=ids)
    torch.testing.assert_close(found.last_hidden_state, expected.last_hidden_state)
    assert found.hidden_states is None
    assert found.attentions is None


def test_bottlenecks_stand_in_the_same_places(ours: Bert, reference: nn.Module) -> None:
    found = []
    for model in (ours, reference):
        names = {id(module): name for name, module in model.named_modules()}
        found.append([names[id(module)] for module in sublayer_outputs(model)])
    assert found[0] == found[1]
    assert found[0][:2] == [
        "encoder.layer.0.attention.output.dense",
        "encoder.layer.0.output.dense",
    ]
    assert len(found[0]) == 12


def test_adapters_name_the_same_layers(ours: Bert, reference: nn.Module) -> None:
    reference.pooler = None  # as the backbone has it
    names = [
        {name for name, _ in add_lora(model, 2).named_parameters() if "lora_" in name}
        for model in (load_backbone(precision="fp32").copy_model(), reference)
    ]
    assert names[0] == names[1]
    assert len(names[0]) == 2 * 6 * 6


def test_pieces_are_those_of_transformers() -> None:
    expected = AutoTokenizer.from_pretrained(packaged_folder())
    found = Tokenizer.read(packaged_folder() / "tokenizer.json")
    texts = [*TEXTS, *(path.read_text(encoding="utf-8") for path in sorted(ARTICLES.glob("*.txt")))]
    assert found.pad_id == expected.pad_token_id
    encoded = expected(texts, truncation=True, max_length=200)
    for ours, theirs in zip(found.encode(texts, 200), encoded.encodings, strict=True):
        assert (ours.ids, ours.offsets, ours.word_ids) == (
            theirs.ids,
            theirs.offsets,
            theirs.word_ids,
        )
    for text in texts:
        plain = expected(text, add_special_tokens=False, return_offsets_mapping=True)
        assert found.pieces([text])[0].offsets == plain["offset_mapping"]


def test_a_window_of_one_text_is_the_pair_that_transformers_encodes() -> None:
    expected = AutoTokenizer.from_pretrained(packaged_folder())
    found = Tokenizer.read(packaged_folder() / "tokenizer.json")
    pairs = [("who?", "a b c d e f g " * 20), ("where is it?", "short")]
    readings = [Reading(question, (ReadText(text),)) for question, text in pairs]
    encoded = expected([q for q, _ in pairs], [t for _, t in pairs])
    windows = make_windows(found, readings)
    assert [list(window.input_ids) for window in windows] == encoded["input_ids"]
    for window, segments in zip(windows, encoded["token_type_ids"], strict=True):
        assert window.first == segments.index(1)
