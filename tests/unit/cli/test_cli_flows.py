"""`kgqa flows`, as far as it goes without a server."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from kgqa.cli.main import build_parser, main
from kgqa.errors import ConfigError

pytest.importorskip("prefect", reason="Prefect runs the flows; run `make install`")


@pytest.mark.parametrize("words", [["status"], ["deploy", "documents"]])
def test_without_a_server_the_way_out_is_said(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert main(["flows", *words]) == 1
    assert "set PREFECT_API_URL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["train", "reader", "--nonsense"], "train reader --nonsense: expected a command line"),
        (["evaluate", "squid", "FILE"], "evaluate squid FILE: expected a command line"),
    ],
)
def test_words_that_are_no_command_end_before_prefect_starts(
    words: list[str],
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def started(*, named: bool) -> NoReturn:
        raise AssertionError("Prefect was started")

    monkeypatch.setattr("kgqa.cli.flows.prefect_server", started)
    assert main(["flows", "run", *words]) == 1
    assert fault in capsys.readouterr().err


def test_a_plan_names_every_path_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kgqa.cli.flows import plan_of

    monkeypatch.chdir(tmp_path)
    words = ["flows", "deploy", "in", "--store", "sqlite:///g.db", "--evaluate", "squad 'a b'"]
    plan = plan_of(build_parser().parse_args(words))
    assert plan.paths == (f"{tmp_path}/in",)
    assert plan.store == f"sqlite:///{tmp_path}/g.db"
    assert plan.evaluate == ("squad", "a b")
    with pytest.raises(ConfigError, match="train reader --nonsense: expected a command line"):
        plan_of(build_parser().parse_args([*words, "--train", "reader --nonsense"]))


def test_evaluation_follows_the_training_of_what_it_measures() -> None:
    from flows.deploy import Plan, deployments

    plan = Plan(("/in",), "sqlite:////g.db", evaluate=("extraction", "dev.json"))
    after = deployments(plan)[-1]
    [trigger] = after.triggers
    assert after.full_name == "kgqa-evaluate/after-training"
    assert trigger.match.model_dump() == {"prefect.resource.id": ["kgqa.weights.extractor"]}
    assert trigger.parameters == {"weights": "{{ event.payload.weights }}"}


def test_a_report_cannot_leave_its_table() -> None:
    from flows.report import table

    text = table(("a", "b"), [("x | y\n# z", "<script>")])
    assert text.splitlines()[2] == "| x \\| y # z | &lt;script> |"
