"""The deployments: a nightly ingest, one that a folder starts, evaluation after training."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.exceptions import ObjectAlreadyExists
from prefect.types.entrypoint import EntrypointType

from flows.dead_runs import crash_dead_runs
from flows.evaluate import evaluate
from flows.ingest import ingest
from flows.plan import Plan
from flows.tasks import EXTRACT_LIMIT
from flows.train import TRAINED, train
from flows.watch import CHANGED, folder_resource, watch

if TYPE_CHECKING:
    from prefect import Flow

POOL = "kgqa"
"""The work pool; `prefect worker start --pool kgqa` runs what is due."""
# A look that is late is left out: the next one sees all there is to see.
_ONE_LOOK = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
_MEASURES = {
    "squad": ("reader", "generator"),
    "multihop": ("reader", "generator"),
    "extraction": ("extractor",),
    "graph": ("context",),
}


def deployments(plan: Plan) -> list[RunnerDeployment]:
    """All deployments of a plan, none of them on the server yet."""
    paths = list(plan.paths)
    into = {"paths": paths, "store": plan.store, "config": plan.config}
    resource = folder_resource(paths)
    made = [
        _deployment(ingest, "nightly", parameters=into, cron=plan.cron, concurrency_limit=1),
        _deployment(
            ingest,
            "folder",
            parameters=into,
            concurrency_limit=1,
            triggers=[_on(CHANGED, [resource])],
        ),
        _deployment(
            watch,
            "folder",
            parameters={"paths": paths},
            interval=plan.watch_seconds,
            concurrency_limit=_ONE_LOOK,
        ),
    ]
    if plan.train:
        made.append(_deployment(train, "train", parameters={"words": list(plan.train)}))
    if plan.evaluate:
        parts = [f"kgqa.weights.{part}" for part in _MEASURES.get(plan.evaluate[0], ())]
        after = _on(TRAINED, parts, {"weights": "{{ event.payload.weights }}"})
        words = {"words": list(plan.evaluate)}
        made.append(_deployment(evaluate, "after-training", parameters=words, triggers=[after]))
    return made


def deploy(plan: Plan) -> list[str]:
    """Put the work pool, the limit, the deployments and what ends their dead runs on the server.

    Returns:
        The deployments' full names.
    """
    with get_client(sync_client=True) as client:
        with suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        client.upsert_global_concurrency_limit_by_name(EXTRACT_LIMIT, plan.limit)
    crash_dead_runs()
    made = deployments(plan)
    for deployment in made:
        deployment.apply(work_pool_name=POOL)
    return [deployment.full_name for deployment in made]


def _on(
    event: str, resources: Sequence[str], parameters: dict[str, Any] | None = None
) -> DeploymentEventTrigger:
    return DeploymentEventTrigger(
        expect={event}, match={"prefect.resource.id": list(resources)}, parameters=parameters
    )


def _deployment(flow: Flow[..., Any], name: str, **options: Any) -> RunnerDeployment:
    made = flow.to_deployment(name, entrypoint_type=EntrypointType.MODULE_PATH, **options)
    assert isinstance(made, RunnerDeployment)  # a coroutine only where a loop runs
    return made
