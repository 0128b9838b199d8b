"""Training through to weights that the product loads, on tiny models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from kgqa.errors import QuestionError, WeightsError
from kgqa.extract.extractor import Extractor
from kgqa.lm.adapter import adapted_model, add_lora, load_adapter, start_from
from kgqa.lm.backbone import Backbone
from kgqa.ontology import load_ontology
from kgqa.qa.model import ReaderModel
from kgqa.qa.reader import Reader
from kgqa.qa.windows import Reading, ReadText, collate, make_windows
from kgqa.train.questions import ReadingExample, load_reading, split_by_title
from kgqa.train.reading_sets import single_readings
from kgqa.train.settings import ReaderTraining
from kgqa.train.unanswerable import (
    beside_another_text,
    threshold_part_of,
    unanswerable_of,
    without_answer,
)
from kgqa.types import Document, Passage


def reading(question: str, text: str) -> Reading:
    return Reading(question, (ReadText(text),))


def test_the_trained_reader_answers_what_it_was_trained_on(
    tiny_weights: Path, tiny_backbone: Backbone
) -> None:
    reader = Reader.load(tiny_weights / "reader", tiny_backbone)
    spans = reader.read(
        [
            reading("Where was Marie Curie born?", "Marie Curie was born in Warsaw."),
            reading("Where did Pierre Curie die?", "Pierre Curie died in Paris."),
        ]
    )
    assert [span.text if span else None for span in spans] == ["Warsaw", "Paris"]


def test_the_trained_extractor_finds_mentions_and_relations(
    tiny_weights: Path, tiny_backbone: Backbone
) -> None:
    extractor = Extractor.load(tiny_weights / "extractor", tiny_backbone, load_ontology())
    text = "Ada Lovelace was born in London. Alan Turing died in England."
    document = Document.create("x", "", text)
    passage = Passage("p", document.id, 0, len(text), text)
    extraction = extractor.extract([(document, (passage,))])[0]
    names = {cluster.id: cluster.name for cluster in extraction.clusters}
    types = {cluster.name: cluster.type for cluster in extraction.clusters}
    assert types["Ada Lovelace"] == "person"
    assert types["London"] == "location"
    found = {(names[r.head], r.relation, names[r.tail]) for r in extraction.relations}
    assert ("Ada Lovelace", "P19", "London") in found
    assert ("Alan Turing", "P20", "England") in found
    for cluster in extraction.clusters:
        for mention in cluster.mentions:
            assert text[mention.start : mention.end] == mention.text


@pytest.mark.parametrize("kind", ["reader", "extractor"])
def test_the_card_tells_how_to_make_the_weights_again(
    tiny_weights: Path, tiny_backbone: Backbone, kind: str
) -> None:
    card = json.loads((tiny_weights / kind / "card.json").read_text())
    assert card["backbone"] == tiny_backbone.digest
    assert card["command"].startswith(f"kgqa train {kind} --train ")
    assert all(len(digest) == 64 for digest in card["files"].values())
    assert card["metrics"]
    assert {"seed", "epochs", "learning_rate", "batch_size"} <= set(card["settings"])


def test_the_three_question_formats_give_exact_spans(tmp_path: Path, squad_file: Path) -> None:
    qed = {
        "paragraph_text": "radium was found in paris",
        "question_text": "where was radium found",
        "title_text": "Radium",
        "answer_spans": [[20, 25]],
    }
    qamr = {
        "context": "Ada was born in London .",
        "question": "Where was Ada born?",
        "answers": [
            {"text": "in London", "answer_start": 13},
            {"text": "London", "answer_start": 16},
        ],
    }
    lines = tmp_path / "lines.jsonl"
    lines.write_text(json.dumps(qed) + "\n" + json.dumps(qamr) + "\n")
    examples = load_reading(lines)
    assert [e.text[e.start : e.end] for e in examples] == ["paris", "London"]
    assert {e.text[e.start : e.end] for e in load_reading(squad_file)} >= {"Warsaw", "Paris"}


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"context": "x"}\n')
    with pytest.raises(QuestionError, match=r"lines\.jsonl:1: expected a QED or QAMR record"):
        load_reading(lines)


def test_unanswerable_questions_keep_the_title_and_lose_the_answer() -> None:
    texts = ["Ada was born in London.", "Ada wrote notes.", "Ada died in Marylebone."]
    examples = [
        ReadingExample(f"q{i}", text, "Ada", len(text) - 7, len(text) - 1)
        for i, text in enumerate(texts)
    ]
    made = beside_another_text(examples, 1.0, seed=0)
    assert made
    for example in made:
        asked = examples[int(example.question[1])]
        assert example.start == example.end == 0
        assert asked.text[asked.start : asked.end] not in example.text


def test_a_text_is_read_without_the_sentence_that_answers() -> None:
    text = "Ada Lovelace was born in London. She wrote notes. Her teacher was Mary Somerville."
    start = text.index("London")
    example = ReadingExample("Where was Ada born?", text, "Ada", start, start + len("London"))
    subject = ReadingExample("Who wrote notes?", "Ada lived. Ada wrote. Ada died.", "Ada", 0, 3)
    alone = ReadingExample("Where?", "Ada was born in London.", "Ada", 16, 22)
    made = without_answer([example, subject, alone], 1.0, seed=0)
    assert [one.question for one in made] == [example.question]
    assert made[0].text == "She wrote notes. Her teacher was Mary Somerville."
    assert made[0].start == made[0].end == 0


def test_no_title_is_in_both_parts() -> None:
    examples = [ReadingExample("q", "t", f"title {i % 10}", 0, 1) for i in range(40)]
    train, dev = split_by_title(examples, every=5)
    assert train
    assert dev
    assert not {e.title for e in train} & {e.title for e in dev}


def test_each_third_article_of_a_squad_2_file_is_held_aside(tmp_path: Path) -> None:
    def article(title: str) -> dict[str, object]:
        question = {"id": title, "question": f"{title}?", "answers": [], "is_impossible": True}
        answered = {"id": "a", "question": "q?", "answers": [{"text": "t", "answer_start": 0}]}
        paragraphs = [{"context": "text", "qas": [question, answered]}]
        return {"title": title, "paragraphs": paragraphs}

    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [article(title) for title in "FABCDE"]}))
    assert {example.title for example in unanswerable_of([path])} == set("BCEF")
    config = ReaderTraining(out=tmp_path, train=(path,), abstain=(path,), abstain_times=3)
    read = [one.reading.question for one in single_readings(config)[0] if not one.spans]
    assert [read.count(f"{title}?") for title in "BCEF"] == [3, 3, 3, 3]
    threshold = threshold_part_of([path])
    assert [(e.title, e.end > e.start) for e in threshold] == [("A", False), ("A", True)]


def test_whole_texts_alter_questions_that_are_read_beside_excerpts(tmp_path: Path) -> None:
    text = "Mainly Ada Lee built films in Leeds. " + "It rained. " * 60 + "Later came Jo Ray."
    answer = {"text": "films", "answer_start": text.index("films")}
    asked = {"id": "1", "question": "What kind of things did Ada Lee build?", "answers": [answer]}
    article = {"title": "Ada", "paragraphs": [{"context": text, "qas": [asked] * 40}]}
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [article, {"title": "B", "paragraphs": []}]}))
    config = ReaderTraining(
        out=tmp_path, train=(path,), dev=path, altered=1.0, excerpts=1.0, reworded=0.5
    )
    read = [one for one in single_readings(config)[0] if not one.spans]
    questions = {one.reading.question for one in read}
    assert "What kind of things did Jo Ray build?" in questions
    named = {one for one in questions if "Jo Ray" in one}
    assert named - {"What kind of things did Jo Ray build?"}, "none in other words"
    assert all(len(one.reading.texts[0].text) < len(text) for one in read)


def test_training_goes_on_from_an_adapter_of_smaller_size(
    tiny_weights: Path, tiny_backbone: Backbone
) -> None:
    saved = load_adapter(tiny_weights / "reader", "reader", tiny_backbone)
    size = saved.card["adapter"]["size"]
    grown = ReaderModel(add_lora(tiny_backbone.copy_model(), 2 * size), tiny_backbone.width).eval()
    start_from(grown, saved)
    plain = ReaderModel(adapted_model(tiny_backbone, saved), tiny_backbone.width).eval()
    plain.pointer.load_state_dict(saved.head("pointer"))
    plain.verdicts.data = saved.tensors["verdicts"].float()
    windows = make_windows(tiny_backbone.tokenizer, [reading("Who?", "Ada did.")])
    batch = collate(windows, tiny_backbone.pad_id)
    assert torch.allclose(grown(batch), plain(batch), atol=1e-3)
    small = ReaderModel(add_lora(tiny_backbone.copy_model(), 1), 1)
    with pytest.raises(WeightsError, match="give at least the size"):
        start_from(small, saved)
