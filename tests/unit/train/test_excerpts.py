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
        assert len(SENTENCES[0]) <= len(after.text) < 500 + len(SENTENCES[10])
        assert after.text.startswith("Sentence")
        assert after.text.endswith("inland.")
        assert (after.question, after.title) == (before.question, before.title)
    lengths = [len(after.text) for after in with_excerpts(asked * 3, 1.0, 0)]
    assert min(lengths) < 100
    assert max(lengths) > 350


def test_a_question_without_an_answer_keeps_the_sentence_nearest_to_it() -> None:
    asked = ReadingExample("What tells of the city of Place7?", TEXT, "Towns", 0, 0)
    kept = with_excerpts([asked] * 20, 1.0, 0)
    assert all(SENTENCES[7] in one.text and one.text in TEXT for one in kept)
    assert {(one.question, one.start, one.end) for one in kept} == {(asked.question, 0, 0)}
    assert len({one.text for one in kept}) > 5


def test_a_share_is_cut_and_the_rest_stays() -> None:
    asked = [example("Place10")] * 400
    made = with_excerpts(asked, 0.25, 3)
    assert 60 < sum(one.text != TEXT for one in made) < 140
    assert made == with_excerpts(asked, 0.25, 3)
    assert with_excerpts(asked, 0.0, 3) == asked


def test_one_sentence_and_an_empty_text_stay() -> None:
    short = ReadingExample("Where?", "Ada was born in London.", "", 16, 22)
    empty = ReadingExample("Where?", "", "", 0, 0)
    assert with_excerpts([short, empty], 1.0, 0) == [short, empty]


def test_an_answer_across_two_sentences_and_one_that_ends_in_space() -> None:
    across = ReadingExample("What?", TEXT, "", TEXT.index("inland. Sentence number 3"), 0)
    across = ReadingExample("What?", TEXT, "", across.start, across.start + 25)
    after = with_excerpts([across], 1.0, 0)[0]
    assert after.text[after.start : after.end] == "inland. Sentence number 3"
    trailing = ReadingExample("What?", TEXT + " ", "", len(TEXT) - 7, len(TEXT) + 1)
    assert with_excerpts([trailing], 1.0, 0) == [trailing]
    spaces = ReadingExample("What?", TEXT + "  ", "", len(TEXT), len(TEXT) + 2)
    assert with_excerpts([spaces], 1.0, 0) == [spaces]
