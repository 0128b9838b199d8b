"""One-hop questions over MetaQA's graph in wordings that its templates do not have.

    python tests/bench/bench_wordings.py [../shared/data/metaqa] [--draws 3] [--weights DIR]
                                         [--wordings FILE]

Each wording of a file, `one_hop_wordings_held.tsv` beside this one, asks about a topic that a
question of the same kind in `1hop_dev.txt` has; the kinds stand in `1hop_dev_qtype.txt`. Each
draw has other topics. What comes out is what `kgqa evaluate graph` gives for these questions.
The held wordings were written apart from those that are trained on, and chose nothing; those of
`one_hop_wordings.tsv` are for choices, their errors were read.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HELD = Path(__file__).with_name("one_hop_wordings_held.tsv")
METAQA = Path("../shared/data/metaqa")
KGQA = str(Path(sys.executable).with_name("kgqa"))


def questions(metaqa: Path, wordings: Path, seed: int) -> list[str]:
    """Lines in MetaQA's form, one for each wording."""
    kinds = (metaqa / "1hop_dev_qtype.txt").read_text(encoding="utf-8").splitlines()
    asked = (metaqa / "1hop_dev.txt").read_text(encoding="utf-8").splitlines()
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, line in zip(kinds, asked, strict=True):
        by_kind[kind].append(line)
    draw = random.Random(seed)
    lines = []
    for row in wordings.read_text(encoding="utf-8").splitlines():
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
    parser.add_argument("--draws", type=int, default=3, help="of the topics asked about")
    parser.add_argument("--wordings", type=Path, default=HELD, help="kind<TAB>wording lines")
    parser.add_argument("--weights", help="in place of the shipped ones")
    given = parser.parse_args()
    if not given.metaqa.is_dir():
        print(f"skipped: no {given.metaqa}; give the folder of MetaQA's files")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one_hop_wordings.txt"
        drawn = [questions(given.metaqa, given.wordings, seed) for seed in range(given.draws)]
        path.write_text("".join(f"{line}\n" for lines in drawn for line in lines), encoding="utf-8")
        command = [KGQA, "evaluate", "graph", str(path), "--triples", str(given.metaqa / "kb.txt")]
        command += ["--weights", given.weights] if given.weights else []
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
