"""How long the command line takes to start: `--help`, and a cold `kgqa ask`.

    python tests/bench/bench_start.py [--runs 5]

Each is also given as a ratio to a bare `python -c pass` in the same run.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sample_documents import ROOT

KGQA = str(Path(sys.executable).with_name("kgqa"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/sample.db"
        articles = str(ROOT / "data" / "articles")
        subprocess.run(
            [KGQA, "--store", store, "ingest", articles], check=True, stderr=subprocess.DEVNULL
        )
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "kgqa --help (target 0.3 s)": [KGQA, "--help"],
            "cold kgqa ask (target 6 s)": [KGQA, "--store", store, "ask", "Who was Ada Lovelace?"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                started = time.perf_counter()
                subprocess.run(command, check=True, stdout=-3, stderr=subprocess.DEVNULL)
                times[name].append(time.perf_counter() - started)
    bare = statistics.median(times["python -c pass"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name}: median {median:.2f} s, {median / bare:.0f} times a bare start")


if __name__ == "__main__":
    main()
