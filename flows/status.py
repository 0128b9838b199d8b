"""What is deployed, and how its last and next runs stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.sorting import FlowRunSort

from flows.deploy import POOL

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

_RUNS = 50


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """Times in ISO 8601; None where there is no such run."""

    name: str
    last_state: str | None
    last_start: str | None
    next_start: str | None


def status() -> list[DeploymentStatus]:
    """The deployments in kgqa's work pool, by name."""
    with get_client(sync_client=True) as client:
        flows = {flow.id: flow.name for flow in client.read_flows()}
        return sorted(
            (
                _status(f"{flows[found.flow_id]}/{found.name}", _runs(client, found.id))
                for found in client.read_deployments()
                if found.work_pool_name == POOL
            ),
            key=lambda one: one.name,
        )


def _runs(client: SyncPrefectClient, deployment_id: object) -> list[FlowRun]:
    """The latest runs, the furthest in the future first."""
    only = DeploymentFilter(id=DeploymentFilterId.model_validate({"any_": [deployment_id]}))
    return client.read_flow_runs(
        deployment_filter=only, sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=_RUNS
    )


def _status(name: str, runs: list[FlowRun]) -> DeploymentStatus:
    started = [run for run in runs if run.start_time is not None]
    due = [run for run in runs if run.state is not None and run.state.is_scheduled()]
    last = started[0] if started else None
    coming = due[-1].expected_start_time if due else None
    return DeploymentStatus(
        name,
        last.state_name if last else None,
        last.start_time.isoformat() if last and last.start_time else None,
        coming.isoformat() if coming else None,
    )
