"""`kgqa evaluate graph` with untrained weights of the real network: what it takes and prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from kgqa.context.encoder import ContextShape
from kgqa.context.gnn import RelationWalk
from kgqa.lm.adapter import save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import KIND

if TYPE_CHECKING:
    from cli_store import Run

Check = Callable[[str, object], None]


@pytest.fixture
def words(
    tmp_path: Path,
    tiny_backbone: Backbone,
    tiny_backbone_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """The verb with its files."""
    monkeypatch.setenv("KGQA_BACKBONE", str(tiny_backbone_folder))
    monkeypatch.setenv("KGQA_PRECISION", "fp32")
    torch.manual_seed(0)
    model = RelationWalk(ContextShape(2 * tiny_backbone.width, tiny_backbone.width))
    card = {
        "kind": KIND,
        "backbone": tiny_backbone.digest,
        "backbone_name": tiny_backbone.name,
        "shape": {"width": 128, "steps": 3},
        "threshold": 0.5,
    }
    save_adapter(tmp_path / "weights" / KIND, model.state_dict(), card)
    questions, triples = tmp_path / "q.txt", tmp_path / "kb.txt"
    triples.write_text("Ada|P19|London\nLondon|country|England\nAlan|P19|London\n")
    questions.write_text("where was [Ada] born\tLondon\nwho was born in [London]\tAda|Alan\n")
    return ["evaluate", "graph", str(questions), "--triples", str(triples)]


@pytest.mark.parametrize("context", ["gnn", "none"])
def test_the_figures_are_printed(
    run: Run, words: list[str], tmp_path: Path, matches_schema: Check, context: str
) -> None:
    weights = ["--weights", str(tmp_path / "weights"), "--context", context]
    outcome = run(*words, *weights, "--json", "--out", str(tmp_path / "out"))
    assert outcome.code == 0, outcome.err
    record = outcome.json()
    matches_schema("evaluate", record)
    beside = set() if context == "none" else {"text_only_hits@1", "text_only_f1"}
    assert (record["task"], record["n"]) == ("graph", 2)
    assert set(record["metrics"]) == {"hits@1", "f1"} | beside
    assert all(0 <= m["low"] <= m["value"] <= m["high"] <= 100 for m in record["metrics"].values())
    assert record["settings"]["context"] == context
    assert len((tmp_path / "out" / "predictions.jsonl").read_text().splitlines()) == 2


def test_questions_about_another_graph_are_told(run: Run, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("where was [Marie Curie] born\tWarsaw\n")
    outcome = run(*words, "--context", "none")
    assert outcome.code == 1
    assert "expected questions that name entities of" in outcome.err
    assert "none of 1 does" in outcome.err


def test_weights_of_another_context_are_refused(run: Run, words: list[str], tmp_path: Path) -> None:
    outcome = run(*words, "--weights", str(tmp_path / "weights"), "--context", "attention")
    assert outcome.code == 1
    assert "expected weights that were trained with it, got 'gnn'" in outcome.err
    assert "kgqa train context --context attention" in outcome.err


def test_missing_weights_and_a_missing_graph_are_told(
    run: Run, words: list[str], tmp_path: Path
) -> None:
    outcome = run(*words, "--weights", str(tmp_path / "none"))
    assert (outcome.code, outcome.out) == (1, "")
    assert str(tmp_path / "none") in outcome.err
    outcome = run(*words[:-1], str(tmp_path / "no.txt"), "--context", "none", "--json")
    assert (outcome.code, list(outcome.json())) == (1, ["error"])
    assert "no.txt: no such file" in outcome.json()["error"]
