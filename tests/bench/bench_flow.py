"""The ingest flow against `pipeline.ingest` on the same documents, in one process.

    python tests/bench/bench_flow.py [--documents 1000] [--rounds 3]

Prints for each round and as a median how much longer the flow takes (target: 10 %). The start
of Prefect's server, which a run without a server pays once, is printed by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

from sample_documents import corpus

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("DO_NOT_TRACK", "1")

from prefect.testing.utilities import prefect_test_harness

from flows.ingest import ingest as ingest_flow
from flows.workers import models_of
from kgqa.config import load_settings
from kgqa.documents.read import read_documents
from kgqa.pipeline import ingest
from kgqa.store.base import open_store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "documents.json"
        source.write_text(
            json.dumps(
                [{"title": d.title, "text": d.text} for d in islice(corpus(), arguments.documents)]
            )
        )
        started = time.perf_counter()
        with prefect_test_harness(server_startup_timeout=300):
            print(f"server started in {time.perf_counter() - started:.1f} s")
            _compare(source, folder, arguments.rounds)


def _compare(source: Path, folder: Path, rounds: int) -> None:
    settings = load_settings()
    models = models_of(settings)  # the flow's own: neither side loads in its timed part
    models.encoder.encode(["warm"])
    ratios = []
    for number in range(rounds):
        seconds = {}
        for side in ("direct", "flow") if number % 2 == 0 else ("flow", "direct"):
            url = f"sqlite:///{folder}/{side}{number}.db"
            started = time.perf_counter()
            if side == "flow":
                ingest_flow([str(source)], store=url)
            else:
                with open_store(url) as store:
                    documents = read_documents([str(source)], max_bytes=1 << 30)
                    ingest(documents, store, models)
            seconds[side] = time.perf_counter() - started
        ratios.append(seconds["flow"] / seconds["direct"] - 1)
        print(
            f"round {number}: direct {seconds['direct']:.1f} s, flow {seconds['flow']:.1f} s, "
            f"{100 * ratios[-1]:+.1f} %"
        )
    print(f"median {100 * statistics.median(ratios):+.1f} % (target +10 %)")


if __name__ == "__main__":
    main()
