"""Evaluation as a flow; its figures become a table in Prefect's interface."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows.report import evaluation_markdown
from flows.verbs import run_verb
from flows.workers import send_logs


@task(retries=1, retry_delay_seconds=30, cache_policy=NO_CACHE, persist_result=False)
def evaluate_part(words: list[str]) -> dict[str, Any]:
    """One evaluation."""
    send_logs()
    return run_verb(["evaluate", *words])


@flow(name="kgqa-evaluate", persist_result=False)
def evaluate(words: list[str], weights: str | None = None) -> dict[str, Any]:
    """Evaluate.

    Args:
        words: what stands after `kgqa evaluate`: the task, its file and options.
        weights: a folder that a training wrote; None takes those of `words` or settings.

    Returns:
        What `kgqa evaluate --json` prints.
    """
    send_logs()
    evaluation = evaluate_part([*words, "--weights", weights] if weights else words)
    text = evaluation_markdown(evaluation)
    create_markdown_artifact(text, key="kgqa-evaluate", description=str(evaluation["task"]))
    return evaluation
