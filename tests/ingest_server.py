"""Forks `kgqa` for each command line it reads, so that a kill costs no import of torch.

Reads a JSON list of arguments a line and prints the child's process id; at the next line it
waits for the child and prints its wait status. Until then the id cannot be another's.
"""

from __future__ import annotations

import json
import os
import sys

import torch

from kgqa.cli.main import main
from kgqa.config import load_settings
from kgqa.models import Models


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


torch.set_num_threads(1)  # a pool of threads would not survive the fork
assert Models(load_settings()).extractor  # imports all that a child needs
while line := sys.stdin.readline():
    arguments = json.loads(line)
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os._exit(main(arguments))
    _tell(child)
    sys.stdin.readline()
    _tell(os.waitpid(child, 0)[1])
