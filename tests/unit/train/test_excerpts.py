"""Questions beside the sentences around their answer."""

from __future__ import annotations

from kgqa.train.excerpts import with_excerpts
from kgqa.train.questions import ReadingExample

SENTENCES = [
    f"Sentence number {i} tells of the town of Place{i}, which lies inland." for i in range(20)
]
TEXT = " ".join(SENTENCES)


def example(answer: str) -> ReadingExample:
    start = TEXT.index(answer) if answer else 0
    return ReadingExample("Which town?", TEXT, "Towns", start, start + len(answer))


def test_the_answer_is_kept_with_whole_sentences_around_it() -> None:
    asked = [example(f"Place{i},"[:-1]) for i in range(10, 20)]
    for before, after in zip(asked, with_excerpts(asked, 1.0, 0), strict=True):
        assert before.text[before.start : before.end] == after.text[after.start : after.end]
        assert after.text in TEXT
        assert 300 < len(after.text) < 500
        assert after.text.startswith("Sentence")
        assert after.text.endswith("inland.")
        assert (after.question, after.title) == (before.question, before.title)
    assert len({after.text for after in with_excerpts(asked * 3, 1.0, 0)}) > 5


def test_a_share_is_cut_and_the_rest_stays() -> None:
    asked = [example("Place10")] * 400
    made = with_excerpts(asked, 0.25, 3)
    assert 60 < sum(one.text != TEXT for one in made) < 140
    assert made == with_excerpts(asked, 0.25, 3)
    assert with_excerpts(asked, 0.0, 3) == asked


def test_short_texts_and_questions_without_an_answer_stay() -> None:
    short = ReadingExample("Where?", "Ada was born in London. She died there.", "", 16, 22)
    assert with_excerpts([short, example("")], 1.0, 0) == [short, example("")]


def test_an_answer_across_two_sentences_and_one_that_ends_in_space() -> None:
    across = ReadingExample("What?", TEXT, "", TEXT.index("inland. Sentence number 3"), 0)
    across = ReadingExample("What?", TEXT, "", across.start, across.start + 25)
    after = with_excerpts([across], 1.0, 0)[0]
    assert after.text[after.start : after.end] == "inland. Sentence number 3"
    trailing = ReadingExample("What?", TEXT + " ", "", len(TEXT) - 7, len(TEXT) + 1)
    assert with_excerpts([trailing], 1.0, 0) == [trailing]
    spaces = ReadingExample("What?", TEXT + "  ", "", len(TEXT), len(TEXT) + 2)
    assert with_excerpts([spaces], 1.0, 0) == [spaces]
