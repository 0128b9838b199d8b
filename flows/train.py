"""Training as a flow; what it leaves is announced, so that an evaluation can follow."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event

from flows.report import training_markdown
from flows.verbs import run_verb
from flows.workers import send_logs

TRAINED = "kgqa.trained"
"""The event after each training; its payload has `part` and `weights`, the folder."""


@task(retries=1, retry_delay_seconds=30, cache_policy=NO_CACHE, persist_result=False)
def train_part(words: list[str]) -> dict[str, Any]:
    """One training. A second attempt goes on from the checkpoint, where there is one."""
    send_logs()
    resumed = words if "--resume" in words else [*words, "--resume"]
    return run_verb(["train", *resumed])


@flow(name="kgqa-train", persist_result=False)
def train(words: list[str]) -> dict[str, Any]:
    """Train one part.

    Args:
        words: what stands after `kgqa train`: the part and its options.

    Returns:
        What `kgqa train --json` prints: `part`, `out`, `metrics`.
    """
    send_logs()
    trained = train_part(words)
    part, out = trained["part"], trained["out"]
    text = training_markdown(part, out, trained["metrics"])
    create_markdown_artifact(text, key="kgqa-train", description=f"{part} in {out}")
    emit_event(
        TRAINED,
        resource={"prefect.resource.id": f"kgqa.weights.{part}"},
        payload={"part": part, "weights": out},
    )
    return trained
