"""Hits@1 and F1 over a given graph."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from kgqa.context.graph import TripleGraph
from kgqa.datasets.graph_questions import GraphQuestion
from kgqa.errors import DocumentError, KgqaError, QuestionError
from kgqa.evaluate.graph import GraphAnswer, answer_question, evaluate_graph
from kgqa.evaluate.graph_readers import TripleTextReader
from kgqa.lm.backbone import Backbone
from kgqa.lm.encoder import Encoder
from kgqa.qa.ranked import RankedEntity

KB = "Top Gun|starred|Tom Cruise\nTop Gun|starred|Val Kilmer\nHeat|starred|Val Kilmer\nbroken\n"
QUESTIONS = (
    "who acted in [Top Gun]\tTom Cruise|Val Kilmer\n"
    "who acted in [heat]\tval kilmer\n"
    "what starred [Val Kilmer]\tHeat\n"
    "who is Nobody\tHeat\n"
)


class FollowsEdges:
    """Answers with each neighbour of the topics, in the graph's order."""

    threshold = 0.5

    def __init__(self, decay: float) -> None:
        self._decay = decay

    def answer(
        self, graph: TripleGraph, question: str, topics: Sequence[int]
    ) -> list[RankedEntity]:
        targets = [int(target) for topic in topics for target in graph.neighbours(topic).targets]
        return [
            RankedEntity(target, self._decay**n, ((topics[0], 0, target),))
            for n, target in enumerate(targets)
        ]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    questions, triples = tmp_path / "q.txt", tmp_path / "kb.txt"
    questions.write_text(QUESTIONS)
    triples.write_text(KB)
    return questions, triples


def answered(gold: Sequence[str], names: Sequence[str]) -> GraphAnswer:
    question = GraphQuestion("q:1", "?", (), tuple(gold))
    return GraphAnswer(question, (), tuple(names), 1.0, ())


@pytest.mark.parametrize(
    ("gold", "names", "hit", "f1"),
    [
        (["A", "B"], ["A", "B"], 1, 1.0),
        (["A", "B"], ["b", "C"], 1, 0.5),
        (["A"], ["C", "A"], 0, 2 / 3),
        (["A", "B", "C"], ["a"], 1, 0.5),
        (["The Café"], ["cafe"], 1, 1.0),
        (["A"], [], 0, 0.0),
    ],
)
def test_scores_of_one_question(gold: list[str], names: list[str], hit: float, f1: float) -> None:
    answer = answered(gold, names)
    assert (answer.hit, answer.f1) == (hit, pytest.approx(f1))


@pytest.mark.parametrize(("decay", "names"), [(0.9, ("Tom Cruise", "Val Kilmer")),
                                              (0.4, ("Tom Cruise",))])  # fmt: skip
def test_what_is_near_the_best_score_is_answered(decay: float, names: tuple[str, ...]) -> None:
    graph = TripleGraph.from_triples(
        tuple(line.split("|"))
        for line in KB.splitlines()[:3]  # type: ignore[misc]
    )
    question = GraphQuestion("q:1", "who acted in [Top Gun]", ("Heat",), ("Val Kilmer",))
    answer = answer_question(question, graph, FollowsEdges(decay))
    assert answer.topics == ("Top Gun",)  # the gold topics are not looked at
    assert answer.answered == names
    assert answer.score == 1.0
    assert answer.path == (("Top Gun", "starred", "Tom Cruise"),)


def test_the_report_and_its_files(files: tuple[Path, Path], tmp_path: Path) -> None:
    done: list[int] = []
    report = evaluate_graph(
        *files,
        FollowsEdges(0.9),
        limit=None,
        seed=0,
        settings={"context": "gnn"},
        out=tmp_path / "out",
        progress=done.append,
    )
    rows = [json.loads(line) for line in (tmp_path / "out/predictions.jsonl").open()]
    assert (report.task, report.n, sum(done)) == ("graph", 4, 4)
    assert [row["hits@1"] for row in rows] == [1, 1, rows[2]["hits@1"], 0]
    assert rows[3]["topics"] == rows[3]["prediction"] == []
    assert report.metrics["hits@1"].value == 25 * sum(row["hits@1"] for row in rows)
    f1 = report.metrics["f1"]
    assert f1.value == pytest.approx(25 * sum(row["f1"] for row in rows), abs=0.01)
    assert f1.low <= f1.value <= f1.high
    assert dict(report.settings) == {
        "context": "gnn",
        "file": "q.txt",
        "triples": "kb.txt",
        "limit": None,
        "seed": 0,
        "rejected": 1,
        "without_topic": 1,
    }
    assert (tmp_path / "out/report.html").stat().st_size > 0


def test_a_limit_draws_the_same_questions(files: tuple[Path, Path], tmp_path: Path) -> None:
    drawn = []
    for name in ("a", "b"):
        evaluate_graph(*files, FollowsEdges(0.9), limit=2, seed=3, settings={}, out=tmp_path / name)
        drawn.append((tmp_path / name / "predictions.jsonl").read_text())
    assert drawn[0] == drawn[1]
    assert len(drawn[0].splitlines()) == 2
    with pytest.raises(KgqaError, match="limit of 1 or more"):
        evaluate_graph(*files, FollowsEdges(0.9), limit=0, seed=0, settings={}, out=None)


def test_files_that_cannot_be_used(files: tuple[Path, Path], tmp_path: Path) -> None:
    questions, triples = files
    reader = FollowsEdges(0.9)
    with pytest.raises(DocumentError, match="no such file"):
        evaluate_graph(
            questions, tmp_path / "none", reader, limit=None, seed=0, settings={}, out=None
        )
    questions.write_text("no columns\n")
    with pytest.raises(QuestionError, match=r"q\.txt:1"):
        evaluate_graph(questions, triples, reader, limit=None, seed=0, settings={}, out=None)


def test_text_alone_answers_with_neighbours_along_one_relation(tiny_backbone: Backbone) -> None:
    graph = TripleGraph.from_triples(
        [("Heat", "starred", "Pacino"), ("Heat", "starred", "Kilmer"), ("Mann", "directed", "Heat"),
         ("Mann", "born in", "Chicago")]
    )  # fmt: skip
    reader = TripleTextReader(Encoder(tiny_backbone))
    heat = graph.entities.index("Heat")
    ranked = reader.answer(graph, "who starred in Heat", [heat])
    assert {graph.entities[r.entity] for r in ranked} == {"Pacino", "Kilmer", "Mann"}
    scores = {graph.entities[r.entity]: r.score for r in ranked}
    assert scores["Pacino"] == scores["Kilmer"]
    assert scores["Pacino"] + scores["Mann"] == pytest.approx(1.0)
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)
    for r in ranked:
        head, _, tail = r.path[0]
        assert {head, tail} == {heat, r.entity}
        assert (graph.entities[head] == "Mann") == (graph.entities[r.entity] == "Mann")
    assert reader.answer(graph, "who", []) == []
