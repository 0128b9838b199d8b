"""Sentences and passages: exact offsets, whole sentences, nothing lost."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kgqa.documents.sentences import sentence_spans
from kgqa.documents.split import split_passages
from kgqa.types import Document

WORDS = st.sampled_from(
    ["Marie", "born", "Dr.", "J.", "U.S.", "1867.", "in", "Paris.", '"Who?"', "etc.", "é", "東京。"]
) | st.sampled_from([".", "...", "!", "(d. 1934).[1]", "a" * 60, "\u00a0", "\u200b", "-"])
GAPS = st.sampled_from([" ", "  ", "\n", "\n\n", "\n \t\n", "\t", "\f", "", "\u2029", "\r"])
TEXTS = st.lists(st.tuples(WORDS, GAPS)).map(lambda pairs: "".join(w + g for w, g in pairs))


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["Dr. Marie Curie met J. R. R. Tolkien in St. Louis.", "They ate."],
        ["She joined the U.S. Army.", "He left the U.S.", "The next year he died."],
        ["It began at 5 p.m. Friday.", "It was sold to Apple Inc.", "In 1999 it failed."],
        ["J.-P. Sartre wrote No. 5, e.g. Nausea.", "É. Cartan did not (cf. Weyl 1923)."],
        ['"Who is it?" he asked.', '"Stop!"', "He ran."],
        ["George W. Bush was born c. 1946, the U.S. president.", "World War I.", "He won."],
        ["He was born in Ulm.[1]", "He died.[2][3]", "(Others lived.)", "The end."],
        ["1. First came this.", "2. Second that."],
        ["What a day!", "Yes?", "No…", "Well… it was 3.14 in all."],
        ["Jeopardy! is a show.", "So is Who Wants to Be One? on TV."],
        ["Mr. and Mrs. Smith (b. 1950) live on Main St. in Mt. Vernon."],
        ["Washington, D.C. (U.S.) Army bases.", "He died in 1990.", "1991 was worse."],
        ["Bronisława lived with Gen. Ulysses S. Grant Jr. and Prof. Lise Meitner et al."],
    ],
)
def test_sentences_of_real_prose(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts


def test_lines_end_sentences() -> None:
    assert sentences("A heading\n\nA line of verse,\nand another\n \t\nThe end") == [
        "A heading",
        "A line of verse,",
        "and another",
        "The end",
    ]


@settings(deadline=None)
@given(TEXTS)
@example("")
@example(" \n ")
@example("...." * 20)
def test_sentences_cover_the_text_in_order(text: str) -> None:
    end = 0
    for start, stop in sentence_spans(text):
        assert not text[end:start].strip()
        assert text[start:stop] == text[start:stop].strip() != ""
        end = stop
    assert not text[end:].strip()


@settings(deadline=None)
@given(st.one_of(TEXTS, st.text()), st.sampled_from([1, 2, 7, 30, 100, 1000]))
def test_passages_cover_the_text_in_order(text: str, limit: int) -> None:
    document = Document.create("s", "t", text)
    passages = split_passages(document, limit)
    end = 0
    for n, passage in enumerate(passages):
        assert passage.text == text[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""
        assert len(passage.text) <= limit
        assert not text[end : passage.start].strip()
        assert (passage.id, passage.document_id) == (f"{document.id}:{n}", document.id)
        end = passage.end
    assert not text[end:].strip()


@settings(deadline=None)
@given(TEXTS)
def test_passages_hold_whole_sentences(text: str) -> None:
    spans = sentence_spans(text)
    limit = max((end - start for start, end in spans), default=1)
    passages = split_passages(Document.create("s", "t", text), limit)
    assert {p.start for p in passages} <= {start for start, _ in spans}
    assert {p.end for p in passages} <= {end for _, end in spans}
    for one, two in pairwise(passages):
        following = next(end for start, end in spans if start == two.start)
        gap = text[one.end : two.start]
        paragraph = gap.count("\n") > 1 or "\f" in gap or "\u2029" in gap
        assert following - one.start > limit or (paragraph and one.end - one.start >= 0.4 * limit)


def test_a_paragraph_break_closes_only_a_passage_that_is_well_filled() -> None:
    text = "Short one.\n\n" + "Filler here. " * 4 + "\n\nA new paragraph."
    passages = split_passages(Document.create("s", "t", text), 100)
    assert [p.text[:9] for p in passages] == ["Short one", "A new par"]


def test_a_long_sentence_is_cut_at_white_space_or_behind_its_scripts_stops() -> None:
    words = split_passages(Document.create("s", "t", "alpha beta gamma delta"), 10)
    assert [p.text for p in words] == ["alpha beta", "gamma", "delta"]
    japanese = split_passages(Document.create("s", "t", "湯川秀樹。物理学者である。"), 8)
    assert [p.text for p in japanese] == ["湯川秀樹。", "物理学者である。"]
    assert [p.text for p in split_passages(Document.create("s", "t", "x" * 25), 10)] == [
        "x" * 10,
        "x" * 10,
        "x" * 5,
    ]


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="max_characters"):
        split_passages(Document.create("s", "t", "text"), 0)


@pytest.mark.parametrize(
    "unit", [".", " ", "\n", "x", "[1]", "a. ", "- ", '."', "1. ", "\n ", "…) "]
)
def test_hostile_runs_take_linear_time(unit: str) -> None:
    text = "A" + unit * (400_000 // len(unit)) + "b"
    start = time.process_time()
    split_passages(Document.create("s", "t", text))
    assert time.process_time() - start < 4


@settings(deadline=None, max_examples=40)
@given(TEXTS)
def test_the_spacy_component_sets_the_same_sentences(text: str) -> None:
    from kgqa.documents.spacy_sentences import sentence_pipeline

    doc = sentence_pipeline()(text)
    stripped = [sent.text.strip() for sent in doc.sents]
    assert [sent for sent in stripped if sent] == sentences(text)
