"""Follow-up questions over a real store: pronouns, ellipsis, and what is left as it came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kgqa.errors import QuestionError
from kgqa.qa.dialogue import Dialogue
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import (
    Answer,
    Cluster,
    Document,
    Entity,
    Extraction,
    Link,
    Mention,
    Passage,
)

PEOPLE = {
    "Marie Curie": "Marie Curie was a chemist. She was born in Warsaw. She won, and her fame grew.",
    "Pierre Curie": "Pierre Curie was a physicist. He was born in Paris. His fame grew.",
    "Niels Bohr": "Niels Bohr was a physicist. He was born in Copenhagen. His institute is there.",
}
THINGS = {
    "Warsaw": "location",
    "Paris": "location",
    "Seattle": "location",
    "IBM": "organization",
    "Analytical Engine": "miscellaneous",
    "radium": "miscellaneous",
    "Bill Gates": "person",
    "Charles Babbage": "person",
    "Nobel Prize": "miscellaneous",
}
Asked = tuple[tuple[str, str | None], ...]
BORN: Asked = (("Where was Marie Curie born?", "Warsaw"),)
HUSBAND: Asked = (("Who was Marie Curie's husband?", "Pierre Curie"),)
INVENTED: Asked = (("Who invented the Analytical Engine?", "Charles Babbage"),)
PRIZE: Asked = (("Which prize did Marie Curie win in 1903?", "Nobel Prize"),)


def _put_person(store: GraphStore, name: str, text: str) -> None:
    """A document about the person, linked."""
    document = Document.create(f"{name}.txt", name, text)
    passage = Passage(f"{document.id}:0", document.id, 0, len(text), text)
    mention = Mention(passage.id, 0, len(name), name, "person", 1.0)
    cluster = Cluster(f"{document.id}/0", document.id, "person", name, (mention,), about=True)
    extraction = Extraction(document, (passage,), (cluster,), (), "test")
    store.replace_document(extraction, np.eye(1, 4, dtype=np.float32))
    store.assign(
        [Entity(f"e-{name}", "person", name)],
        [Link(cluster.id, f"e-{name}", 1.0)],
        store.pending_keys(),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    path: Path = tmp_path_factory.mktemp("dialogue") / "graph.db"
    with open_store(f"sqlite:///{path}") as opened:
        for name, text in PEOPLE.items():
            _put_person(opened, name, text)
        opened.upsert([Entity(f"e-{name}", type_, name) for name, type_ in THINGS.items()], [])
        yield opened


def _said(store: GraphStore, turns: Asked, question: str) -> str:
    dialogue = Dialogue(store)
    for said, answer in turns:
        resolved = dialogue.resolve(said)
        dialogue.add(said, resolved, Answer(resolved.id, answer, 1.0))
    return dialogue.resolve(question).text


@pytest.mark.parametrize(
    ("turns", "question", "full"),
    [
        (HUSBAND, "Where was she born?", "Where was Marie Curie born?"),
        (HUSBAND, "Where was he born?", "Where was Pierre Curie born?"),
        (HUSBAND, "And when did he die?", "When did Pierre Curie die?"),
        (BORN, "Who was her husband?", "Who was Marie Curie's husband?"),
        (BORN, "Who married her in Paris?", "Who married Marie Curie in Paris?"),
        (BORN, "Who lives there?", "Who lives in Warsaw?"),
        (BORN, "Who comes from there?", "Who comes from Warsaw?"),
        (BORN, "What is the population of the city?", "What is the population of Warsaw?"),
        ((("Where is IBM based?", "Seattle"),), "Who led it?", "Who led IBM?"),
        ((("Where is IBM based?", "Seattle"),), "What is its name?", "What is IBM's name?"),
        ((("What city is IBM in?", "Seattle"),), "How old is it?", "How old is Seattle?"),
        (INVENTED, "Who wrote of the machine?", "Who wrote of the Analytical Engine?"),
        (INVENTED, "Where did he live?", "Where did Charles Babbage live?"),
        (PRIZE, "Who else won that award?", "Who else won Nobel Prize?"),
        ((*BORN, *INVENTED), "When did she die?", "When did Marie Curie die?"),
    ],
)
def test_pronouns(store: GraphStore, turns: Asked, question: str, full: str) -> None:
    assert _said(store, turns, question) == full


@pytest.mark.parametrize(
    ("turns", "question", "full"),
    [
        (BORN, "And her husband?", "Where was Marie Curie's husband born?"),
        (HUSBAND, "And her father?", "Who was Marie Curie's father?"),
        (BORN, "What about Pierre Curie?", "Where was Pierre Curie born?"),
        (BORN, "and Niels Bohr", "Where was Niels Bohr born?"),
        (BORN, "Niels Bohr?", "Where was Niels Bohr born?"),
        (BORN, "When?", "When was Marie Curie born?"),
        (BORN, "And in which year?", "In which year was Marie Curie born?"),
        (INVENTED, "When?", "When was it that Charles Babbage invented the Analytical Engine?"),
        (INVENTED, "How about radium?", "Who invented radium?"),
        (PRIZE, "And in 1911?", "Which prize did Marie Curie win in 1911?"),
        (BORN, "And in Paris?", "Where was Marie Curie born in Paris?"),
        ((*BORN, ("And her husband?", None)), "And Niels Bohr?", "Where was Niels Bohr born?"),
        (
            (*BORN, ("And her husband?", None)),
            "When did he die?",
            "When did Marie Curie's husband die?",
        ),
        ((*BORN, ("And her father?", None)), "Her mother?", "Where was Marie Curie's mother born?"),
    ],
)
def test_ellipsis(store: GraphStore, turns: Asked, question: str, full: str) -> None:
    assert _said(store, turns, question) == full


@pytest.mark.parametrize(
    "question",
    [
        "Where did Niels Bohr meet his wife?",
        "Is it true that radium glows?",
        "Is there a prize in Paris?",
        "Who led IBM?",
        "Which city is the capital of Poland?",
        "Who directed the film Titanic?",
    ],
)
def test_a_question_that_stands_alone_is_left(store: GraphStore, question: str) -> None:
    assert _said(store, (*BORN, *HUSBAND), question) == question


@pytest.mark.parametrize("question", ["Where was she born?", "And her husband?", "When?", "Why"])
def test_nothing_is_made_up_without_an_earlier_turn(store: GraphStore, question: str) -> None:
    assert _said(store, (), question) == question


def test_a_pronoun_that_nothing_fits_is_left(store: GraphStore) -> None:
    asked = (("Where is IBM based?", "Seattle"),)
    assert _said(store, asked, "When was she born?") == "When was she born?"
    men = (("Where was Pierre Curie born?", "Paris"),)
    assert _said(store, men, "When did she die?") == "When did she die?"


def test_a_forgotten_dialogue_is_a_new_one(store: GraphStore) -> None:
    dialogue = Dialogue(store)
    question = dialogue.resolve(BORN[0][0])
    turn = dialogue.add(BORN[0][0], question, Answer(question.id, "Warsaw", 0.9))
    assert dialogue.turns == [turn]
    assert dialogue.resolve("When did she die?").text == "When did Marie Curie die?"
    dialogue.forget()
    assert dialogue.turns == []
    assert dialogue.resolve("When did she die?").text == "When did she die?"


def test_the_latest_turns_are_kept_only(store: GraphStore) -> None:
    many = (*BORN, *[("Where is IBM based?", None)] * 8)
    assert _said(store, many, "When did she die?") == "When did she die?"
    assert _said(store, many[:-1], "When did she die?") == "When did Marie Curie die?"


def test_an_empty_question_is_refused(store: GraphStore) -> None:
    with pytest.raises(QuestionError, match="empty"):
        Dialogue(store).resolve("  ")
