from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from question_fixtures import ARTICLES, Article, gold_store

from kgqa.errors import StoreError
from kgqa.ontology import load_ontology
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.train.make_questions import QuestionMix, make_questions
from kgqa.train.reading_tasks import ReadingTask
from kgqa.types import Entity, Triple

ONTOLOGY = load_ontology()
BORN = {
    "Ada Brandt": (1950, 5, 3),
    "Carl Olsen": (1944, 6, 9),
    "Elsa Lind": (1961, 7, 4),
    "Tom Reyes": (1971, 7, 5),
}
DIED = {
    "Ada Brandt": (2019, 5, 7),
    "Carl Olsen": (2001, 3, 1),
    "Elsa Lind": (2010, 5, 2),
    "Tom Reyes": (2021, 5, 8),
}
NATION = {
    "Ada Brandt": "Portuguese",
    "Carl Olsen": "Norwegian",
    "Elsa Lind": "Norwegian",
    "Tom Reyes": "Portuguese",
}
DIRECTOR = {"Blue Harbour": "Ada Brandt", "Red Valley": "Carl Olsen", "White River": "Elsa Lind"}
NONE = QuestionMix(*[0.0] * 10)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    yield from gold_store(tmp_path_factory.mktemp("gold"))


def made(store: GraphStore, count: int = 150, seed: int = 0, **mix: float) -> list[ReadingTask]:
    chosen = QuestionMix(**{**dict.fromkeys(NONE.__slots__, 0.0), **mix}) if mix else None
    return list(make_questions(store, ONTOLOGY, count, seed, mix=chosen))


def named(task: ReadingTask, names: dict[str, object]) -> list[str]:
    found = [name for name in names if name in task.question]
    assert len(found) == 2, task.question
    return found


def test_the_same_seed_gives_the_same_tasks_and_another_others(store: GraphStore) -> None:
    first = made(store, 40)
    assert first == made(store, 40)
    assert [t.question for t in first] != [t.question for t in made(store, 40, seed=1)]
    assert len({task.question for task in first}) == len(first) == 40


def test_tasks_are_made_lazily(store: GraphStore) -> None:
    tasks = make_questions(store, ONTOLOGY, 10**9)
    assert next(tasks).question.endswith("?")


def test_every_span_names_the_answer_and_no_question_does(store: GraphStore) -> None:
    for task in made(store):
        texts = {passage.id: passage.text for passage in task.supporting}
        for span in task.spans:
            assert texts[span.passage_id][span.start : span.end] in task.answers
        if task.form == "chain":
            assert not any(answer in task.question for answer in task.answers)


def test_all_places_of_the_answer_are_marked(store: GraphStore) -> None:
    asked = [t for t in made(store, intersection=1) if "Ada Brandt" in t.answers]
    assert asked
    for task in asked:
        for passage in task.supporting:
            marked = sum(span.passage_id == passage.id for span in task.spans)
            assert marked == passage.text.count("Ada Brandt")


def test_a_path_of_two_facts_goes_over_two_documents(store: GraphStore) -> None:
    tasks = made(store, two_hops=1)
    found = {
        (tuple(p.title for p in task.supporting), task.relations, task.answers[0]) for task in tasks
    }
    assert (("Blue Harbour (film)", "Ada Brandt"), ("P57", "P569"), "3 May 1950") in found
    assert (("Red Valley", "Carl Olsen"), ("P57", "P19"), "Bergen") in found
    wordings = {t.question for t in tasks if t.relations == ("P57", "P19")}
    assert len(wordings) > 3


def test_a_path_of_three_facts(store: GraphStore) -> None:
    tasks = made(store, three_hops=1)
    found = {(tuple(p.title for p in t.supporting), t.answers[0]) for t in tasks}
    assert (("White River", "Elsa Lind", "Bergen"), "Norway") in found
    assert all(task.hops == 3 for task in tasks)


def test_two_documents_are_joined_by_an_altered_name(store: GraphStore) -> None:
    tasks = made(store, joined=1)
    texts = {article.text for article in ARTICLES}
    assert tasks
    for task in tasks:
        first, second = task.supporting
        assert first.text not in texts
        assert second.text in texts
        assert second.title in first.text
        assert second.title not in task.question
        assert task.answers[0] in second.text
        assert task.answers[0] not in first.text
        assert {span.passage_id for span in task.spans} == {second.id}
    found = {(t.relations, t.supporting[0].text) for t in tasks}
    text = "Red Valley is a 1981 drama film directed by Ada Brandt. It stars Nina Faber."
    assert (("P57", "P19"), text) in found
    # "Bergen" stays a part of "Bergen School": that passage cannot be altered.
    assert not any("Elsa Lind was born" in text for _, text in found)


def test_comparisons_by_date_have_the_right_answer(store: GraphStore) -> None:
    early = ("first", "older", "earlier")
    tasks = [t for t in made(store, comparison=1) if len(set(t.relations)) == 1]
    persons = [t for t in tasks if t.relations[0] in ("P569", "P570")]
    assert {t.relations[0] for t in persons} == {"P569", "P570"}
    for task in persons:
        dates = BORN if task.relations[0] == "P569" else DIED
        pair = sorted(named(task, dates), key=dates.__getitem__)  # type: ignore[arg-type]
        wanted = pair[0] if any(word in task.question for word in early) else pair[1]
        assert task.answers[0] == wanted, task.question


def test_who_lived_longer(store: GraphStore) -> None:
    tasks = [t for t in made(store, comparison=1) if len(set(t.relations)) == 2]
    assert tasks
    for task in tasks:
        ages = {name: DIED[name][0] - BORN[name][0] for name in named(task, BORN)}
        assert task.answers[0] == max(ages, key=ages.__getitem__)


def test_yes_and_no_are_true(store: GraphStore) -> None:
    tasks = [t for t in made(store, same=1) if set(t.relations) == {"P27"}]
    assert {task.kind for task in tasks} == {"yes", "no"}
    for task in tasks:
        one, two = named(task, NATION)
        assert task.kind == ("yes" if NATION[one] == NATION[two] else "no")
        assert not task.spans


def test_no_is_hardly_more_frequent_than_yes(store: GraphStore) -> None:
    kinds = [task.kind for task in made(store, same=1)]
    assert kinds.count("yes") > 5
    assert kinds.count("no") <= kinds.count("yes") + 5


def test_works_are_compared_by_their_directors(store: GraphStore) -> None:
    tasks = made(store, role_comparison=1)
    assert {task.relations[1] for task in tasks} == {"P569", "P570"}
    for task in tasks:
        one, two = named(task, DIRECTOR)
        dates = BORN if task.relations[1] == "P569" else DIED
        pair = sorted((one, two), key=lambda work: dates[DIRECTOR[work]])
        early = any(word in task.question for word in ("first", "older", "earlier"))
        assert task.answers[0] == (pair[0] if early else pair[1]), task.question
        assert {p.title for p in task.supporting} >= {DIRECTOR[one], DIRECTOR[two]}


def test_directors_of_the_same_nationality(store: GraphStore) -> None:
    tasks = made(store, role_same=1)
    assert {task.kind for task in tasks} == {"yes", "no"}
    for task in tasks:
        one, two = named(task, DIRECTOR)
        same = NATION[DIRECTOR[one]] == NATION[DIRECTOR[two]]
        assert task.kind == ("yes" if same else "no")


def test_two_conditions_have_one_answer(store: GraphStore) -> None:
    found = {(t.question, t.answers[0]) for t in made(store, intersection=1)}
    # Tom Reyes plays in two films, and two directors come from Bergen: the rest decides.
    assert any("Tom Reyes" in q and "Ada Brandt" in q and a == "Blue Harbour" for q, a in found)
    assert any("Bergen" in q and "Red Valley" in q and a == "Carl Olsen" for q, a in found)
    assert not any("Tom Reyes" in q and "Carl Olsen" in q for q, _ in found)


def test_unanswerable_tasks_lack_the_answer(store: GraphStore) -> None:
    answers = {t.question: t.answers for t in made(store, 300, one_hop=1, two_hops=1)}
    tasks = made(store, 60, one_hop=1, two_hops=1, unanswerable=1)
    assert tasks
    swapped = 0
    for task in tasks:
        assert task.kind == "none"
        assert task.answers == ()
        if task.question in answers:
            texts = " ".join(passage.text for passage in task.passages)
            assert not any(answer in texts for answer in answers[task.question])
            assert {triple.relation for triple in task.lost} <= set(task.relations)
            assert task.lost
        swapped += not task.supporting and task.hops == 2
    assert swapped


def test_distractors_are_others_and_do_not_answer(store: GraphStore) -> None:
    tasks = made(store, two_hops=1)
    assert tasks
    for task in tasks:
        assert task.distractors
        texts = [passage.text for passage in task.distractors]
        assert not any(answer in text for answer in task.answers for text in texts)


def test_what_has_two_answers_is_not_asked(store: GraphStore) -> None:
    tasks = made(store, one_hop=1)
    assert any("P57" in t.relations and "Red Valley" in t.question for t in tasks)
    assert not any("P57" in t.relations and "Green Island" in t.question for t in tasks)


def test_namesakes_are_told_apart_by_their_titles(tmp_path: Path) -> None:
    namesake = Article(
        "Blue Harbour (song)",
        "Blue Harbour is a song performed by Lou Marsh.",
        "Blue Harbour=miscellaneous;Lou Marsh=person",
        (("Blue Harbour", "P175", "Lou Marsh"),),
    )
    for both in gold_store(tmp_path, (*ARTICLES, namesake)):
        asked = [t.question for t in made(both, one_hop=1) if "Blue Harbour" in t.question]
        assert any("Blue Harbour (song)" in question for question in asked)
        assert any("Blue Harbour (film)" in question for question in asked)
        assert all("Blue Harbour (" in question for question in asked)


def test_a_store_without_facts_is_refused(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/empty.db") as empty:
        empty.upsert(
            [Entity("a", "person", "Ada Brandt"), Entity("b", "location", "Lisbon")],
            [Triple("a", "P19", "b")],
        )
        with pytest.raises(StoreError, match="none among 1 triples; ingest documents first"):
            next(make_questions(empty, ONTOLOGY, 1))


def test_a_small_graph_ends_early(store: GraphStore, caplog: pytest.LogCaptureFixture) -> None:
    tasks = made(store, 10_000, role_same=1)
    assert 0 < len(tasks) < 10_000
    assert "the graph has no more" in caplog.text
