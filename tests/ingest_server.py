"""Forks `kgqa` for each command line it reads, so that a kill costs no import of torch.

Reads a JSON list of arguments a line; prints the child's process id, then its wait status.
"""

from __future__ import annotations

import json
import os
import sys

import torch

import kgqa.pipeline  # noqa: F401  what every child needs
from kgqa.cli.main import main


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


torch.set_num_threads(1)  # a pool of threads would not survive the fork
for line in sys.stdin:
    arguments = json.loads(line)
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os._exit(main(arguments))
    _tell(child)
    _tell(os.waitpid(child, 0)[1])
