"""Runs whose process has died: Prefect's server marks them as crashed, by itself.

A run sends a heartbeat every PREFECT_FLOWS_HEARTBEAT_FREQUENCY seconds. A killed one sends no
more, nor its end, and would be "Running" for ever. As Prefect's documentation has it under
"How to detect and respond to zombie flows".
"""

from __future__ import annotations

from datetime import timedelta

from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.settings import get_current_settings

NAME = "kgqa: crash runs whose process has died"
_MISSED = 3
_ENDS = ("Completed", "Failed", "Cancelled", "Crashed")


def automation(within: timedelta) -> Automation:
    """What crashes a run that was heard of, and then not for `within`."""
    return Automation(
        name=NAME,
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{end}" for end in _ENDS)},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=within,
        ),
        actions=[
            ChangeFlowRunState(
                name=None,
                state=StateType.CRASHED,
                force=False,
                message=f"No heartbeat for {within.total_seconds():.0f} s: its process has died.",
            )
        ],
    )


def crash_dead_runs() -> None:
    """Put the automation on the server, in place of the one that is there."""
    seconds = get_current_settings().flows.heartbeat_frequency
    if seconds is None:  # runs send none
        return
    wanted = automation(timedelta(seconds=_MISSED * seconds))
    try:
        there = Automation.read(name=NAME)
    except ValueError:
        wanted.create()
        return
    assert isinstance(there, Automation)  # a coroutine only where a loop runs
    there.trigger, there.actions = wanted.trigger, wanted.actions
    there.update()
