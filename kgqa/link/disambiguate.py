"""Which of several entities a name means: one formula for all of linking.

    score(c, e) = cos(c, e) + PRIOR * prior(e) + SAME_TYPE * [type(c) = type(e)]
                  + SAME_NAME * [e is named by c's very name]

`cos` compares the mean embedding of the passages that mention the cluster with that of the
entity's passages; `prior` is the share of the name's uses that the entity has, shrunken
while there are few. A cluster joins the entity with the best score if that reaches the
threshold of its type, else it is NIL (a new entity). Context, prior and type compatibility
are the classic features: Ratinov et al., "Local and Global Algorithms for Disambiguation to
Wikipedia" (2011); Bunescu & Pasca (2006).

The constants were chosen on MiniLM embeddings of the texts of 2wiki's and musique's passages
and of passages written for the purpose. Cosines, as 5 / 50 / 95 % points:

    passage that mentions a person, article on that person              0.21  0.50  0.78
    two passages that mention the same person                           0.19  0.48  0.73
    the same, with another person's name put in, that person's article -0.02  0.19  0.51
    articles on namesakes (titles differ in their qualifier)            0.47  0.72  0.90
    passages of one article (documents of the same title)               0.14  0.48  1.00

So a namesake's article is told apart by its title, not by the cosine; a mention goes to the
right one of two articles by the larger cosine (22 of 22 written cases); and against a
single entity only a low cosine parts, unless the name is one that many people bear. With
these constants 140 of 143 persons that 2wiki has an article on and mentions elsewhere are
one entity (of the other three one is a namesake indeed).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kgqa.link.common_names import is_common_name
from kgqa.link.forms import is_acronym
from kgqa.store.records import Vectors

PRIOR = 0.10
SAME_TYPE = 0.05
SAME_NAME = 0.10
_PRIOR_STRENGTH = 2.0
UNKNOWN_COSINE = 0.30
"""Stands for the cosine where one side has no passage."""

JOIN_PERSON = 0.20
JOIN_COMMON_PERSON = 0.36
"""For names that many people bear, such as John Smith (see `common_names`)."""
JOIN_MISCELLANEOUS = 0.15
JOIN_OTHER_TYPE = 0.35
"""For a place or organization and something else of that name (Chicago, the film)."""
JOIN_ACRONYM = 0.15
JOIN_SHORT = 0.35
"""For a short name and an entity that bears it beside its full one."""
SAME_TITLE = 0.20
SAME_TITLE_COMMON_PERSON = 0.60
"""Cosines from which two documents with one title are about one person or work."""


def cosines(vectors: Vectors, means: Vectors) -> NDArray[np.float32]:
    """Cosines of vectors [n, width] with means [k, width], neither of which need be unit.

    Returns:
        [n, k] in [-1, 1]; `UNKNOWN_COSINE` where either side is zero.
    """
    lengths = np.outer(np.linalg.norm(vectors, axis=1), np.linalg.norm(means, axis=1))
    known = lengths > 0
    products = vectors @ means.T / np.where(known, lengths, 1)
    return np.asarray(np.where(known, products, UNKNOWN_COSINE), dtype=np.float32)


def priors(counts: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
    """Share [k] in [0, 1) of each entity in the uses of a name: n_e / (2 + sum n).

    >>> priors([2, 0]).tolist(), priors([30, 0]).tolist()
    ([0.5, 0.0], [0.9375, 0.0])
    """
    uses = np.asarray(counts, dtype=np.float32)
    return np.asarray(uses / (_PRIOR_STRENGTH + uses.sum()), dtype=np.float32)


def scores(
    cosine: NDArray[np.float32],
    prior: NDArray[np.float32],
    same_type: NDArray[np.bool_],
    same_name: NDArray[np.bool_] | bool = False,
) -> NDArray[np.float32]:
    """The formula above.

    Args:
        cosine, same_type: [..., k].
        prior, same_name: [k].

    Returns:
        [..., k], in [-1, 1.25].
    """
    total = cosine + PRIOR * prior + SAME_TYPE * same_type + SAME_NAME * np.asarray(same_name)
    return np.asarray(total, dtype=np.float32)


def join_threshold(mention_type: str, entity_type: str, key: str, contested: bool) -> float:
    """The score from which a cluster joins an entity of its very name `key`.

    Places and organizations join each other always: nearly every use of such a name means
    the same one, whatever the topic, unless documents are about several.

    Args:
        contested: documents are about several entities of that name, so that the better of
            two cosines decides, and a low one is enough.
    """
    if mention_type == "person":
        return JOIN_COMMON_PERSON if is_common_name(key) and not contested else JOIN_PERSON
    if (mention_type == "miscellaneous") != (entity_type == "miscellaneous"):
        return JOIN_OTHER_TYPE
    return JOIN_MISCELLANEOUS if mention_type == "miscellaneous" else -math.inf


def same_title_threshold(mention_type: str, key: str) -> float:
    """The cosine from which documents with one and the same title are about one entity."""
    if mention_type == "person":
        return SAME_TITLE_COMMON_PERSON if is_common_name(key) else SAME_TITLE
    return SAME_TITLE if mention_type == "miscellaneous" else -math.inf


def short_threshold(name: str, mention_type: str) -> float:
    """The score from which a short name joins an entity that bears it beside a full one."""
    return JOIN_ACRONYM if mention_type != "person" and is_acronym(name) else JOIN_SHORT


def as_link_score(score: float) -> float:
    """A score as the confidence of a `Link`, in [0, 1]."""
    return float(min(1.0, max(0.0, score)))
