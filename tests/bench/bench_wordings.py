"""One-hop questions over MetaQA's graph in wordings that its templates do not have.

    python tests/bench/bench_wordings.py [../shared/data/metaqa] [--seed 0] [--weights DIR]

Each wording of `one_hop_wordings.tsv` asks about a topic that a question of the same kind in
`1hop_dev.txt` has; the kinds stand in `1hop_dev_qtype.txt`. What comes out is what
`kgqa evaluate graph` gives for that file.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

WORDINGS = Path(__file__).with_name("one_hop_wordings.tsv")
METAQA = Path("../shared/data/metaqa")
KGQA = str(Path(sys.executable).with_name("kgqa"))


def questions(metaqa: Path, seed: int) -> list[str]:
    """Lines in MetaQA's form, one for each wording."""
    kinds = (metaqa / "1hop_dev_qtype.txt").read_text(encoding="utf-8").splitlines()
    asked = (metaqa / "1hop_dev.txt").read_text(encoding="utf-8").splitlines()
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, line in zip(kinds, asked, strict=True):
        by_kind[kind].append(line)
    draw = random.Random(seed)
    lines = []
    for row in WORDINGS.read_text(encoding="utf-8").splitlines():
        if row.startswith("#"):
            continue
        kind, wording = row.split("\t")
        question, answers = draw.choice(by_kind[kind]).split("\t")
        topic = question[question.index("[") : question.index("]") + 1]
        lines.append(f"{wording.replace('[]', topic)}\t{answers}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("metaqa", type=Path, nargs="?", default=METAQA, help="MetaQA's files")
    parser.add_argument("--seed", type=int, default=0, help="which topics are asked about")
    parser.add_argument("--weights", help="in place of the shipped ones")
    given = parser.parse_args()
    if not given.metaqa.is_dir():
        print(f"skipped: no {given.metaqa}; give the folder of MetaQA's files")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one_hop_wordings.txt"
        path.write_text("\n".join(questions(given.metaqa, given.seed)) + "\n", encoding="utf-8")
        command = [KGQA, "evaluate", "graph", str(path), "--triples", str(given.metaqa / "kb.txt")]
        command += ["--weights", given.weights] if given.weights else []
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
