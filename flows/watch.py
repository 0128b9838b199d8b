"""A folder that starts an ingest when something in it changes."""

from __future__ import annotations

import os

from prefect import flow
from prefect.events import emit_event
from prefect.variables import Variable

from kgqa.documents.paths import FoundFile, find_files
from kgqa.types import digest_of

CHANGED = "kgqa.folder.changed"
"""The event; its resource is `folder_resource(paths)`."""


def folder_resource(paths: list[str]) -> str:
    """The event's `prefect.resource.id`."""
    return f"kgqa.folder.{digest_of(*paths)[:16]}"


def listing_digest(paths: list[str]) -> str:
    """Over the names, sizes and times of change of all files there; no file is read."""
    parts = []
    for found in find_files(paths):
        if isinstance(found, FoundFile):
            parts += [found.source, str(found.size), str(os.stat(found.path).st_mtime_ns)]
    return digest_of(*parts)


@flow(name="kgqa-watch", persist_result=False)
def watch(paths: list[str]) -> bool:
    """Announce that the files are others than at the last look; whether they are.

    The look is kept after the event: a run that is killed between the two announces twice,
    and the second ingest finds nothing to do.
    """
    now, name = listing_digest(paths), folder_resource(paths).replace(".", "_")
    if Variable.get(name) == now:
        return False
    emit_event(CHANGED, resource={"prefect.resource.id": folder_resource(paths)})
    Variable.set(name, now, overwrite=True)
    return True
