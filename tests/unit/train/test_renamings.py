from __future__ import annotations

import re

from kgqa.train.questions import ReadingExample
from kgqa.train.renamings import renamed
from kgqa.train.word_lists import word_groups

OTHERS = [
    ReadingExample(
        "Who paints?", f"Hobbema glazed the kettle and many teapots in {place}.", place, 0, 7
    )
    for place in ("Haarlem", "Utrecht")
]
# Words of more than a tenth of the articles stay: these make a word of one article rare.
FREQUENT = "They are here and there."
OTHERS += [ReadingExample("Who, where?", FREQUENT, f"Article {i}", 0, 4) for i in range(30)]


def renamings_of(
    question: str, text: str, answer: str = "", title: str = "", tries: int = 60
) -> list[ReadingExample]:
    start = text.index(answer)
    one = ReadingExample(question, text, title, start, start + len(answer))
    return renamed([one] * tries, OTHERS, 1.0, seed=0)


def test_question_title_and_text_say_the_same_other_word() -> None:
    made = renamings_of(
        "Where is Rotterdam's harbour?", "ROTTERDAM has it. Rotterdam is big.", title="Rotterdam"
    )
    names = set()
    for one in made:
        name = re.fullmatch(r"Where is (\w+)'s \w+\?", one.question)
        assert name is not None
        assert one.text == f"{name[1].upper()} has it. {name[1]} is big."
        assert one.title == name[1]
        names.add(name[1])
    assert names == {"Rotterdam", "Hobbema", "Haarlem", "Utrecht"}


def test_the_answer_is_found_where_it_stands_now() -> None:
    made = renamings_of(
        "Who sailed to Rotterdam?", "Rotterdam was Rembrandt's port.", answer="Rembrandt"
    )
    answers = {one.text[one.start : one.end] for one in made}
    assert answers == {"Rembrandt", "Hobbema", "Haarlem", "Utrecht"}
    assert all(one.text[one.end :].startswith("'s ") for one in made)


def test_a_word_in_small_letters_is_no_name_and_ends_alike() -> None:
    made = {one.text for one in renamings_of("What?", "They varnished a turbine, two turbines.")}
    assert made == {
        f"They {done} a {thing}, two {thing}s."
        for done in ("varnished", "glazed")
        for thing in ("turbine", "kettle", "teapot")
    }


def test_frequent_words_short_ones_and_those_of_a_known_meaning_stay() -> None:
    assert "north" in word_groups()
    text = "They did see a fox north of an elm."
    assert {one.text for one in renamings_of("Who did?", text)} == {text}


def test_forms_of_one_word_stay() -> None:
    text = "Algorithm here, algorithmic there."
    assert {one.text for one in renamings_of("What?", text)} == {text}


def test_a_share_is_renamed_and_the_rest_is_as_it_was() -> None:
    one = ReadingExample("Where is Rotterdam?", "Rotterdam is here.", "", 13, 17)
    made = renamed([one] * 400, OTHERS, 0.5, seed=0)
    assert 100 < sum(other != one for other in made) < 200
    assert renamed([one], OTHERS, 0.0, seed=0) == [one]
