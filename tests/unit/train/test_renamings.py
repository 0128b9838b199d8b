from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kgqa.errors import ConfigError
from kgqa.train.questions import ReadingExample
from kgqa.train.reading_sets import single_readings
from kgqa.train.renamings import ArticleWords, renamed
from kgqa.train.settings import ReaderTraining
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
    return renamed([one] * tries, OTHERS, words_with(one), 1.0, seed=0)


def words_with(one: ReadingExample) -> ArticleWords:
    return ArticleWords([one, *OTHERS])


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


def test_two_words_never_become_one() -> None:
    made = renamings_of("Who met Saskia?", "Rembrandt met Haarlem.")
    said = {(one.question, one.text) for one in made}
    assert ("Who met Hobbema?", "Utrecht met Haarlem.") in said
    for question, text in said:
        assert len({question[8:-1], *text[:-1].replace(" met ", " ").split()}) == 3


def test_a_share_is_renamed_and_the_rest_is_as_it_was() -> None:
    one = ReadingExample("Where is Rotterdam?", "Rotterdam is here.", "", 13, 17)
    made = renamed([one] * 400, OTHERS, words_with(one), 0.5, seed=0)
    assert 100 < sum(other != one for other in made) < 200
    assert renamed([one], OTHERS, words_with(one), 0.0, seed=0) == [one]


def test_people_s_questions_and_those_of_the_training_files_exchange_words(tmp_path: Path) -> None:
    def article(name: str, *, answered: bool) -> dict[str, object]:
        answers = [{"text": name, "answer_start": 0}] if answered else []
        asked = {"id": name, "question": f"Who met {name}?", "answers": answers}
        asked["is_impossible"] = not answered
        return {"title": name, "paragraphs": [{"context": f"{name} met them.", "qas": [asked] * 8}]}

    known = [f"Harm{letter}n" for letter in "abcdefghijklmnop"]
    people = ("Abel", "Rembrandt", "Saskia")  # the first third is held aside
    train, abstain = tmp_path / "train.json", tmp_path / "abstain.json"
    train.write_text(json.dumps({"data": [article(name, answered=True) for name in known]}))
    abstain.write_text(json.dumps({"data": [article(name, answered=False) for name in people]}))
    config = ReaderTraining(out=tmp_path, train=(train,), abstain=(abstain,), renamed=1.0)
    said: dict[bool, list[str]] = {True: [], False: []}
    for one in single_readings(config)[0]:
        text = one.reading.texts[0].text
        assert one.reading.question == f"Who met {text.split()[0]}?"
        said[bool(one.spans)].append(text.split()[0])
    assert len(said[False]) == 16
    assert set(said[False]) <= {*known, *people[1:]}
    assert sum(name in known for name in said[False]) > 10
    assert {"Rembrandt", "Saskia"} < set(said[True])
    assert 0.3 < sum(name in people for name in said[True]) / len(said[True]) < 0.6


def test_renaming_without_unanswerable_questions_is_refused(tmp_path: Path) -> None:
    config = ReaderTraining(out=tmp_path, renamed=0.5)
    with pytest.raises(ConfigError, match="renamed: expected abstain files"):
        single_readings(config)
