"""Files of questions over a given graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgqa.datasets.graph_questions import GraphQuestion, load_graph_questions
from kgqa.errors import QuestionError


def write(folder: Path, *lines: str) -> Path:
    path = folder / "PQ-2H.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_metaqa(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "what does [Tom Cullen] act in\tWeekend",
        "",
        "what movies did [Evelyn Venable] act in\tAlice Adams|Weekend|Alice Adams",
        "who made Weekend\tAndrew Haigh",
    )
    assert load_graph_questions(path) == [
        GraphQuestion("PQ-2H:1", "what does [Tom Cullen] act in", ("Tom Cullen",), ("Weekend",)),
        GraphQuestion(
            "PQ-2H:3",
            "what movies did [Evelyn Venable] act in",
            ("Evelyn Venable",),
            ("Alice Adams", "Weekend"),
        ),
        GraphQuestion("PQ-2H:4", "who made Weekend", (), ("Andrew Haigh",)),
    ]


def test_pathquestion(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        " what is the gender of x_1 's parent ?\tmale(female/male/)"
        "\tx_1#parents#y#gender#male#<end>#male",
        "the tracks of AC/DC ?\tAC/DC_(live)(AC/DC_(live)/Thunder/)"
        "\tAC/DC#__music__tracks#AC/DC_(live)",
    )
    first, second = load_graph_questions(path)
    assert first.text == "what is the gender of x_1 's parent ?"
    assert first.topics == ("x_1",)
    assert first.answers == ("male", "female")
    assert first.path == ("x_1", "parents", "y", "gender", "male")
    assert first.relations == ("parents", "gender")
    assert second.answers == ("AC/DC_(live)", "Thunder")
    assert second.relations == ("__music__tracks",)


@pytest.mark.parametrize(
    "line",
    [
        "a question alone",
        "a question\t",
        "\tan answer",
        "what is [x]\t | ",
        "q\ta\tb\tc",
        "what of x ?\ty(z/)\tx#r#y",
        "what of x ?\ty(y/)\tx#r",
        "what of x ?\ty(y/)\tx##y",
        "what of x ?\ty(y/)\tx",
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, "what does [Tom Cullen] act in\tWeekend", line)
    with pytest.raises(QuestionError, match=r"PQ-2H\.txt:2: expected .*correct the line"):
        load_graph_questions(path)


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="got no line"):
        load_graph_questions(write(tmp_path, "", " "))
    with pytest.raises(QuestionError, match="No such file"):
        load_graph_questions(tmp_path / "none.txt")
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\x00\x01")
    with pytest.raises(QuestionError, match="binary"):
        load_graph_questions(binary)
