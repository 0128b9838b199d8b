from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from link_corpus import TOPICS, Named, Story, context, links, named, only_entity, story

from kgqa.link.resolve import resolve
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import Entity


@pytest.fixture
def store() -> Iterator[GraphStore]:
    with open_store("sqlite:///:memory:") as opened:
        yield opened


def put(store: GraphStore, *stories: Story) -> None:
    for each in stories:
        each.put(store)
    resolve(store)


SMITH = named("person", "John Smith", "Smith")
EXPLORER = story(
    "John Smith (explorer)",
    context("geography"),
    [named("person", "John Smith", "Smith", about=True)],
)
POLITICIAN = story(
    "John Smith (politician)",
    context("politics"),
    [named("person", "John Smith", "Smith", about=True)],
)


def test_namesakes_stay_two_and_mentions_go_to_the_nearer(store: GraphStore) -> None:
    put(
        store,
        story("Jamestown", context("geography", 0.8), [named("person", "John Smith")]),
        story("Labour Party", context("politics", 0.8), [named("person", "John Smith")]),
        EXPLORER,
        POLITICIAN,
    )
    found = links(store, "john smith")
    assert found["Jamestown"] == found["John Smith (explorer)"]
    assert found["Labour Party"] == found["John Smith (politician)"]
    assert found["Jamestown"] != found["Labour Party"]
    descriptions = {named.entity.description for named in store.find_entities(["john smith"])}
    assert descriptions == {"John Smith (explorer)", "John Smith (politician)"}


def test_namesakes_stay_two_however_alike_their_articles_are(store: GraphStore) -> None:
    film = named("miscellaneous", "The Dream", about=True)
    put(
        store,
        story("The Dream (1966 film)", context("film"), [film]),
        story("The Dream (1985 film)", context("film"), [film]),
    )
    assert len(store.find_entities(["dream"])) == 2


def test_documents_of_one_title_are_about_one_person_unless_far_apart(store: GraphStore) -> None:
    curie = [named("person", "Marie Curie", "Curie", about=True)]
    put(
        store,
        story("Marie Curie", context("physics"), curie, source="a"),
        story("Marie Curie", context("physics", 1.0), curie, source="b"),
        story("Marie Curie", context("sport"), curie, source="c"),
    )
    assert sorted(named.count for named in store.find_entities(["marie curie"])) == [1, 2]


def test_one_title_with_a_common_name_is_two_people_sooner(store: GraphStore) -> None:
    smith = [named("person", "John Smith", about=True)]
    put(
        store,
        story("John Smith", context("physics"), smith, source="a"),
        story("John Smith", context("politics", 0.7, "physics"), smith, source="b"),
    )
    assert len(store.find_entities(["john smith"])) == 2


def test_a_frequent_place_and_a_rare_person_stay_one_on_any_topic(store: GraphStore) -> None:
    places = [named("location", "United States"), named("person", "Albert Einstein")]
    put(store, *(story(topic, context(topic, 0.4, "physics"), places) for topic in TOPICS))
    assert only_entity(store, "united states").type == "location"
    assert only_entity(store, "albert einstein").name == "Albert Einstein"


def test_a_common_name_parts_where_a_rare_one_does_not(store: GraphStore) -> None:
    both = [named("person", "John Smith"), named("person", "Srinivasa Ramanujan")]
    put(
        store,
        story("A", context("physics"), both),
        story("B", context("sport", 0.2, "physics"), both),
    )
    assert len(store.find_entities(["john smith"])) == 2
    assert len(store.find_entities(["srinivasa ramanujan"])) == 1


def test_a_person_never_joins_another_type_but_places_join_organizations(
    store: GraphStore,
) -> None:
    put(
        store,
        story("A", context("politics"), [named("person", "George Washington")]),
        story("B", context("politics"), [named("location", "George Washington")]),
        story("C", context("politics"), [named("organization", "George Washington")]),
        story("D", context("politics"), [named("organization", "George Washington")]),
    )
    types = {named.entity.type: named.count for named in store.find_entities(["george washington"])}
    assert types == {"person": 1, "organization": 3}


def test_a_place_does_not_join_a_film_of_its_name(store: GraphStore) -> None:
    put(
        store,
        story("New York (film)", context("film"), [named("miscellaneous", "New York", about=True)]),
        story("Hudson", context("geography"), [named("location", "New York")]),
    )
    assert len(store.find_entities(["new york"])) == 2


def test_times_and_numbers_join_on_equal_keys_only(store: GraphStore) -> None:
    put(
        store,
        story("A", context("sport"), [named("time", "1969"), named("number", "1969")]),
        story("B", context("film"), [named("time", "1969"), named("time", "July 1969")]),
    )
    assert {(n.entity.type, n.count) for n in store.find_entities(["1969"])} == {
        ("time", 2),
        ("number", 1),
    }


@pytest.mark.parametrize("form", ["Curie", "M. Curie"])
def test_a_short_name_links_to_the_person_it_is_part_of(store: GraphStore, form: str) -> None:
    put(
        store,
        story("Radium", context("physics", 0.5), [named("person", form)]),
        story("Marie Curie", context("physics"), [named("person", "Marie Curie", "Curie")]),
        story("Tennis", context("sport"), [named("person", form)]),
    )
    found = links(store, form.casefold())
    assert found["Radium"] == links(store, "marie curie")["Marie Curie"]
    assert found["Tennis"] not in (None, found["Radium"])


@pytest.mark.parametrize("form", ["Curie", "M. Curie"])
def test_a_short_name_follows_the_person_whatever_is_resolved_first(
    store: GraphStore, form: str
) -> None:
    put(store, story("Radium", context("physics", 0.5), [named("person", form)]))
    put(store, story("X", context("physics"), [named("person", "Marie Curie", "Curie")]))
    # the topic comes first in its block, so that the entity gets another id
    put(
        store,
        story("Marie Curie", context("physics"), [named("person", "Marie Curie", about=True)]),
    )
    ids = {c.entity_id for key in (form.casefold(), "marie curie") for c in store.clusters([key])}
    assert len(ids) == 1


def test_a_given_name_is_no_short_name_for_its_bearers(store: GraphStore) -> None:
    put(
        store,
        story("Marie Curie", context("physics"), [named("person", "Marie Curie", "Marie")]),
        story("Farm", context("physics"), [named("person", "Marie")]),
    )
    found = links(store, "marie")
    assert found["Farm"] != found["Marie Curie"]


def test_an_acronym_links_to_what_is_called_by_it(store: GraphStore) -> None:
    full = named("organization", "International Business Machines", "IBM")
    put(
        store,
        story("Mainframe", context("physics"), [named("organization", "IBM")]),
        story("Business", context("physics", 0.4), [full]),
    )
    found = links(store, "ibm")
    assert found["Mainframe"] == found["Business"]
    assert only_entity(store, "ibm").name == "International Business Machines"


def test_a_bare_place_links_to_the_nearer_of_its_namesakes(store: GraphStore) -> None:
    put(
        store,
        story(
            "Cambridge (England)",
            context("physics"),
            [named("location", "Cambridge", about=True)],
        ),
        story(
            "Cambridge, Massachusetts",
            context("music"),
            [named("location", "Cambridge, Massachusetts", "Cambridge", about=True)],
        ),
        story("Newton", context("physics", 0.7), [named("location", "Cambridge")]),
        story("Longy", context("music", 0.7), [named("location", "Cambridge")]),
    )
    found = links(store, "cambridge")
    assert found["Newton"] == found["Cambridge (England)"]
    assert found["Longy"] == found["Cambridge, Massachusetts"]
    assert found["Newton"] != found["Longy"]


def test_a_given_entity_takes_the_clusters_of_its_name(store: GraphStore) -> None:
    mention = story("Radium", context("physics"), [named("person", "Marie Curie")])
    put(store, mention)
    store.upsert([Entity("Q7186", "person", "Marie Curie")], [])
    resolve(store)
    assert only_entity(store, "marie curie").id == "Q7186"
    store.delete_document(mention.id)
    resolve(store)
    assert only_entity(store, "marie curie").id == "Q7186"


def test_of_two_given_namesakes_neither_is_guessed(store: GraphStore) -> None:
    store.upsert([Entity(uid, "person", "John Smith") for uid in ("Q1", "Q2")], [])
    put(store, EXPLORER)
    assert links(store, "john smith")["John Smith (explorer)"] not in ("Q1", "Q2", None)


def test_resolve_counts_links_and_empties_the_queue(store: GraphStore) -> None:
    EXPLORER.put(store)
    assert resolve(store) == 1
    assert store.pending_keys() == []
    assert resolve(store) == 0
    POLITICIAN.put(store)
    assert resolve(store) == 1  # the other's link stays as it is


def test_a_run_that_is_cut_short_leaves_the_queue(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories = [EXPLORER, POLITICIAN, story("X", context("politics"), [SMITH])]
    with open_store("sqlite:///:memory:") as undisturbed:
        put(undisturbed, *stories)
        expected = undisturbed.stats().digest
    for each in stories:
        each.put(store)
    assign = store.assign

    def cut(*arguments: object) -> None:
        monkeypatch.setattr(store, "assign", assign)
        assign(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "assign", cut)
    with pytest.raises(KeyboardInterrupt):
        resolve(store)
    assert store.pending_keys()
    resolve(store)
    assert store.stats().digest == expected


def pool() -> list[Story]:
    """Documents with namesakes, short forms, acronyms, copies and types that disagree."""
    choices: list[Callable[[random.Random], Named]] = [
        lambda r: named("person", "John Smith", *r.sample(["Smith", "J. Smith"], r.randint(0, 2))),
        lambda r: named("person", r.choice(["Smith", "J. Smith"])),
        lambda r: named("person", "Marie Curie", *r.sample(["Curie", "Marie"], r.randint(0, 2))),
        lambda r: named("person", r.choice(["Curie", "M. Curie"])),
        lambda r: named("person", "Pierre Curie", *r.sample(["Curie"], r.randint(0, 1))),
        lambda r: named(r.choice(["location", "organization"]), "United States", "U.S."),
        lambda r: named(r.choice(["location", "organization", "miscellaneous"]), "U.S."),
        lambda r: named(
            "organization", "International Business Machines", *["IBM"] * r.randint(0, 1)
        ),
        lambda r: named(r.choice(["organization", "miscellaneous"]), "IBM"),
        lambda r: named("location", r.choice(["Cambridge", "Cambridge, Massachusetts"])),
        lambda r: named("miscellaneous", r.choice(["The Dream", "Dream"])),
        lambda r: named(r.choice(["time", "number"]), "1969"),
    ]
    titles = ["John Smith (explorer)", "John Smith (politician)", "John Smith", "Marie Curie"]
    titles += ["Cambridge (England)", "Cambridge, Massachusetts", "The Dream (film)"]
    rng = random.Random(7)
    made = []
    for n in range(40):
        title = rng.choice(titles) if n % 3 == 0 else "List"
        vector = context(rng.choice(TOPICS), rng.random(), rng.choice(TOPICS))
        names = [choose(rng) for choose in rng.sample(choices, 4)]
        if title != "List":
            bare = title.partition(" (")[0]
            kind = "location" if "Cambridge" in title else "person"
            kind = "miscellaneous" if "Dream" in title else kind
            forms = [bare, *([bare.split()[-1]] if kind == "person" and n % 2 else [])]
            names = [named(kind, *forms, about=True), *names]
        made.append(story(title, vector, names, source=f"{n}"))
        if n % 9 == 0:
            made.append(story(title, vector, names, source=f"copy of {n}"))
        if n % 5 == 0:  # the same source, changed
            made.append(story(title, vector, names[:2], source=f"{n}"))
    return made


POOL = pool()


def digest_at_once(stories: dict[str, Story]) -> str:
    with open_store("sqlite:///:memory:") as fresh:
        for _, each in sorted(stories.items()):
            each.put(fresh)
        resolve(fresh)
        return fresh.stats().digest


@pytest.mark.parametrize("seed", range(30))
def test_the_graph_follows_from_the_set_of_documents(store: GraphStore, seed: int) -> None:
    rng = random.Random(seed)
    batch = rng.choice([1, 3, 2_000])
    kept: dict[str, Story] = {}
    for _ in range(rng.randint(5, 40)):
        each = rng.choice(POOL)
        if rng.random() < 0.3:
            store.delete_document(each.id)
            kept.pop(each.id, None)
        else:
            each.put(store)
            kept[each.id] = each
        if rng.random() < 0.5:
            resolve(store, batch)
    resolve(store, batch)
    assert store.stats().digest == digest_at_once(kept)


def test_entities_keep_their_ids_whatever_the_order(store: GraphStore) -> None:
    put(store, *POOL)
    with open_store("sqlite:///:memory:") as other:
        for each in reversed(POOL):
            each.put(other)
        # of two versions of one source the last one put stays: put the first ones again
        for each in POOL:
            each.put(other)
        resolve(other)
        assert [e.id for e in store.all_entities()] == [e.id for e in other.all_entities()]
