"""The ingest flow against `pipeline.ingest` on the same documents, in one process.

    python tests/bench/bench_flow.py [--documents 1000] [--rounds 3]

Prints for each round and as a median how much more the flow takes (target: 10 %): seconds of the
clock, of this process's CPU, and of CPU with that of Prefect's server beside it. The start of the
server, which a run without a server pays once, is printed by itself.
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

os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "600")

import psutil

from kgqa.config import load_settings
from kgqa.documents.read import ReadOptions, read_documents
from kgqa.pipeline import ingest
from kgqa.store.open import open_store

MEASURES = ("clock", "CPU", "CPU with the server")


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
        os.environ["PREFECT_HOME"] = str(folder / "prefect")  # before Prefect is imported
        from kgqa.cli.flows import prefect_server

        started = time.perf_counter()
        with prefect_server(named=False):
            print(f"server started in {time.perf_counter() - started:.1f} s")
            _compare(source, folder, arguments.rounds)


def _compare(source: Path, folder: Path, rounds: int) -> None:
    from flows.ingest import ingest as ingest_flow
    from flows.workers import models_of

    models = models_of(load_settings())  # the flow's own: neither side loads in its timed part
    models.encoder.encode(["warm"])
    ratios: dict[str, list[float]] = {name: [] for name in MEASURES}
    for number in range(rounds):
        seconds = {}
        for side in ("direct", "flow") if number % 2 == 0 else ("flow", "direct"):
            url = f"sqlite:///{folder}/{side}{number}.db"
            before = _spent()
            if side == "flow":
                ingest_flow([str(source)], store=url)
            else:
                with open_store(url) as store:
                    sources = read_documents([str(source)], ReadOptions(max_bytes=1 << 30))
                    ingest(sources, store, models)
            seconds[side] = [after - first for after, first in zip(_spent(), before, strict=True)]
        for place, name in enumerate(MEASURES):
            direct, flow = seconds["direct"][place], seconds["flow"][place]
            ratios[name].append(100 * (flow / direct - 1))
            print(
                f"round {number}, {name}: direct {direct:.1f} s, flow {flow:.1f} s, "
                f"{ratios[name][-1]:+.1f} %",
                flush=True,
            )
    for name in MEASURES:
        print(f"median, {name}: {statistics.median(ratios[name]):+.1f} % (target +10 %)")


def _spent() -> tuple[float, float, float]:
    """Seconds up to now, in the order of MEASURES."""
    own = time.process_time()
    servers = [one.cpu_times() for one in psutil.Process().children(recursive=True)]
    return time.perf_counter(), own, own + sum(one.user + one.system for one in servers)


if __name__ == "__main__":
    main()
