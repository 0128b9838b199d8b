from __future__ import annotations

import re

from kgqa.train.alterations import altered
from kgqa.train.questions import ReadingExample
from kgqa.train.word_lists import word_groups

TEXT = (
    "Ada Lovelace was born in London in 1815 with weak lungs. Later she wrote to Charles Babbage "
    "of clever engines. Her friend Mary Somerville moved to Naples in the 19th century."
)


def asked(question: str, answer: str, title: str = "Ada", text: str = TEXT) -> ReadingExample:
    start = text.index(answer)
    return ReadingExample(question, text, title, start, start + len(answer))


def alterations_of(*examples: ReadingExample, tries: int = 200) -> set[str]:
    """All alterations of the first that so many tries make."""
    first, *others = examples
    made = altered([first] * tries + others, 1.0, seed=0)
    assert all(one.start == one.end == 0 for one in made)
    return {one.question for one in made if one.text == first.text}


def test_a_word_is_swapped_for_one_that_excludes_it() -> None:
    made = alterations_of(asked("Who wrote the last notes?", "Ada Lovelace", text="Ada Lovelace."))
    assert made == {f"Who wrote the {word} notes?" for word in word_groups()["last"]}


def test_a_name_is_swapped_for_one_of_the_article_or_of_another_sentence() -> None:
    other = asked("When did Grace Hopper join?", "1943", text="Grace Hopper joined in 1943.")
    question = asked("Where was Ada Lovelace baptised?", "London")
    made = alterations_of(question, other)
    assert {one for one in made if not re.search(r"\d", one)} == {
        "Where was Grace Hopper baptised?",
        "Where was Charles Babbage baptised?",
        "Where was Mary Somerville baptised?",
    }
    elsewhere = asked("When did Grace Hopper join?", "1943", "Grace", "Grace joined in 1943.")
    assert "Where was Grace Hopper baptised?" not in alterations_of(question, elsewhere)


def test_a_number_is_swapped_for_one_near_it_that_the_text_has_not() -> None:
    years = alterations_of(asked("Who was born in London in 1815?", "Ada Lovelace"))
    swapped = {int(year) for one in years for year in re.findall(r"in (\d{4})\?", one)} - {1815}
    assert len(swapped) > 5
    assert all(abs(year - 1815) <= 15 for year in swapped)
    text = "In the 18th, 19th and 20th century they moved to Naples."
    ordinals = alterations_of(asked("Where to in the 19th century?", "Naples", text=text))
    assert ordinals & {"Where to in the 17th century?", "Where to in the 21st century?"}
    assert not ordinals & {"Where to in the 18th century?", "Where to in the 20th century?"}


def test_a_number_is_swapped_for_one_of_another_sentence() -> None:
    text = "Ann Lee reigned in 1815. Floods came in 1840, and 12 people left."
    made = alterations_of(asked("Who reigned in 1815?", "Ann Lee", text=text))
    assert "Who reigned in 1840?" in made
    assert "Who reigned in 12?" not in made


def test_another_year_than_the_sentence_says_is_put_in() -> None:
    text = "Ann Lee opened a school in 1815. Floods came in 1840."
    made = alterations_of(asked("Who opened the local school?", "Ann Lee", text=text))
    years = {int(year) for one in made for year in re.findall(r" in (\d{4})\?$", one)}
    assert 1840 in years
    assert len(years) > 2
    assert 1815 not in years
    asks_time = alterations_of(asked("When was the local school opened?", "1815", text=text))
    assert not any(re.search(r"\d", one) for one in asks_time)


def test_two_names_change_places_where_it_matters() -> None:
    text = "Austria asked Prussia for Silesia."
    made = alterations_of(asked("What did Austria want from Prussia?", "Silesia", text=text))
    assert "What did Prussia want from Austria?" in made
    text = "France asked Spain for Cadiz."
    made = alterations_of(asked("What did France want from Spain?", "Cadiz", text=text))
    assert "What did Spain want from France?" in made
    text = "Poland and Saxony watched."
    watched = asked("Did Poland stand with Saxony that day?", "watched", text=text)
    assert "Did Saxony stand with Poland that day?" not in alterations_of(watched)


def test_a_month_is_swapped_for_a_month() -> None:
    text = "Floods came in May to Leeds. In July came a storm that York and France saw."
    made = alterations_of(asked("Where did floods come in May?", "Leeds", text=text))
    assert "Where did floods come in July?" in made
    assert not made & {f"Where did floods come in {one}?" for one in ("York", "France")}


def test_a_word_is_swapped_for_one_of_its_form_in_another_sentence() -> None:
    text = "A railway was opened in Leeds. Later a highway was closed in York."
    made = alterations_of(asked("Where was the railway opened?", "Leeds", text=text))
    assert "Where was the highway opened?" in made
    assert not any("york" in one.casefold() for one in made)


def test_a_negation_is_put_in_or_taken_out() -> None:
    plain = asked("Which city did they not leave?", "Leeds", text="They lived in Leeds.")
    assert "Which city did they leave?" in alterations_of(plain)
    other = asked("Which city did they leave?", "Leeds", text="They lived in Leeds.")
    assert "Which city did they not leave?" in alterations_of(other)


def test_a_question_without_anything_to_change_is_left_out() -> None:
    assert altered([asked("Who?", "London")] * 5, 1.0, seed=0) == []
    assert altered([], 1.0, seed=0) == []


def test_a_share_above_one_alters_a_question_several_times() -> None:
    question = asked("Where was Ada Lovelace baptised?", "London")
    assert len(altered([question] * 4, 2.5, seed=0)) == 10


def test_words_of_one_meaning_are_on_no_line() -> None:
    groups = word_groups()
    assert "last" in groups["first"]
    assert "first" in groups["last"]
    for word, others in groups.items():
        assert word not in others, f"{word} stands twice in a line"
    for one, other in (
        ("leave", "depart"),
        ("autumn", "fall"),
        ("less", "fewer"),
        ("back", "rear"),
        ("employees", "workers"),
        ("stopped", "finished"),
        ("college", "university"),
    ):
        assert other not in groups.get(one, ())


def test_how_many_stays_how_many() -> None:
    text = "Many engines were built: 12."
    assert altered([asked("How many were there?", "12", text=text)] * 5, 1.0, seed=0) == []


def test_a_word_that_the_text_has_elsewhere_is_not_put_in() -> None:
    text = "Adams was the second president. Washington was the first."
    made = alterations_of(asked("Who was the first president?", "Washington", text=text))
    assert "Who was the third president?" in made
    assert "Who was the second president?" not in made


def test_a_name_of_a_sentence_that_says_the_same_is_not_put_in() -> None:
    text = "In France Ann Lee opened a school. In Spain Tom Fox opened a school. Later came Jo Ray."
    made = alterations_of(asked("Where was the school that Ann Lee opened?", "France", text=text))
    assert "Where was the school that Jo Ray opened?" in made
    assert "Where was the school that Tom Fox opened?" not in made
