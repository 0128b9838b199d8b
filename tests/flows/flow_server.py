"""Forks a flow run for each line it reads, so that a kill costs no import of torch and Prefect.

Reads `{"paths": [...], "store": URL, "record": FILE}` a line and prints the child's process
id; at the next line it waits for the child and prints its wait status. The child appends the
id of each document that it extracts to the file, before it extracts it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import torch

import flows.workers
from flows.ingest import ingest
from kgqa import batches
from kgqa.config import load_settings
from kgqa.models import Models


def _run(paths: list[str], store: str, record: str) -> None:
    def extract(batch, extractor, encoder):  # type: ignore[no-untyped-def]
        with Path(record).open("a") as log:
            log.writelines(f"{document.id}\n" for document, _ in batch)
        return batches.extract_batch(batch, extractor, encoder)

    flows.workers.extract_batch = extract  # type: ignore[attr-defined]
    batches.BATCH_PASSAGES = 4
    ingest(paths, store=store)


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
        code = 1
        try:
            _run(**arguments)
            code = 0
        finally:
            os._exit(code)
    _tell(child)
    sys.stdin.readline()
    _tell(os.waitpid(child, 0)[1])
