"""Short names ("Curie", "M. Curie", "IBM") to the entities that bear them beside full ones.

A short name is compared with the entities that some document calls by it; of such an
entity it sees the clusters under that very form and no others, so that the decision
depends on the clusters of one key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kgqa.link.common_names import is_given_name
from kgqa.link.disambiguate import (
    as_link_score,
    cosines,
    join_threshold,
    priors,
    scores,
    short_threshold,
)
from kgqa.link.forms import (
    block_key,
    canonical_order,
    family_of,
    initial_form,
    is_acronym,
    lookup_keys,
    majority_type,
)
from kgqa.store.records import ClusterContext
from kgqa.types import Link


@dataclass(frozen=True, slots=True)
class Bearer:
    """An entity that bears a short name, as its full-named clusters with that name show it.

    `names` are the name keys of those clusters, `about` how many documents' topic it is.
    """

    entity_id: str
    clusters: tuple[ClusterContext, ...]
    names: frozenset[str]
    type: str
    about: int


@dataclass(frozen=True, slots=True)
class ShortLinks:
    """The decisions for the clusters of one short key; `nil` are those that fit no entity."""

    links: tuple[Link, ...]
    nil: tuple[ClusterContext, ...]


def bearers_of(contexts: Iterable[ClusterContext]) -> list[Bearer]:
    """Full-named clusters by the entity they link to, sorted by its id."""
    linked: dict[str, list[ClusterContext]] = defaultdict(list)
    for context in sorted(contexts, key=canonical_order):
        if context.entity_id is not None:
            linked[context.entity_id].append(context)
    return [
        Bearer(
            entity_id,
            tuple(members),
            frozenset(block_key(member) for member in members),
            majority_type(Counter(member.cluster.type for member in members)),
            sum(member.cluster.about for member in members),
        )
        for entity_id, members in sorted(linked.items())
    ]


def link_short(
    key: str, contexts: Sequence[ClusterContext], bearers: Sequence[Bearer]
) -> ShortLinks:
    """Decide each short-named cluster of `key` by itself (no cluster sways another)."""
    kinds: dict[tuple[str, bool], list[ClusterContext]] = defaultdict(list)
    for context in sorted(contexts, key=canonical_order):
        kinds[context.cluster.type, is_acronym(context.cluster.name)].append(context)
    links: list[Link] = []
    nil: list[ClusterContext] = []
    for (kind, _), members in sorted(kinds.items()):
        name = members[0].cluster.name
        fitting = [b for b in bearers if may_be_short_for(key, name, kind, b)]
        decided = _decide(key, name, kind, members, fitting)
        links += decided.links
        nil += decided.nil
    return ShortLinks(tuple(links), tuple(nil))


def may_be_short_for(key: str, name: str, mention_type: str, bearer: Bearer) -> bool:
    """Whether the form allows it, context aside.

    The same name always fits an entity of that name. A person's short name is a word of the
    full one, though not a mere given name ("John"); an acronym fits whatever is called by
    it; another short name is how the full one begins ("Apple" for "Apple Inc.", "Cambridge"
    for "Cambridge, Massachusetts" but not for "Cambridge University Press", a place).
    """
    if family_of(mention_type) != family_of(bearer.type):
        return False
    if key in bearer.names:
        return True
    if mention_type == "person":
        return any(_is_part_of(key, full) for full in bearer.names)
    if is_acronym(name):
        return True
    ends = (", ",) if mention_type == "location" else (" ", ", ")
    return mention_type == bearer.type and any(
        full.startswith(key + end) for full in bearer.names for end in ends
    )


def _is_part_of(key: str, full: str) -> bool:
    surname = lookup_keys(key)[-1]
    words = full.split()
    if surname != key:
        return initial_form(full) == key
    return words[-1] == key or (key in words and not is_given_name(key))


def _decide(
    key: str,
    name: str,
    kind: str,
    members: Sequence[ClusterContext],
    bearers: Sequence[Bearer],
) -> ShortLinks:
    if not bearers:
        return ShortLinks((), tuple(members))
    means = np.stack([np.sum([c.vector for c in b.clusters], axis=0) for b in bearers])
    same_name = np.array([key in bearer.names for bearer in bearers])
    fit = scores(
        cosines(np.stack([member.vector for member in members]), means),
        priors([len(bearer.clusters) for bearer in bearers]),
        np.array([bearer.type == kind for bearer in bearers]),
        same_name,
    )
    contested = sum(b.about > 0 for b, same in zip(bearers, same_name, strict=True) if same) > 1
    thresholds = [
        join_threshold(kind, bearer.type, key, contested) if same else short_threshold(name, kind)
        for bearer, same in zip(bearers, same_name, strict=True)
    ]
    allowed = np.where(fit >= np.array(thresholds), fit, -np.inf)
    links: list[Link] = []
    nil: list[ClusterContext] = []
    for member, row in zip(members, allowed, strict=True):
        best = int(row.argmax())
        if np.isneginf(row[best]):
            nil.append(member)
        else:
            score = as_link_score(float(row[best]))
            links.append(Link(member.cluster.id, bearers[best].entity_id, score))
    return ShortLinks(tuple(links), tuple(nil))
