"""The three kinds of adapters behind one switch, on an encoder and on causal LMs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from kgqa.errors import ConfigError, WeightsError
from kgqa.lm.adapter import (
    AdapterSettings,
    adapted_model,
    adapter_card,
    add_adapter,
    load_adapter,
    save_adapter,
    saved_settings,
    start_from,
)
from kgqa.lm.adapter_bottleneck import sublayer_outputs
from kgqa.lm.backbone import Backbone
from kgqa.lm.causal import CausalLM, load_causal
from kgqa.train.loop import trained_tensors

KINDS = ("lora", "bottleneck", "prompt")
IDS = torch.tensor([[5, 10, 11, 12, 13, 7], [6, 9, 20, 21, 22, 8]])


@pytest.fixture(scope="module")
def encoder(tiny_backbone: Backbone) -> Backbone:
    """With larger weights: in a fresh BERT hardly anything reaches one token from another."""
    model = tiny_backbone.copy_model()
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.weight.data *= 10
    return replace(tiny_backbone, model=model)


class _Trained(nn.Module):
    """What every trained part of kgqa looks like: its language model is `backbone`."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone


def _trained(backbone: Backbone | CausalLM, settings: AdapterSettings, steps: int = 20) -> _Trained:
    """With some steps towards an arbitrary goal; the loss must fall."""
    torch.manual_seed(0)
    model = _Trained(add_adapter(backbone.copy_model(), settings))
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, 1e-2)
    losses = []
    for _ in range(steps):
        loss = _loss(model.backbone, isinstance(backbone, CausalLM))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0], losses
    return model


def _loss(model: nn.Module, causal: bool) -> Tensor:
    output = model(input_ids=IDS)
    if causal:
        return functional.cross_entropy(output.logits[:, -1], IDS[:, 1])
    wanted = torch.ones(output.last_hidden_state.shape[-1])
    wanted[::2] = -1
    return functional.mse_loss(output.last_hidden_state[:, 0], wanted.expand(2, -1))


def _states(model: nn.Module, ids: Tensor = IDS, mask: Tensor | None = None) -> Tensor:
    with torch.inference_mode():
        output = model.eval()(input_ids=ids, attention_mask=mask)
    states = getattr(output, "last_hidden_state", None)
    return output.logits if states is None else states  # type: ignore[no-any-return]


def _save(folder: Path, model: nn.Module, backbone: Backbone | CausalLM, kind: str) -> None:
    card = {
        "kind": "reader",
        "backbone": backbone.digest,
        "ontology": "abc",
        "adapter": adapter_card(AdapterSettings(kind, 4)),  # type: ignore[arg-type]
    }
    save_adapter(folder, trained_tensors(model), card)


@pytest.mark.parametrize("kind", KINDS)
def test_a_causal_lms_adapter_learns_and_is_read_back(
    kind: str, tiny_lm: CausalLM, tmp_path: Path
) -> None:
    before = _states(tiny_lm.model)
    model = _trained(tiny_lm, AdapterSettings(kind, 4))  # type: ignore[arg-type]
    _save(tmp_path, model, tiny_lm, kind)
    read = adapted_model(tiny_lm, load_adapter(tmp_path, "reader", tiny_lm, "abc"))
    assert not any(parameter.requires_grad for parameter in read.parameters())
    assert torch.allclose(_states(read), _states(model.backbone), atol=0.05)
    assert not torch.allclose(_states(read), before, atol=0.2)
    assert torch.equal(_states(tiny_lm.model), before)  # though the copy shares its weights


@pytest.mark.parametrize("kind", KINDS)
def test_an_encoders_adapter_learns_and_is_read_back(
    kind: str, encoder: Backbone, tmp_path: Path
) -> None:
    before = _states(encoder.model)
    model = _trained(encoder, AdapterSettings(kind, 4))  # type: ignore[arg-type]
    _save(tmp_path, model, encoder, kind)
    read = adapted_model(encoder, load_adapter(tmp_path, "reader", encoder))
    assert torch.allclose(_states(read), _states(model.backbone), atol=0.02)
    assert not torch.allclose(_states(read), before, atol=0.1)
    assert torch.equal(_states(encoder.model), before)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_adapter_is_saved(kind: str, tiny_qwen: CausalLM) -> None:
    model = add_adapter(tiny_qwen.copy_model(), AdapterSettings(kind, 4))  # type: ignore[arg-type]
    names = trained_tensors(model).keys()
    marks = {"lora": "lora_", "bottleneck": ".adapter.", "prompt": "prompt"}
    assert names
    assert all(marks[kind] in name for name in names)
    # Seven linear layers and two sublayers in each of two layers; lm_head is left alone.
    assert len(names) == {"lora": 2 * 14, "bottleneck": 4 * 4, "prompt": 1}[kind]


def test_bottlenecks_stand_after_attention_and_feed_forward(
    tiny_lm: CausalLM, encoder: Backbone
) -> None:
    causal = {id(module): name for name, module in tiny_lm.model.named_modules()}
    assert [causal[id(m)].removeprefix("model.") for m in sublayer_outputs(tiny_lm.model)] == [
        "layers.0.self_attn.o_proj",
        "layers.0.mlp.down_proj",
        "layers.1.self_attn.o_proj",
        "layers.1.mlp.down_proj",
    ]
    bert = {id(module): name for name, module in encoder.model.named_modules()}
    assert [bert[id(m)] for m in sublayer_outputs(encoder.model)] == [
        "encoder.layer.0.attention.output.dense",
        "encoder.layer.0.output.dense",
        "encoder.layer.1.attention.output.dense",
        "encoder.layer.1.output.dense",
    ]


@pytest.mark.parametrize("kind", ["lora", "bottleneck"])
def test_a_new_adapter_changes_nothing(kind: str, tiny_lm: CausalLM) -> None:
    model = add_adapter(tiny_lm.copy_model(), AdapterSettings(kind, 4))  # type: ignore[arg-type]
    assert torch.allclose(_states(model), _states(tiny_lm.model), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_does_not_change_an_adapted_text(kind: str, encoder: Backbone) -> None:
    model = _trained(encoder, AdapterSettings(kind, 4)).backbone  # type: ignore[arg-type]
    padded = functional.pad(IDS, (0, 3))
    mask = functional.pad(torch.ones_like(IDS), (0, 3))
    assert torch.allclose(_states(model, padded, mask)[:, :6], _states(model), atol=1e-5)


def test_the_prompts_own_states_are_cut_off(encoder: Backbone) -> None:
    model = add_adapter(encoder.copy_model(), AdapterSettings("prompt", 3))
    with torch.inference_mode():
        output = model.eval()(input_ids=IDS, output_hidden_states=True, output_attentions=True)
    assert output.last_hidden_state.shape[:2] == IDS.shape
    assert {states.shape[1] for states in output.hidden_states} == {IDS.shape[1]}
    assert {weights.shape[-2:] for weights in output.attentions} == {(6, 6)}
    assert not torch.allclose(output.last_hidden_state, _states(encoder.model), atol=1e-3)


def test_a_prompt_leaves_less_room(tiny_qwen: CausalLM) -> None:
    model = add_adapter(tiny_qwen.copy_model(), AdapterSettings("prompt", 200))
    with pytest.raises(WeightsError, match="at most 56 tokens of input"):
        _states(model, torch.zeros(1, 57, dtype=torch.long))


def test_a_larger_bottleneck_goes_on_where_a_smaller_one_ended(
    tiny_qwen: CausalLM, tmp_path: Path
) -> None:
    model = _trained(tiny_qwen, AdapterSettings("bottleneck", 4))
    _save(tmp_path, model, tiny_qwen, "bottleneck")
    saved = load_adapter(tmp_path, "reader", tiny_qwen)
    grown = _Trained(add_adapter(tiny_qwen.copy_model(), AdapterSettings("bottleneck", 6)))
    start_from(grown, saved)
    assert torch.allclose(_states(grown.backbone), _states(model.backbone), atol=0.05)
    with pytest.raises(WeightsError, match="give the saved adapter's kind, 'bottleneck'"):
        start_from(_Trained(add_adapter(tiny_qwen.copy_model(), AdapterSettings("lora"))), saved)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"kind": "lorra"}, "expected one of lora, bottleneck, prompt, got 'lorra'"),
        ({"size": 0}, "size: expected a whole number of at least 1, got 0"),
        ({"size": 2.5}, "size: expected a whole number of at least 1, got 2.5"),
        ({"alpha": -1}, "alpha: expected a whole number of at least 1, got -1"),
        ({"kind": "prompt", "alpha": 4}, "only 'lora' scales its update, got 4"),
        ({"dropout": 1.0}, "expected 0 <= dropout < 1, got 1.0"),
    ],
)
def test_bad_settings_reject_themselves(bad: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        AdapterSettings(**bad)  # type: ignore[arg-type]
    assert message in str(refused.value)


def test_cards_of_before_the_switch_are_read() -> None:
    old = saved_settings({"lora": {"rank": 8, "alpha": 16}})
    assert (old.kind, old.size, old.scale) == ("lora", 8, 2.0)
    with pytest.raises(WeightsError, match="expected the settings of an adapter"):
        saved_settings({})


def test_another_lms_adapter_is_refused(
    tiny_qwen: CausalLM, tiny_lm_folders: dict[str, Path], tmp_path: Path
) -> None:
    model = add_adapter(tiny_qwen.copy_model(), AdapterSettings("prompt", 4))
    _save(tmp_path, _Trained(model), tiny_qwen, "prompt")
    other = load_causal(str(tiny_lm_folders["other"]), "fp32")
    with pytest.raises(WeightsError, match="trained on another backbone") as refused:
        load_adapter(tmp_path, "reader", other)
    assert "set `lm` back" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_model_without_such_layers_is_refused() -> None:
    class Flat(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.only = nn.Embedding(4, 4)
            self.config = type("Config", (), {"hidden_size": 4})()

    for kind in ("lora", "bottleneck"):
        with pytest.raises(WeightsError, match="got Flat"):
            add_adapter(Flat(), AdapterSettings(kind))  # type: ignore[arg-type]
