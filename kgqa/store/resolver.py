"""What a resolver has seen of the queue of name keys; see `GraphStore.pending_keys`."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """The counters of the store when the queue of name keys was read."""

    version: int
    assigned: int


class Resolver(threading.local):
    """What the resolver that runs in this thread has seen; None before it read the queue."""

    seen: Seen | None = None
