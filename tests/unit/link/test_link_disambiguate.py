from __future__ import annotations

import numpy as np
import pytest
from link_corpus import context, named, story

from kgqa.link.blocks import group_block
from kgqa.link.common_names import is_common_name
from kgqa.link.disambiguate import (
    UNKNOWN_COSINE,
    as_link_score,
    cosines,
    join_threshold,
    priors,
    scores,
)
from kgqa.link.forms import block_key, is_acronym, is_short, lookup_keys
from kgqa.names import name_key
from kgqa.store.records import ClusterContext


def contexts(title: str, *names: tuple[str, ...], about: bool = False) -> list[ClusterContext]:
    made = story(title, context("physics"), [named(n[0], *n[1:], about=about) for n in names])
    return [
        ClusterContext(
            cluster,
            tuple(sorted({name_key(form) for form in name[1:]})),
            made.vectors[0],
            made.extraction.document.digest,
            title,
            None,
        )
        for cluster, name in zip(made.extraction.clusters, names, strict=True)
    ]


def test_cosines_of_vectors_that_are_not_unit() -> None:
    vectors = np.array([[2, 0], [0, 0]], dtype=np.float32)
    means = np.array([[3, 0], [0, 5], [1, 1]], dtype=np.float32)
    assert cosines(vectors, means) == pytest.approx(
        np.array([[1, 0, 0.5**0.5], [UNKNOWN_COSINE] * 3])
    )


def test_a_prior_grows_with_what_is_known() -> None:
    assert priors([1])[0] < priors([10])[0] < 1
    assert priors([3, 1]).tolist() == pytest.approx([0.5, 1 / 6])


def test_every_feature_raises_a_score() -> None:
    cosine, prior = np.array([0.4], dtype=np.float32), np.array([0.5], dtype=np.float32)
    no, yes = np.array([False]), np.array([True])
    plain = scores(cosine, prior, no)
    assert plain == pytest.approx(0.45)
    assert scores(cosine, prior, yes) > plain
    assert scores(cosine, prior, no, yes) > plain


def test_thresholds_follow_type_and_name() -> None:
    assert join_threshold("location", "organization", "paris", False) == -np.inf
    assert join_threshold("location", "miscellaneous", "paris", False) > 0
    common = join_threshold("person", "person", "john smith", False)
    assert common > join_threshold("person", "person", "marie curie", False)
    assert common > join_threshold("person", "person", "john smith", True)


def test_link_scores_stay_in_range() -> None:
    assert [as_link_score(s) for s in (-0.5, 0.25, 1.25)] == [0.0, 0.25, 1.0]


@pytest.mark.parametrize(
    ("key", "common"),
    [("john smith", True), ("marie curie", False), ("john a smith", False), ("smith", False)],
)
def test_common_names(key: str, common: bool) -> None:
    assert is_common_name(key) is common


@pytest.mark.parametrize(
    ("name", "acronym"),
    [("IBM", True), ("U.S.", True), ("AT&T", True), ("3M", True), ("Curie", False), ("A", False)],
)
def test_acronyms(name: str, acronym: bool) -> None:
    assert is_acronym(name) is acronym


def test_short_names_are_of_one_word_or_an_initial() -> None:
    made = contexts(
        "X",
        ("person", "Curie"),
        ("person", "M. Curie"),
        ("person", "Marie Curie"),
        ("time", "1969"),
        ("location", "Paris"),
    )
    assert [is_short(c) for c in made] == [True, True, False, False, True]
    assert not is_short(contexts("Plato", ("person", "Plato"), about=True)[0])
    assert lookup_keys("m. curie") == ("m. curie", "curie")
    assert lookup_keys("curie") == ("curie",)


def test_a_topic_is_linked_under_its_title_where_the_text_has_it() -> None:
    person = ("person", "Marie Salomea Curie", "Marie Curie")
    (topic,) = contexts("Marie Curie (physicist)", person, about=True)
    assert block_key(topic) == "marie curie"
    (topic,) = contexts("Madame Curie", person, about=True)
    assert block_key(topic) == "marie salomea curie"


def test_groups_do_not_depend_on_the_order_of_clusters() -> None:
    rng = np.random.default_rng(0)
    members = []
    for n in range(40):
        (one,) = contexts(f"D{n}", ("person", "John Smith"))
        vector = (
            rng.normal(size=8).astype(np.float32) + (4, 0, 0, 0, 0, 0, 0, 0)[:: 1 if n % 2 else -1]
        )
        members.append(
            ClusterContext(
                one.cluster, one.keys, vector, one.document_digest, one.document_title, None
            )
        )
    groups = group_block("john smith", members)
    shuffled = [members[i] for i in rng.permutation(len(members))]
    assert [g.members for g in group_block("john smith", shuffled)] == [g.members for g in groups]
    assert 1 < len(groups) < len(members)
