"""Questions over a given graph that a network trained on other questions answers: wordings,
relation paths and graphs that its training did not have.

    python tests/bench/bench_graph.py [wordings|paths|own|left-out] [DATA] [--out FOLDER]

wordings  a fifth of MetaQA's wordings is held out: trained on the others, measured on these
paths     six of MetaQA's relation paths of two and three hops are held out likewise; no
          question is made from the graph, since that might ask for one of them
own       each PathQuestion file: the path scorer is trained further on four questions in
          five, measured on the others
left-out  each PathQuestion file by the shipped weights, which have seen no question of it

DATA holds `metaqa/`, `pathquestion/`, `simplequestions/` and `wikidata/`. What is trained and
measured is what `kgqa train context` and `kgqa evaluate graph` do; their commands are shown.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

KGQA = str(Path(sys.executable).with_name("kgqa"))
SHIPPED = Path(__file__).resolve().parents[2] / "kgqa" / "weights" / "context"
PATHQUESTION = {
    "PQ-2H": "2H-kb.txt",
    "PQ-3H": "3H-kb.txt",
    "PQL-2H": "PQL2-KB.txt",
    "PQL-3H": "PQL3-KB.txt",
}
DATA = Path("../shared/data")
HOPS = ("1hop", "2hop", "3hop")
HELD_PATHS = 6
MEASURED = 1500
"""Questions of each file that are measured at most."""
OWN_LIMIT = "4000"


def run(*arguments: str | Path) -> str:
    """The output of a kgqa command."""
    command = [KGQA, *map(str, arguments)]
    print("$", shlex.join(["kgqa", *command[1:]]), file=sys.stderr, flush=True)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def measure(name: str, questions: Path, triples: Path, weights: Path) -> None:
    """Prints Hits@1 with its interval."""
    graph = ["--triples", triples, "--weights", weights, "--limit", str(MEASURED)]
    report = json.loads(run("evaluate", "graph", questions, *graph, "--json"))
    hits = report["metrics"]["hits@1"]
    print(f"{name}: Hits@1 {hits['value']} [{hits['low']}, {hits['high']}], n {report['n']}")


def write(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def wording(line: str) -> str:
    """MetaQA's question without its topic and answers."""
    return re.sub(r"\[.*?\]", "[]", line.split("\t")[0])


def held_wordings(metaqa: Path, seed: int) -> Callable[[str, str], bool]:
    """Whether a question, given with its kind, has one of the wordings that are held out."""
    asked = {wording(line) for hop in HOPS for line in lines_of(metaqa / f"{hop}_dev.txt")}
    held = set(random.Random(seed).sample(sorted(asked), len(asked) // 5))
    return lambda line, kind: wording(line) in held


def held_paths(metaqa: Path, seed: int) -> Callable[[str, str], bool]:
    """Whether a question, given with its kind, asks for one of the paths that are held out."""
    kinds = {kind for hop in HOPS[1:] for kind in lines_of(metaqa / f"{hop}_dev_qtype.txt")}
    held = set(random.Random(seed).sample(sorted(kinds), HELD_PATHS))
    print("held out:", ", ".join(sorted(held)), file=sys.stderr)
    return lambda line, kind: kind in held


def without(data: Path, out: Path, held: Callable[[str, str], bool], limit: int, made: int) -> None:
    """Trains walk and path scorer on MetaQA without what is held out; measures on that."""
    metaqa = data / "metaqa"
    train, test = [], []
    for hop in HOPS:
        questions = lines_of(metaqa / f"{hop}_dev.txt")
        kinds = lines_of(metaqa / f"{hop}_dev_qtype.txt")
        sides = [held(line, kind) for line, kind in zip(questions, kinds, strict=True)]
        shown = [line for line, side in zip(questions, sides, strict=True) if not side]
        train.append(write(out / f"{hop}.txt", shown))
        test += [line for line, side in zip(questions, sides, strict=True) if side]
    given = ["--train", *train, "--triples", metaqa / "kb.txt"]
    given += ["--properties", data / "wikidata" / "properties.json"]
    given += ["--matching", data / "simplequestions" / "train.txt"]
    given += ["--property-questions", str(limit * 9 // 4)]
    given += ["--make-questions", str(made)] if made else []
    given += ["--limit", str(limit), "--paths", "--batch-size", "32"]
    run("train", "context", *given, "--out", out / "weights")
    held_out = write(out / "held.txt", test)
    measure(f"held out, {len(test)} questions", held_out, metaqa / "kb.txt", out / "weights")


def own(data: Path, out: Path, seed: int) -> None:
    """Trains the path scorer further on questions of each PathQuestion file, and measures."""
    for name, triples in PATHQUESTION.items():
        folder, graph = out / name, data / "pathquestion" / triples
        folder.mkdir(parents=True, exist_ok=True)
        lines = lines_of(data / "pathquestion" / f"{name}.txt")
        random.Random(seed).shuffle(lines)
        cut = len(lines) // 5
        train, test = write(folder / "train.txt", lines[cut:]), lines[:cut]
        given = ["--train", train, "--triples", graph, "--start", SHIPPED, "--paths"]
        given += ["--keep-encoder", "--batch-size", "32", "--epochs", "3", "--limit", OWN_LIMIT]
        run("train", "context", *given, "--out", folder / "weights")
        measure(f"{name}, own", write(folder / "held.txt", test), graph, folder / "weights")


def left_out(data: Path, weights: Path) -> None:
    for name, triples in PATHQUESTION.items():
        folder = data / "pathquestion"
        measure(f"{name}, left out", folder / f"{name}.txt", folder / triples, weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measures = ("wordings", "paths", "own", "left-out")
    parser.add_argument("what", choices=measures, nargs="?", default="left-out")
    parser.add_argument("data", type=Path, nargs="?", default=DATA, help="of the data sets")
    parser.add_argument("--seed", type=int, default=0, help="what is held out")
    parser.add_argument("--limit", type=int, default=3000, help="training questions of each file")
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="for left-out")
    parser.add_argument("--out", type=Path, help="what is trained is kept here")
    given = parser.parse_args()
    if not (given.data / "pathquestion").is_dir():
        print(f"skipped: no {given.data / 'pathquestion'}; give the folder of the data sets")
        return
    with tempfile.TemporaryDirectory() as temporary:
        out = given.out or Path(temporary)
        out.mkdir(parents=True, exist_ok=True)
        if given.what == "left-out":
            left_out(given.data, given.weights)
        elif given.what == "own":
            own(given.data, out, given.seed)
        else:
            choose, made = (held_wordings, 600) if given.what == "wordings" else (held_paths, 0)
            without(given.data, out, choose(given.data / "metaqa", given.seed), given.limit, made)


if __name__ == "__main__":
    main()
