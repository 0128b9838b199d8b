from __future__ import annotations

from kgqa.train.questions import ReadingExample
from kgqa.train.rewordings import reworded
from kgqa.train.word_lists import same_words, word_groups


def rewordings_of(question: str, tries: int = 300) -> set[str]:
    one = ReadingExample(question, "Built in Leeds.", "Leeds", 9, 14)
    made = reworded([one] * tries, 1.0, seed=0)
    assert {(made.text, made.start, made.end) for made in made} == {(one.text, 9, 14)}
    return {made.question for made in made}


def test_words_and_phrases_are_put_in_for_others_of_their_line() -> None:
    made = rewordings_of("How many films were built there?")
    assert "What number of films were built there?" in made
    assert "How many movies were constructed there?" in made


def test_the_longest_phrase_is_taken_whole() -> None:
    assert "how many" in same_words()
    made = rewordings_of("Of how many?")
    assert made == {f"Of {other}?" for other in same_words()["how many"]}


def test_a_name_is_kept() -> None:
    assert rewordings_of("Who is Doctor Film?") == {"Who is Doctor Film?"}


def test_a_and_an_stay_right() -> None:
    assert rewordings_of("Was it an annual budget for a film?") == {
        "Was it an annual budget for a film?",  # "yearly budget" would need an "a"
        "Was it an annual budget for a movie?",
    }


def test_a_share_is_reworded_and_the_rest_is_as_it_was() -> None:
    examples = [ReadingExample("How many films?", "Two.", "", 0, 3)] * 400
    changed = sum(one.question != "How many films?" for one in reworded(examples, 0.25, seed=0))
    assert 60 < changed < 140
    assert reworded(examples, 0.0, seed=0) == examples


def test_no_phrase_is_on_two_lines_or_says_what_excludes_another_of_its_line() -> None:
    lines = {frozenset((phrase, *others)) for phrase, others in same_words().items()}
    assert sum(len(line) for line in lines) == len(same_words())
    for phrase, others in same_words().items():
        assert others
        assert not set(others) & set(word_groups().get(phrase, ())), phrase
