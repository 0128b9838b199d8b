"""Ingest against the bare backbone: two passes over the same passages, in one process.

    python tests/bench/bench_ingest.py [--documents 400] [--rounds 3]

Prints, for each round and as a median, the share of the bare backbone's speed that ingest
reaches with extraction, embedding, linking and all writes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from itertools import islice

from sample_documents import corpus

from kgqa.config import load_settings
from kgqa.documents.split import split_passages
from kgqa.models import Models
from kgqa.pipeline import ingest
from kgqa.store.open import open_store
from kgqa.types import Document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    models = Models(load_settings())
    documents = list(islice(corpus(), arguments.documents))
    passages = [passage.text for d in documents for passage in split_passages(d)]
    models.encoder.encode(passages[:64])
    models.extractor.extract([(d, split_passages(d)) for d in documents[:16]])
    print(f"{len(documents)} documents, {len(passages)} passages")
    ratios = []
    for round_number in range(arguments.rounds):
        bare = _seconds_bare(models, passages)
        whole = _seconds_ingest(models, documents)
        ratios.append(bare / whole)
        print(
            f"round {round_number}: bare backbone {2 * len(passages) / bare:.1f} passes/s, "
            f"ingest {len(passages) / whole:.1f} passages/s, ratio {bare / whole:.2f}"
        )
    print(f"median ratio {statistics.median(ratios):.2f} (target 0.60)")


def _seconds_bare(models: Models, passages: list[str]) -> float:
    started = time.perf_counter()
    for _ in range(2):
        models.encoder.encode(passages)
    return time.perf_counter() - started


def _seconds_ingest(models: Models, documents: list[Document]) -> float:
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/g.db") as store:
        started = time.perf_counter()
        ingest(documents, store, models)
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
