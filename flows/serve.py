"""Runs Prefect's server until standard input ends: see `flows.temporary_server`.

Prints the port, one line, once the server answers.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time

import uvicorn

_GRACE_SECONDS = 5.0


class _Telling(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()


def _end_with_standard_input() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)  # a client that still holds a connection keeps it up
    os._exit(1)


def main() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        threading.Thread(target=_end_with_standard_input, daemon=True).start()
        application = "prefect.server.api.server:create_app"
        config = uvicorn.Config(
            application, factory=True, log_level="error", lifespan="on", timeout_graceful_shutdown=2
        )
        _Telling(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
