"""Training and evaluation as flows: their reports, and bad words that end them."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect.client.orchestration import get_client

from flows.evaluate import evaluate
from flows.train import train
from flows.verbs import run_verb
from kgqa.errors import ConfigError

pytestmark = pytest.mark.usefixtures("tiny_settings")


def reports() -> dict[str, str]:
    """The latest report under each key."""
    with get_client(sync_client=True) as client:
        found = sorted(client.read_artifacts(), key=lambda artifact: str(artifact.created))
    return {str(artifact.key): str(artifact.data) for artifact in found}


def test_a_training_and_the_evaluation_of_what_it_left(docred_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "extractor"
    words = ["extractor", "--train", str(docred_file), "--dev", str(docred_file)]
    trained = train([*words, "--out", str(out), "--epochs", "1", "--rank", "8"])
    assert trained["part"] == "extractor"
    assert (out / "card.json").is_file()
    assert str(out) in reports()["kgqa-train"]
    evaluation = evaluate(["extraction", str(docred_file)], weights=str(out))
    assert evaluation["n"] == 8
    assert evaluation["settings"]["weights"] == str(out)
    figure = evaluation["metrics"]["mention_f1"]["value"]
    assert f"| mention_f1 | {figure:.2f} |" in reports()["kgqa-evaluate"]


def test_words_that_are_no_command_are_named() -> None:
    with pytest.raises(ConfigError, match="evaluate squid"):
        run_verb(["evaluate", "squid", "FILE"])
