"""An answer that is read again beside less of its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from kgqa.lm.backbone import Backbone
from kgqa.qa import verification
from kgqa.qa.calibration import Calibration
from kgqa.qa.model import ReaderModel
from kgqa.qa.read_answer import ReadAnswer
from kgqa.qa.reader import Reader
from kgqa.qa.span_scores import span_margins
from kgqa.qa.verification import verified_margins
from kgqa.qa.windows import Reading, ReadText

SENTENCES = [
    "Ada Lovelace was born in London.",
    "Marie Curie was born in Warsaw.",
    "She studied in Paris.",
    "Alan Turing died in England.",
]
TEXT = " ".join(SENTENCES)
QUESTION = "Where was Marie Curie born?"


@pytest.fixture
def reader(tiny_backbone: Backbone) -> Reader:
    torch.manual_seed(3)
    model = ReaderModel(tiny_backbone.copy_model(), tiny_backbone.width)
    return Reader(model, tiny_backbone, Calibration(1.0, 0.0), verified=Calibration(0.5, 0.1, 2.0))


def answer(text: str, words: str, margin: float) -> ReadAnswer:
    start = text.index(words)
    return ReadAnswer("span", words, 0, start, start + len(words), margin, 0.5)


def margin_of(reader: Reader, text: str, words: str, title: str = "") -> float:
    span = (text.index(words), text.index(words) + len(words))
    reading = Reading(QUESTION, (ReadText(text, title),))
    return span_margins(reader.model, reader.backbone, [reading], [[span]])[0][span]


def verified(reader: Reader, reading: Reading, found: ReadAnswer | None) -> float:
    return verified_margins(reader.model, reader.backbone, [reading], [found])[0]


@pytest.mark.parametrize("title", ["", "Curie"])
def test_the_sentence_and_its_neighbours_share_in_the_margin(reader: Reader, title: str) -> None:
    reading = Reading(QUESTION, (ReadText(TEXT, title),))
    alone, near = (
        margin_of(reader, text, "Warsaw", title) for text in (SENTENCES[1], " ".join(SENTENCES[:3]))
    )
    expected = 0.5 * 7.0 + 0.25 * alone + 0.25 * near
    found = verified(reader, reading, answer(TEXT, "Warsaw", 7.0))
    assert found == pytest.approx(expected, abs=1e-4)


def test_an_answer_across_sentences_is_read_with_all_of_them(reader: Reader) -> None:
    across = "Warsaw. She studied"
    reading = Reading(QUESTION, (ReadText(TEXT),))
    alone = margin_of(reader, " ".join(SENTENCES[1:3]), across)
    found = verified(reader, reading, answer(TEXT, across, 4.0))
    assert found == pytest.approx(0.25 * alone + 0.75 * 4.0, abs=1e-4)  # its neighbours are all


def test_a_text_without_more_sentences_is_not_read_again(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Reading] = []
    known = span_margins

    def counted(*arguments: Any) -> list[dict[tuple[int, int], float]]:
        read.extend(arguments[2])
        return known(*arguments)

    monkeypatch.setattr(verification, "span_margins", counted)
    reading = Reading(QUESTION, (ReadText(SENTENCES[1]),))
    assert verified(reader, reading, answer(SENTENCES[1], "Warsaw", 7.0)) == 7.0
    assert not read
    two = " ".join(SENTENCES[1:3])
    verified(reader, Reading(QUESTION, (ReadText(two),)), answer(two, "Warsaw", 7.0))
    assert [one.texts[0].text for one in read] == [SENTENCES[1]]


def test_the_whole_text_read_again_has_the_margin_that_is_known(reader: Reader) -> None:
    once = Reader(reader.model, reader.backbone, reader.calibration)
    for text in (TEXT, SENTENCES[0]):
        (found,) = once.read([Reading(QUESTION, (ReadText(text),))])
        assert found is not None
        assert found.kind == "span"
        assert margin_of(reader, text, found.text) == pytest.approx(found.margin, abs=1e-3)


def test_verdicts_and_readings_without_an_answer_keep_what_they_have(reader: Reader) -> None:
    reading = Reading(QUESTION, (ReadText(TEXT),))
    assert verified(reader, reading, ReadAnswer("yes", "yes", -1, 0, 0, 3.0, 0.5)) == 3.0
    assert verified(reader, reading, None) == 0.0
    assert verified_margins(reader.model, reader.backbone, [], []) == []


def test_a_reader_reads_again_and_scores_by_its_own_calibration(reader: Reader) -> None:
    readings = [Reading(QUESTION, (ReadText(t),)) for t in (TEXT, "", SENTENCES[0])]
    once = Reader(reader.model, reader.backbone, reader.calibration)
    first, again = once.read(readings), reader.read(readings)
    margins = verified_margins(reader.model, reader.backbone, readings, first)
    assert again[1] is first[1] is None
    assert first[0] is not None
    assert margins[0] != pytest.approx(first[0].margin, abs=1e-3)
    for before, after, margin in zip(first, again, margins, strict=True):
        if before is None or after is None:
            continue
        assert (after.text, after.start, after.index) == (before.text, before.start, before.index)
        assert after.margin == pytest.approx(margin, abs=1e-4)
        assert after.score == Calibration(0.5, 0.1).score(after.margin)
    assert (once.threshold, reader.threshold) == (0.0, 2.0)


def test_weights_keep_the_calibration_of_answers_that_are_read_again(
    tiny_backbone: Backbone, squad_file: Path, tmp_path: Path
) -> None:
    from kgqa.lm.adapter import read_card
    from kgqa.ontology import load_ontology
    from kgqa.train.reader import train_reader
    from kgqa.train.settings import ReaderTraining

    config = ReaderTraining(train=(squad_file,), dev=squad_file, out=tmp_path, size=4)
    train_reader(config, tiny_backbone, load_ontology())
    card = read_card(tmp_path, "reader")
    read = Reader.load(tmp_path, tiny_backbone).verified
    assert read is not None
    assert card["verified"] == {
        "slope": read.slope,
        "offset": read.offset,
        "threshold": read.threshold,
    }
    assert card["verified"]["slope"] != card["calibration"]["slope"]
