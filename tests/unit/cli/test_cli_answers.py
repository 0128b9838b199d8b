"""What `ask` and `ingest` print, from records; the verbs themselves need trained weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cli_store import TEXT, curie

from kgqa.cli.ask import answer_record, answer_text
from kgqa.cli.ingest import rejection_lines, report_record, summary
from kgqa.cli.triples import named_triples
from kgqa.ontology import load_ontology
from kgqa.store.open import open_store
from kgqa.types import (
    Answer,
    AnswerSpan,
    Evidence,
    IngestReport,
    Refusal,
    Rejection,
    ScoredPassage,
    Triple,
)

if TYPE_CHECKING:
    from cli_store import Run

Check = Callable[[str, object], None]
EXTRACTION = curie()
PASSAGE = ScoredPassage(EXTRACTION.passages[0], "Marie Curie", "/texts/marie_curie.txt", 0.7)
TRIPLE = Triple("e-curie", "P19", "e-warsaw")


def answer(*spans: tuple[int, int]) -> Answer:
    marks = tuple(
        AnswerSpan(PASSAGE.passage.id, PASSAGE.source, start, end, TEXT[start:end])
        for start, end in spans
    )
    return Answer("q", marks[0].text, 0.875, (TRIPLE,), (), (PASSAGE,), marks)


def test_an_empty_question_is_refused_before_the_store_is_looked_for(run: Run) -> None:
    outcome = run("ask", "  ")
    assert outcome.code == 1
    assert outcome.err.startswith("kgqa: error: expected a question, got an empty one")


def test_answer_with_its_triples_and_marked_passage(store_url: str) -> None:
    with open_store(store_url) as store:
        named = named_triples([TRIPLE], store, load_ontology())
    lines = answer_text(answer((24, 30)), named, terminal=False).splitlines()
    assert lines[0] == "Warsaw  (score 0.88)"
    assert "  Marie Curie -- place of birth -- Warsaw" in lines
    assert f"Marie Curie (/texts/marie_curie.txt:0-{len(TEXT)})" in lines
    assert "  Marie Curie was born in «Warsaw». Curie won two Nobel Prizes." in lines


def test_the_answer_says_page_section_and_row() -> None:
    page = replace(PASSAGE.passage, page=3, section="Results > 2023")
    row = replace(PASSAGE.passage, id="row", section="Staff", row=12)
    passages = tuple(replace(PASSAGE, passage=passage) for passage in (page, row))
    span = AnswerSpan("row", PASSAGE.source, 24, 30, "Warsaw")
    shown = replace(answer((24, 30)), passages=passages)
    shown = replace(shown, spans=(*shown.spans, span))
    lines = answer_text(shown, [], terminal=False).splitlines()
    place = f"Marie Curie (/texts/marie_curie.txt:0-{len(TEXT)}"
    assert f"{place}, page 3, Results > 2023)" in lines
    assert f"{place}, Staff, row 12)" in lines


def test_answer_json_says_page_section_and_row(tmp_path: Path, matches_schema: Check) -> None:
    placed = replace(EXTRACTION.passages[0], page=3, section="Results > 2023")
    with open_store(f"sqlite:///{tmp_path}/placed.db") as store:
        made = replace(EXTRACTION, passages=(placed,))
        store.replace_document(made, np.eye(1, 4, dtype=np.float32))
        evidence = (Evidence(TRIPLE, placed.id, 0, 31, 0.9, "test"),)
        found = tuple(store.passages([placed.id]))
        gone = AnswerSpan("gone", "/texts/gone.txt", 0, 6, "Warsaw")
        full = replace(answer((24, 30)), evidence=evidence, passages=found)
        full = replace(full, spans=(*full.spans, gone))
        record = answer_record(full, [], store)
        unread = answer_record(replace(full, passages=()), [], store)
    matches_schema("ask", record)
    assert unread["evidence"] == record["evidence"]
    of_answer, of_gone, of_triple = record["evidence"]  # type: ignore[misc]
    [passage] = record["passages"]  # type: ignore[misc]
    for shown in (of_answer, of_triple, passage):
        assert (shown["section"], shown["page"], shown["row"]) == ("Results > 2023", 3, None)
    assert (of_gone["section"], of_gone["page"], of_gone["row"]) == ("", None, None)


def test_a_terminal_gets_the_answer_in_bold() -> None:
    text = answer_text(answer((24, 30)), [], terminal=True)
    assert "\x1b[1;4mWarsaw\x1b[0m" in text
    assert "«" not in text


def test_several_and_overlapping_spans_are_marked_once() -> None:
    text = answer_text(answer((6, 11), (0, 11), (32, 37)), [], terminal=False)
    assert "«Marie Curie» was born in Warsaw. «Curie» won" in text


def test_an_abstention_says_so() -> None:
    text = answer_text(Answer("q", None, 0.25, passages=(PASSAGE,)), [], terminal=False)
    assert text == "no answer found (score 0.25)"


def test_answer_json(store_url: str, matches_schema: Check) -> None:
    with open_store(store_url) as store:
        given = answer((24, 30))
        evidence = tuple(store.evidence_of([TRIPLE]))
        full = Answer(
            given.question_id,
            given.text,
            given.score,
            given.triples,
            evidence,
            given.passages,
            given.spans,
        )
        record = answer_record(full, named_triples([TRIPLE], store, load_ontology()), store)
    matches_schema("ask", record)
    own, stated = record["evidence"]  # type: ignore[misc]
    assert (own["start"], own["end"], own["text"], own["triple"]) == (24, 30, "Warsaw", None)
    assert stated["text"] == TEXT[stated["start"] : stated["end"]]
    assert stated["triple"] == ["e-curie", "P19", "e-warsaw"]
    assert stated["document"] == "/texts/marie_curie.txt"


def test_ingest_json_and_summary(matches_schema: Check) -> None:
    report = IngestReport(2, 1, 0, [Rejection("a.jsonl:3", "malformed JSON", "line 3")])
    report.refused += [Refusal("P19", "location", "person", 2)] * 2
    record = report_record(report, dry_run=False)
    matches_schema("ingest", record)
    assert record["rejected"] == 1
    assert record["refused"] == [
        {"relation": "P19", "head_type": "location", "tail_type": "person", "count": 4}
    ]
    assert summary(report, dry_run=False) == "2 added, 1 updated, 0 unchanged, 1 rejected"
    assert summary(report, dry_run=True).startswith("dry run, nothing written: 2 added")


def test_rejections_are_grouped_by_reason() -> None:
    rejections = [Rejection("x.bin", "binary"), *(Rejection(f"{i}.txt", "empty") for i in range(7))]
    lines = rejection_lines(rejections)
    assert lines[0] == "rejected, empty: 7"
    assert lines[1:6] == [f"  {i}.txt" for i in range(5)]
    assert lines[6] == "  and 2 more (--json lists all)"
    assert lines[7:] == ["rejected, binary: 1", "  x.bin"]


def test_a_question_that_is_not_utf8_is_refused(run: Run) -> None:
    outcome = run("ask", "\udcff who?")
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert "UTF-8" in outcome.err
