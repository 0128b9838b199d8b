from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from retrieve_corpus import FILMS, WordEncoder, article, film_store, put

from kgqa.errors import StoreError
from kgqa.retrieve.passages import PassageIndex, RankedPassage, reciprocal_rank_fusion
from kgqa.retrieve.retriever import RetrievalSettings, Retriever
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.types import ScoredPassage

TWO_HOPS = "Where was the director of Night Harbour born?"


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def store(tmp_path: Path, encoder: WordEncoder) -> Iterator[GraphStore]:
    with film_store(tmp_path, encoder) as opened:
        yield opened


def titles(passages: list[ScoredPassage]) -> list[str]:
    return [found.title for found in passages]


def test_the_walk_reaches_what_the_question_does_not_name(
    store: GraphStore, encoder: WordEncoder
) -> None:
    found = Retriever(store, encoder).passages(TWO_HOPS, limit=2)
    assert titles(found) == ["Night Harbour", "Olga Brandt"]


def test_scores_fall_from_one(store: GraphStore, encoder: WordEncoder) -> None:
    scores = [found.score for found in Retriever(store, encoder).passages(TWO_HOPS)]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0


def test_each_passage_comes_once_and_at_most_limit(store: GraphStore, encoder: WordEncoder) -> None:
    retriever = Retriever(store, encoder)
    found = titles(retriever.passages(TWO_HOPS, limit=100))
    assert len(found) == len(set(found)) <= len(FILMS)
    assert len(retriever.passages(TWO_HOPS, limit=3)) == 3


def test_a_question_without_a_known_name_still_finds_passages(
    store: GraphStore, encoder: WordEncoder
) -> None:
    retriever = Retriever(store, encoder)
    question = "what do bakers bake from flour?"
    assert retriever.retrieve(question).seeds == []
    assert titles(retriever.passages(question, limit=1)) == ["Bread"]


@pytest.mark.parametrize("question", ["", "?", '"" OR *', "zzz", "\x00"])
def test_odd_questions_are_answered_without_an_error(
    store: GraphStore, encoder: WordEncoder, question: str
) -> None:
    retriever = Retriever(store, encoder)
    assert len(retriever.passages(question)) <= 10
    assert len(retriever.subgraph(question).entities) <= 50


def test_an_empty_store_has_no_passages(tmp_path: Path, encoder: WordEncoder) -> None:
    with open_store(f"sqlite:///{tmp_path / 'empty.db'}") as empty:
        retriever = Retriever(empty, encoder)
        assert retriever.passages(TWO_HOPS) == []
        assert retriever.dense(TWO_HOPS) == []
        assert retriever.bm25(TWO_HOPS) == []
        subgraph = retriever.subgraph(TWO_HOPS)
    assert (subgraph.seeds, subgraph.entities, subgraph.triples) == ((), (), ())


def test_a_question_is_encoded_once(store: GraphStore, encoder: WordEncoder) -> None:
    retriever = Retriever(store, encoder)
    before = encoder.calls
    retriever.passages(TWO_HOPS)
    retriever.dense(TWO_HOPS)
    retriever.subgraph(TWO_HOPS)
    assert encoder.calls == before + 1
    retriever.dense("Who is Piet Maas?")
    assert encoder.calls == before + 2


def test_passages_and_subgraph_share_one_look_at_the_graph(
    store: GraphStore, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    for name in ("find_entities", "node_keys", "search_text", "version"):
        read = getattr(store, name)

        def counted(*asked: object, name: str = name, read: Callable[..., object] = read) -> object:
            looks.append(name)
            return read(*asked)

        monkeypatch.setattr(store, name, counted)
    retriever = Retriever(store, encoder)
    retrieved = retriever.retrieve(TWO_HOPS)
    assert retrieved.passages()
    assert retrieved.subgraph().entities
    assert retrieved.seeds
    assert sorted(looks) == ["find_entities", "node_keys", "search_text", "version"]
    retriever.subgraph(TWO_HOPS)
    assert looks.count("version") == 2
    assert looks.count("search_text") == 1


def test_a_subgraph_is_built_once_for_each_size(store: GraphStore, encoder: WordEncoder) -> None:
    retriever = Retriever(store, encoder)
    small, whole = retriever.subgraph(TWO_HOPS, limit=2), retriever.subgraph(TWO_HOPS)
    assert len(small.entities) == 2 < len(whole.entities)
    assert retriever.subgraph(TWO_HOPS, limit=2) is small
    assert retriever.subgraph(TWO_HOPS) is whole


def test_a_subgraph_follows_what_was_written_since(store: GraphStore, encoder: WordEncoder) -> None:
    retriever = Retriever(store, encoder)
    question = "Where was Ida Holm born?"
    assert retriever.subgraph(question).seeds == ()
    put(store, encoder, [("Ida Holm", "Ida Holm was born in Bergen.", "Bergen")])
    names = {entity.name for entity in retriever.subgraph(question).entities}
    assert {"Ida Holm", "Bergen"} <= names


def test_what_was_written_since_is_found(store: GraphStore, encoder: WordEncoder) -> None:
    retriever = Retriever(store, encoder)
    question = "Who founded Marsh Radio?"
    assert "Marsh Radio" not in titles(retriever.passages(question))
    put(store, encoder, [("Marsh Radio", "Marsh Radio was founded by Ida Holm.", "Ida Holm")])
    for search in (retriever.passages, retriever.bm25, retriever.dense):
        assert titles(search(question, 1)) == ["Marsh Radio"]


def test_retrieval_does_not_depend_on_the_order_of_ingestion(tmp_path: Path) -> None:
    found = []
    for n, order in enumerate((FILMS, FILMS[::-1])):
        encoder = WordEncoder()
        with open_store(f"sqlite:///{tmp_path / f'{n}.db'}") as store:
            put(store, encoder, order)
            retriever = Retriever(store, encoder)
            passages = retriever.passages(TWO_HOPS)
            scores = [pytest.approx(p.score) for p in passages]
            names = [entity.name for entity in retriever.subgraph(TWO_HOPS).entities]
            found.append((titles(passages), scores, names))
    assert found[0] == found[1]


def test_a_specific_entity_outweighs_one_that_many_passages_mention(
    tmp_path: Path, encoder: WordEncoder
) -> None:
    crowd = [(f"Hamlet {n}", f"Hamlet {n} lies in Norland.", "Norland") for n in range(12)]
    rare = ("Lone Peak", "Lone Peak is high.", "")
    settings = RetrievalSettings(passage_weight=0.0, similarity_weight=0.0)
    with open_store(f"sqlite:///{tmp_path / 'crowd.db'}") as store:
        put(store, encoder, [*crowd, rare])
        found = Retriever(store, encoder, settings).passages("Is Lone Peak in Norland?")
    assert found[0].title == "Lone Peak"


def test_dense_agrees_with_sorting_all_cosines(store: GraphStore, encoder: WordEncoder) -> None:
    vector = encoder.encode([TWO_HOPS])[0]
    ids, vectors = store.passage_vectors()
    cosines = vectors @ vector
    expected = [ids[place] for place in np.argsort(-cosines, kind="stable")[:3]]
    found = PassageIndex(store).dense(vector, 3)
    assert [ranked.passage_id for ranked in found] == expected
    assert found[0].score == pytest.approx(float(cosines.max()), abs=1e-6)


def test_cosines_of_unknown_passages_are_zero(store: GraphStore, encoder: WordEncoder) -> None:
    vector = encoder.encode([TWO_HOPS])[0]
    ids, vectors = store.passage_vectors()
    found = PassageIndex(store).cosines(vector, [ids[1], "nowhere", ids[0]])
    assert found.tolist() == pytest.approx([vectors[1] @ vector, 0.0, vectors[0] @ vector])


def test_vectors_of_another_backbone_are_refused(store: GraphStore) -> None:
    with pytest.raises(StoreError, match=r"width 64.*gives 32"):
        Retriever(store, WordEncoder(width=32)).passages(TWO_HOPS)


def test_reciprocal_rank_fusion() -> None:
    first = [RankedPassage("a", 9.0), RankedPassage("b", 5.0)]
    second = [RankedPassage("b", 0.9), RankedPassage("c", 0.2)]
    fused = reciprocal_rank_fusion([first, second], constant=60)
    assert [ranked.passage_id for ranked in fused] == ["b", "a", "c"]
    assert fused[0].score == pytest.approx((1 / 60 + 1 / 61) / (2 / 60))
    assert reciprocal_rank_fusion([first, first])[0] == RankedPassage("a", pytest.approx(1.0))
    assert reciprocal_rank_fusion([]) == []


def test_subgraph_joins_the_hops(store: GraphStore, encoder: WordEncoder) -> None:
    retriever = Retriever(store, encoder)
    subgraph = retriever.subgraph(TWO_HOPS)
    names = {entity.id: entity.name for entity in subgraph.entities}
    assert [names[seed] for seed in subgraph.seeds] == ["Night Harbour"]
    stated = {(names[t.head], t.relation, names[t.tail]) for t in subgraph.triples}
    assert {("Night Harbour", "P19", "Olga Brandt"), ("Olga Brandt", "P19", "Tallinn")} <= stated
    assert list(subgraph.scores) == sorted(subgraph.scores, reverse=True)
    assert len(subgraph.scores) == len(subgraph.entities)


def test_a_small_subgraph_keeps_its_seeds_and_is_closed(
    store: GraphStore, encoder: WordEncoder
) -> None:
    retriever = Retriever(store, encoder)
    subgraph = retriever.subgraph(TWO_HOPS, limit=2)
    ids = {entity.id for entity in subgraph.entities}
    assert len(ids) == 2
    assert set(subgraph.seeds) <= ids
    assert all({triple.head, triple.tail} <= ids for triple in subgraph.triples)


def test_two_articles_of_one_text_are_both_found(tmp_path: Path, encoder: WordEncoder) -> None:
    text = "Night Harbour is a film."
    with open_store(f"sqlite:///{tmp_path / 'twins.db'}") as store:
        for source in ("one", "two"):
            store.replace_document(
                article("Night Harbour", text, "", source), encoder.encode([text])
            )
        found = Retriever(store, encoder).passages("Night Harbour")
    assert sorted(passage.source for passage in found) == ["one", "two"]
