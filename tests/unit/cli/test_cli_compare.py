"""`kgqa evaluate compare` from options to files, with trainings of a few steps."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from cli_store import Run
from gold_store import store_annotated

from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder
from kgqa.store.open import open_store

sys.path += [str(Path(__file__).parent.parent / name) for name in ("context", "train")]
from graph_family import write_family
from question_fixtures import ARTICLES, annotated


def write_multihop(path: Path) -> Path:
    """HotpotQA's form: who directed a film was born where."""
    texts = {article.title: article.text for article in ARTICLES}
    context = [[title, [text]] for title, text in texts.items()]
    towns = {"Blue Harbour": "Lisbon", "Red Valley": "Bergen", "White River": "Bergen"}
    films = {"Blue Harbour": "Blue Harbour (film)"}
    directors = {"Blue Harbour": "Ada Brandt", "Red Valley": "Carl Olsen"}
    questions = [
        {
            "_id": f"{film}-{copy}",
            "question": f"Where was the director of {film} born?",
            "answer": town,
            "supporting_facts": [
                [films.get(film, film), 0],
                [directors.get(film, "Elsa Lind"), 0],
            ],
            "context": context,
        }
        for copy in range(3)
        for film, town in towns.items()
    ]
    path.write_text(json.dumps(questions))
    return path


@pytest.fixture
def words(
    tmp_path: Path,
    tiny_backbone: Backbone,
    tiny_backbone_folder: Path,
    squad_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    monkeypatch.setenv("KGQA_BACKBONE", str(tiny_backbone_folder))
    monkeypatch.setenv("KGQA_PRECISION", "fp32")
    url = f"sqlite:///{tmp_path}/gold.db"
    with open_store(url) as store:
        documents = [annotated(n, article) for n, article in enumerate(ARTICLES)]
        store_annotated(documents, store, Encoder(tiny_backbone).encode)
    triples, questions = write_family(tmp_path)
    multihop = str(write_multihop(tmp_path / "hotpot.json"))
    budget = "--squad-questions 8 --multihop-questions 8 --graph-questions 12 --held-out 4"
    return [
        *("evaluate", "compare", "--store", url, "--out", "results", *budget.split()),
        *("--squad", "squad", str(squad_file), str(squad_file)),
        *("--multihop", "hotpot", multihop, multihop),
        *("--graph", "family", str(triples), str(questions)),
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["--squad", "squad", "{squad}", "none.json"], "none.json: expected a file"),
        (["--squad", "../squad", "{squad}", "{squad}"], "got '../squad', 'hotpot', 'family'"),
        (["--squad", "family", "{squad}", "{squad}"], "a name of its own"),
        (["--store", "sqlite:///none.db"], "expected an existing store"),
    ],
)
def test_what_cannot_be_measured_is_told_before_anything_is_trained(
    run: Run, words: list[str], tmp_path: Path, changed: list[str], message: str
) -> None:
    squad = words[words.index("--squad") + 2]
    outcome = run(*words, *(word.format(squad=squad) for word in changed))
    assert outcome.code == 1
    assert message in outcome.err
    assert "training" not in outcome.err
    assert not (tmp_path / "none.db").exists()


def test_rows_are_trained_measured_and_kept(run: Run, words: list[str], tmp_path: Path) -> None:
    few = ["--contexts", "none", "memory", "--adapters", "prompt"]
    outcome = run(*words, *few, "--json")
    assert outcome.code == 0, outcome.err
    rows = {(r["benchmark"], r["context"], r["adapter"]): r for r in outcome.json()["rows"]}
    assert list(rows) == [
        ("squad", "none", "prompt"),
        ("hotpot", "none", "prompt"),
        ("hotpot", "memory", "prompt"),
        ("family", "memory", "none"),
    ]
    for (_, context, _), row in rows.items():
        assert (row["text_only"] is None) == (context == "none")
        assert 0 <= row["value"]["low"] <= row["value"]["high"] <= 100
        assert row["n"] == 4
        assert row["questions_a_second"] > 0
        assert row["command"].startswith("kgqa train ")
    assert rows["family", "memory", "none"]["metric"] == "hits@1"
    plain, graph = rows["hotpot", "none", "prompt"], rows["hotpot", "memory", "prompt"]
    assert graph["trained_parameters"] > plain["trained_parameters"]
    assert "--start" in graph["command"]
    assert (tmp_path / "results" / "comparison.svg").is_file()
    again = run(*words, *few)  # every row is there
    assert again.code == 0, again.err
    assert again.out == (tmp_path / "results" / "comparison.md").read_text()
    assert ": training" not in again.err


def test_what_is_missing_is_told(run: Run, words: list[str]) -> None:
    outcome = run("evaluate", "compare", "--out", "results")
    assert outcome.code == 1
    assert "expected questions, got none; give --squad, --multihop" in outcome.err
    outcome = run(*words[:6], "--graph", "family", "kb.txt")
    assert outcome.code == 1
    assert "--graph: expected NAME TRIPLES QUESTIONS..., got family kb.txt" in outcome.err
    outcome = run(*words, "--held-out", "5000")
    assert outcome.code == 1
    assert "expected more than the 5000 questions that are held out" in outcome.err
