"""`kgqa train generator` through to weights that `ask` reads, on a tiny LM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest

from kgqa.cli.main import main
from kgqa.config import load_settings
from kgqa.lm.adapter import load_adapter
from kgqa.lm.causal import load_causal
from kgqa.models import Models
from kgqa.qa.generator import Generator
from kgqa.qa.question import question_of
from kgqa.types import Passage, ScoredPassage

TEXT = "Marie Curie was born in Warsaw."
PASSAGES = (ScoredPassage(Passage("p", "d", 0, len(TEXT), TEXT), "Marie Curie", "m.txt", 1.0),)


@pytest.mark.parametrize(
    ("kind", "precision"), [("lora", "bf16"), ("bottleneck", "fp32"), ("prompt", "bf16")]
)
def test_the_command_writes_weights_that_the_pipeline_reads(
    kind: str,
    precision: Literal["bf16", "fp32"],
    tiny_lm_folders: dict[str, Path],
    squad_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KGQA_LM", str(tiny_lm_folders["qwen"]))
    monkeypatch.setenv("KGQA_PRECISION", precision)
    out = tmp_path / "generator"
    options = f"--adapter {kind} --size 4 --epochs 1 --limit 8 --lr 0.01 --accumulate 1"
    words = ["train", "generator", "--train", str(squad_file), "--dev", str(squad_file)]
    assert main([*words, "--out", str(out), *options.split(), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["part"] == "generator"
    lm = load_causal(str(tiny_lm_folders["qwen"]), precision)
    card = load_adapter(out, "generator", lm).card
    assert card["adapter"] == {"kind": kind, "size": 4, "alpha": None, "dropout": 0.0}
    assert f"--adapter {kind} --size 4" in card["command"]
    assert card["metrics"] == {"dev_em": round(printed["metrics"]["dev_em"], 2)}

    generator = Models(load_settings(weights=tmp_path)).generator
    assert generator is not None
    question = question_of("Where was Marie Curie born?")
    answer = generator.answer(question, PASSAGES)
    bare = Generator.load(None, lm).answer(question, PASSAGES)
    assert (answer.text, answer.score) != (bare.text, bare.score)
    assert answer.question_id == question.id


def test_a_missing_lm_is_told_with_the_way_out(
    squad_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KGQA_LM", raising=False)
    out = tmp_path / "generator"
    assert main(["train", "generator", "--train", str(squad_file), "--out", str(out)]) == 1
    assert "set KGQA_LM=Qwen/Qwen3-0.6B" in capsys.readouterr().err
    assert not out.exists()


def test_another_kind_of_adapter_is_wrong_usage(
    squad_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "generator", "--train", str(squad_file), "--out", "o", "--adapter", "lorra"]
    with pytest.raises(SystemExit) as leaving:
        main(words)
    assert leaving.value.code == 2
    assert "lora" in capsys.readouterr().err
