"""Documents, passages, vectors and text search of every GraphStore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from store_samples import (
    CITY,
    CURIE,
    REPORT,
    WIDTH,
    extraction,
    placed,
    put,
    resolve_by_name,
    snapshot,
    vectors_for,
)

from kgqa.errors import StoreError
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store


def test_put_says_what_it_did(store: GraphStore) -> None:
    assert put(store, CURIE) == "added"
    assert put(store, CURIE) == "unchanged"
    assert put(store, replace(CURIE, extractor="x2")) == "updated"
    changed = extraction("curie.txt", "Another text.")
    assert put(store, changed) == "updated"
    assert store.document_state([CURIE.document.id, "none"]) == {
        CURIE.document.id: (changed.document.digest, "x1")
    }


def test_unchanged_is_not_a_write(store: GraphStore) -> None:
    start = store.version()
    put(store, CURIE)
    written = store.version()
    put(store, CURIE)
    store.stats()
    assert start < written == store.version()


def test_documents_come_back_whole_and_by_source(store: GraphStore) -> None:
    made = [
        extraction(f"{n:03}.txt", f"Text {n}.\n\nMore \x00 of it. \u00e9\U0001f600")
        for n in range(45)
    ]
    for one in reversed(made):
        put(store, one)
    assert list(store.documents()) == [one.document for one in made]


def test_update_leaves_nothing_of_the_old_text(store: GraphStore) -> None:
    put(store, CURIE)
    put(store, extraction("curie.txt", "A single zebra."))
    assert len(store.passage_vectors()[0]) == 1
    assert store.search_text("Warsaw", 5) == []
    assert len(store.search_text("zebra", 5)) == 1


def test_delete(store: GraphStore) -> None:
    put(store, CURIE)
    put(store, CITY)
    assert store.delete_document(CURIE.document.id) is True
    assert store.delete_document(CURIE.document.id) is False
    assert [d.id for d in store.documents()] == [CITY.document.id]
    assert store.search_text("Sorbonne", 5) == []


@pytest.mark.parametrize("name", ["/in/a/corpus.json#AC/DC", "corpus.json", "The Band"])
def test_find_documents_by_source_file_and_title(store: GraphStore, name: str) -> None:
    made = extraction("/in/a/corpus.json#AC/DC", "Text.", title="The Band")
    put(store, made)
    put(store, CURIE)
    assert store.find_documents(name) == [made.document]


def test_find_documents_by_id_and_line_and_not_at_all(store: GraphStore) -> None:
    made = extraction("/in/lines.jsonl:12", "Text.")
    put(store, made)
    assert store.find_documents(made.document.id) == [made.document]
    assert store.find_documents("lines.jsonl") == [made.document]
    assert store.find_documents("lines") == []
    assert store.find_documents("\ud800") == []


def test_passages_in_the_order_asked(store: GraphStore) -> None:
    put(store, CURIE)
    first, second = CURIE.passages
    found = store.passages([second.id, "none", first.id, second.id])
    assert [scored.passage for scored in found] == [second, first, second]
    assert {(scored.title, scored.source) for scored in found} == {("Marie Curie", "curie.txt")}


def test_passages_keep_their_section_page_and_row(store: GraphStore) -> None:
    put(store, REPORT)
    put(store, CURIE)
    with open_store(store.url) as again:
        found = again.passages([passage.id for passage in (*REPORT.passages, *CURIE.passages)])
        assert [s.passage for s in found] == [*REPORT.passages, *CURIE.passages]
        assert again.content_of(REPORT.document.id).extraction.passages == REPORT.passages
    moved = placed(REPORT, ("A", None, 1), ("B", None, 2), ("B > C", None, None))
    put(store, replace(moved, extractor="x2"))
    [scored] = store.passages([REPORT.passages[2].id])
    assert scored.passage == moved.passages[2]


def test_vectors_keep_their_direction(store: GraphStore) -> None:
    put(store, CITY)
    put(store, CURIE)
    ids, vectors = store.passage_vectors()
    expected = {
        passage.id: vector
        for made in (CITY, CURIE)
        for passage, vector in zip(made.passages, vectors_for(made), strict=True)
    }
    assert sorted(expected) == ids
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [expected[uid] for uid in ids], atol=1e-3)


def test_no_passages(store: GraphStore) -> None:
    ids, vectors = store.passage_vectors()
    assert ids == []
    assert len(vectors) == 0
    put(store, replace(CURIE, passages=(), clusters=(), relations=()))
    assert store.stats().passages == 0
    assert store.stats().documents == 1


@pytest.mark.parametrize(
    "vectors",
    [
        np.zeros((1, WIDTH), np.float32),
        np.zeros(2, np.float32),
        np.full((2, WIDTH), np.nan, np.float32),
    ],
    ids=["too few", "flat", "NaN"],
)
def test_vectors_that_do_not_fit(store: GraphStore, vectors: np.ndarray) -> None:
    with pytest.raises(StoreError, match="expected"):
        store.replace_document(CURIE, vectors)
    assert store.stats().documents == 0


def test_vectors_of_another_backbone(store: GraphStore) -> None:
    put(store, CURIE)
    with pytest.raises(StoreError, match=f"width {WIDTH}.*got 9"):
        store.replace_document(CITY, np.ones((2, 9), np.float32))
    assert [d.id for d in store.documents()] == [CURIE.document.id]


def test_parts_that_do_not_fit(store: GraphStore) -> None:
    with pytest.raises(StoreError, match="one of its passages"):
        put(store, replace(CURIE, passages=CITY.passages))
    with pytest.raises(StoreError, match="one of its clusters"):
        put(store, replace(CURIE, clusters=CURIE.clusters[1:]))


def test_text_that_is_not_unicode(store: GraphStore) -> None:
    with pytest.raises(StoreError, match="surrogate"):
        put(store, extraction("a.txt", "Half \ud800 a pair."))
    assert store.stats().documents == 0


def test_search_ranks_text_and_title(store: GraphStore) -> None:
    put(store, CURIE)
    put(store, CITY)
    put(store, extraction("other.txt", "Nothing about cities.", title="Zanzibar"))
    best = store.search_text("Where did she teach: the Sorbonne?", 1)
    assert [uid for uid, _ in best] == [CURIE.passages[1].id]
    assert best[0][1] > 0
    assert store.search_text("zanzibar", 5)[0][0].startswith(
        extraction("other.txt", "").document.id
    )
    scores = [score for _, score in store.search_text("Warsaw born Curie", 10)]
    assert scores == sorted(scores, reverse=True)
    assert len(store.search_text("Warsaw", 10)) == 3
    assert len(store.search_text("Warsaw", 2)) == 2
    assert store.search_text("Warsaw", 0) == []


def test_search_takes_a_sections_words_for_words_of_the_title(store: GraphStore) -> None:
    plain = extraction("a.txt", "Nothing to see.\nNobody was there.", title="Notes")
    put(store, placed(plain, ("Zebras > Stripes", None, None), ("", None, None)))
    put(store, extraction("b.txt", "A zebra and a list of notes.", title="Other"))
    inside, outside = (passage.id for passage in plain.passages)
    found = [uid for uid, _ in store.search_text("zebras", 5)]
    assert found[0] == inside
    assert len(found) == 2
    assert [uid for uid, _ in store.search_text("stripe", 5)] == [inside]
    assert {uid for uid, _ in store.search_text("notes", 5)} >= {inside, outside}


def test_a_section_leaves_no_trace_in_the_search(new_store: Callable[[], GraphStore]) -> None:
    one, other = new_store(), new_store()
    for store in (one, other):
        put(store, CITY)
    put(other, REPORT)
    put(other, placed(CURIE, ("Born", 1, None), ("Warsaw > Taught", 2, None)))
    put(other, replace(CURIE, extractor="x2"))
    put(one, replace(CURIE, extractor="x2"))
    other.delete_document(REPORT.document.id)
    for store in (one, other):
        resolve_by_name(store)
    assert snapshot(one) == snapshot(other)
    assert other.search_text("European taught sales", 5) == one.search_text("taught", 5)


def test_search_folds_case_and_accents(store: GraphStore) -> None:
    put(store, extraction("a.txt", "Kurt G\u00f6del and Kurt Godel."))
    put(store, extraction("b.txt", "Re\u0301sume\u0301 of a life."))
    assert len(store.search_text("GODEL", 5)) == 1
    assert len(store.search_text("r\u00e9sum\u00e9", 5)) == 1


@pytest.mark.parametrize(
    "text",
    ['"', "' OR 1=1; --", "title: Warsaw", "NEAR(Warsaw Curie)", "Warsaw*", "^Warsaw", "(Warsaw",
     "Warsaw AND", "NOT Warsaw", "{Warsaw}", "Warsaw\x00Curie", "Warsaw \ud800", "-Warsaw + Curie"],
)  # fmt: skip
def test_search_takes_query_syntax_for_words(store: GraphStore, text: str) -> None:
    put(store, CURIE)
    hits = store.search_text(text, 5)
    assert bool(hits) == ("Warsaw" in text)


def test_search_for_nothing_and_for_very_much(store: GraphStore) -> None:
    put(store, CURIE)
    assert store.search_text("", 5) == []
    assert store.search_text(" .?! ", 5) == []
    assert store.search_text("Warsaw " + " ".join(f"w{n}" for n in range(10_000)), 5)


def test_common_words_alone_still_search(store: GraphStore) -> None:
    put(store, extraction("who.txt", "The Who were in the charts."))
    put(store, CURIE)
    assert len(store.search_text("the who", 5)) == 2


def test_content_outlives_the_connection(store: GraphStore) -> None:
    put(store, CURIE)
    before = store.stats()
    store.close()
    with pytest.raises(StoreError):
        store.stats()
    with open_store(store.url) as again:
        assert again.stats() == before
        assert put(again, CURIE) == "unchanged"


def test_two_stores_on_one_url_see_each_other(store: GraphStore) -> None:
    with open_store(store.url) as other:
        seen = other.version()
        put(store, CURIE)
        assert other.version() > seen
        assert other.stats().documents == 1


def test_stats_of_an_empty_store(new_store: Callable[[], GraphStore]) -> None:
    first, second = new_store().stats(), new_store().stats()
    assert (first.documents, first.passages, first.entities, first.triples) == (0, 0, 0, 0)
    assert first == second
    assert len(first.digest) == 64
