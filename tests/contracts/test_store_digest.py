"""The graph is a function of its content: digests and random sequences of writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import (
    CITY,
    CURIE,
    MARIE,
    WARSAW,
    extraction,
    placed,
    put,
    resolve_by_name,
    snapshot,
)

from kgqa.store.base import GraphStore
from kgqa.types import Entity, Extraction, Link, Triple, digest_of


def test_the_order_of_ingestion_leaves_no_trace(new_store: Callable[[], GraphStore]) -> None:
    one, other = new_store(), new_store()
    for made in (CURIE, CITY):
        put(one, made)
        resolve_by_name(one)
    for made in (extraction("gone.txt", "Warsaw.", [["Warsaw"]]), CITY, CURIE):
        put(other, made)
    other.delete_document(extraction("gone.txt", "").document.id)
    resolve_by_name(other)
    assert snapshot(one) == snapshot(other)


def test_ids_scores_and_sources_are_not_in_the_digest(new_store: Callable[[], GraphStore]) -> None:
    one, other = new_store(), new_store()
    put(one, CURIE)
    resolve_by_name(one)
    moved = extraction("elsewhere/c.txt", CURIE.document.text,
                       [["Marie Curie", "Curie"], ["Warsaw"], ["Sorbonne"], ["1903"]],
                       [("Marie Curie", "P19", "Warsaw"), ("Marie Curie", "P108", "Sorbonne")],
                       title="Marie Curie", extractor="x9")  # fmt: skip
    put(other, replace(moved, relations=tuple(replace(r, score=0.1) for r in moved.relations)))
    renamed = [Entity(f"id {c.name}", c.type, c.name) for c in moved.clusters]
    links = [Link(c.id, f"id {c.name}", 0.2) for c in moved.clusters]
    other.assign(renamed, links, other.pending_keys())
    assert one.stats() == other.stats()


def test_section_page_and_row_are_not_in_the_digest(new_store: Callable[[], GraphStore]) -> None:
    one, other = new_store(), new_store()
    put(one, CURIE)
    put(other, placed(CURIE, ("Life", 1, None), ("Life > Paris", 2, 3)))
    for store in (one, other):
        resolve_by_name(store)
    assert one.stats() == other.stats()


def test_each_kind_of_content_is_in_the_digest(new_store: Callable[[], GraphStore]) -> None:
    plain = extraction("a.txt", "Warsaw. Paris.", [["Warsaw"], ["Paris"]])
    variants = [
        plain,
        extraction("a.txt", "Warsaw. Paris.", [["Warsaw"], ["Paris"]], title="T"),
        extraction("a.txt", "Warsaw, Paris.", [["Warsaw"], ["Paris"]]),
        extraction("a.txt", "Warsaw. Paris.", [["Warsaw"]]),
        extraction("a.txt", "Warsaw. Paris.", [["Warsaw", "Paris"]]),
        extraction("a.txt", "Warsaw. Paris.", [["Warsaw"], ["Paris"]], [("Warsaw", "P1", "Paris")]),
        extraction("a.txt", "Warsaw. Paris.", [["Warsaw"], ["Paris"]], [("Warsaw", "P2", "Paris")]),
        extraction("a.txt", "Warsaw. Paris.", [["Warsaw"], ["Paris"]], [("Paris", "P1", "Warsaw")]),
        replace(plain, clusters=(replace(plain.clusters[0], type="person"), plain.clusters[1])),
        replace(plain, passages=(replace(plain.passages[0], end=7, text="Warsaw."),)),
    ]
    digests = []
    for made in variants:
        store = new_store()
        put(store, made)
        digests.append(store.stats().digest)
        resolve_by_name(store)
        digests.append(store.stats().digest)
    assert len(set(digests[1::2])) == len(variants)


def test_homonyms_are_told_apart_by_where_they_are_mentioned(
    new_store: Callable[[], GraphStore],
) -> None:
    smiths = [extraction(f"{n}.txt", f"John Smith, {n}.", [["John Smith"]]) for n in range(3)]
    digests = set()
    for grouping in ("aab", "aba", "abb", "abc"):
        store = new_store()
        for made in smiths:
            put(store, made)
        people = [Entity(uid, "person", "John Smith") for uid in sorted(set(grouping))]
        pairs = zip(smiths, grouping, strict=True)
        store.assign(people, [Link(made.clusters[0].id, uid, 1.0) for made, uid in pairs], [])
        digests.add(store.stats().digest)
    assert len(digests) == 4


def test_threads_write_and_read_one_store(new_store: Callable[[], GraphStore]) -> None:
    store, plain = new_store(), new_store()
    documents = [
        extraction(f"{n}.txt", f"Marie Curie met Person{n}.", [["Marie Curie"], [f"Person{n}"]],
                   [("Marie Curie", "P1", f"Person{n}")])
        for n in range(24)
    ]  # fmt: skip
    failures: list[BaseException] = []

    def work(part: Sequence[Extraction]) -> None:
        try:
            for made in part:
                put(store, made)
                store.search_text("Curie", 5)
                list(store.documents())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(documents[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    resolve_by_name(store)
    for made in documents:
        put(plain, made)
    resolve_by_name(plain)
    assert snapshot(store) == snapshot(plain)


GIVEN = [
    Entity(MARIE, "person", "Marie Sklodowska", ("Maria",)),
    Entity("g1", "location", "Warsaw"),
    Entity(WARSAW, "location", "Warszawa"),
]
GIVEN_TRIPLES = [
    Triple("g1", "P1", MARIE),
    Triple(MARIE, "P19", WARSAW),
    Triple(WARSAW, "P1", "g1"),
]
_NAMES = [["Marie Curie", "Curie"], ["Curie"], ["Warsaw"], ["Paris"], ["Sorbonne", "Marie Curie"]]


@st.composite
def extractions(draw: st.DrawFn) -> Extraction:
    source = draw(st.sampled_from(["a.txt", "b.txt", "c.txt"]))
    names = draw(st.lists(st.sampled_from(_NAMES), max_size=4, unique_by=lambda n: n[0]))
    firsts = [name[0] for name in names] or [""]
    ends = st.sampled_from(firsts)
    stated = st.tuples(ends, st.sampled_from(["P1", "P19"]), ends)
    relations = draw(st.lists(stated, max_size=4)) if names else []
    forms = [form for name in names for form in name]
    lines = draw(
        st.lists(st.sampled_from([*forms, "Nobody", "\u00e9t\u00e9"]), min_size=1, max_size=4)
    )
    title = draw(st.sampled_from([*firsts, "Other"]))
    # One extractor reads one text in one way; two ways to read it are two extractors.
    extractor = digest_of(repr((names, relations)))
    return extraction(source, "\n".join(lines), names, relations, title=title, extractor=extractor)


class Deletion(str):
    """A step: delete the document of this source."""


class Resolution:
    """A step: resolve the queue."""


class Mistake:
    """A step: link every cluster to one entity, then put the documents in again."""


STEPS = st.one_of(
    extractions(),
    extractions(),
    st.builds(Deletion, st.sampled_from(["a.txt", "b.txt", "c.txt"])),
    st.sampled_from(GIVEN),
    st.builds(Resolution),
    st.builds(Mistake),
)


# On Neo4j: test_store_backends.py, which asks for more, and fewer times.
@pytest.mark.parametrize("new_store", ["sqlite"], indirect=True)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, max_size=12))
def test_any_sequence_of_writes_gives_what_its_result_gives(
    new_store: Callable[[], GraphStore], steps: list[object]
) -> None:
    worn, fresh = new_store(), new_store()
    documents: dict[str, Extraction] = {}
    given: list[Entity] = []
    for step in steps:
        match step:
            case Extraction():
                put(worn, step)
                documents[step.document.id] = step
            case Deletion():
                uid = extraction(step, "").document.id
                assert worn.delete_document(uid) == (documents.pop(uid, None) is not None)
            case Entity():
                worn.upsert([step], [])
                given.append(step)
            case Resolution():
                resolve_by_name(worn)
            case _:
                mistake(worn, documents)
    triples = [t for t in GIVEN_TRIPLES if {t.head, t.tail} <= {e.id for e in given}]
    worn.upsert([], triples)
    resolve_by_name(worn)

    fresh.upsert(given, triples)
    for _, made in sorted(documents.items()):
        put(fresh, made)
    resolve_by_name(fresh)
    assert snapshot(worn) == snapshot(fresh)


def mistake(store: GraphStore, documents: Mapping[str, Extraction]) -> None:
    found = store.clusters(["marie curie", "curie", "warsaw", "paris", "sorbonne"])
    links = [Link(context.cluster.id, "all", 1.0) for context in found]
    store.assign([Entity("all", "person", "All")], links, [])
    for uid, made in documents.items():
        store.delete_document(uid)
        put(store, made)
