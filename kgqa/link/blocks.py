"""Clusters of one name, parted into groups that each name one entity.

Clusters are taken in canonical order, each joins the group it fits best or starts one
(leader clustering, with the group's running mean as its context), so that the groups are a
function of the set of clusters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from kgqa.link.disambiguate import (
    as_link_score,
    cosines,
    join_threshold,
    priors,
    same_title_threshold,
    scores,
)
from kgqa.link.forms import Family, canonical_order, family_of, majority_type, title_key
from kgqa.store.records import ClusterContext, Vectors

_CERTAIN = 1.0


@dataclass(slots=True)
class Group:
    """The clusters that name one entity, in canonical order, with their link scores.

    `title` is the folded title of the documents that are about it, "" without any.
    """

    key: str
    family: Family
    title: str = ""
    members: list[ClusterContext] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    types: Counter[str] = field(default_factory=Counter)

    @property
    def type(self) -> str:
        """The type that most of its clusters have."""
        return majority_type(self.types)

    def add(self, context: ClusterContext, score: float) -> None:
        """Take a cluster in with its link score."""
        self.members.append(context)
        self.scores.append(score)
        self.types[context.cluster.type] += 1


def group_block(key: str, contexts: Iterable[ClusterContext]) -> list[Group]:
    """Part the clusters of one name key, by family of types first, then by title and context.

    Returns:
        Groups in the canonical order of their first members within each family; every
        cluster is in exactly one.
    """
    families: dict[Family, list[ClusterContext]] = defaultdict(list)
    for context in sorted(contexts, key=canonical_order):
        families[family_of(context.cluster.type)].append(context)
    groups: list[Group] = []
    for family in sorted(families):
        members = families[family]
        if family in ("time", "number"):
            groups.append(_one_group(key, family, members))
        else:
            groups += _Leaders(key, family, members[0].vector.shape[0]).part(members)
    return groups


def _one_group(key: str, family: Family, members: Sequence[ClusterContext]) -> Group:
    group = Group(key, family)
    for context in members:
        group.add(context, _CERTAIN)
    return group


class _Leaders:
    """Groups of one name and family while they form.

    Place by place: `_types`, `_sizes` and `_sums` (of the vectors, [places, width]) follow
    the groups, the arrays with room to grow; `_topics` counts those that documents are about.
    """

    def __init__(self, key: str, family: Family, width: int) -> None:
        self._key = key
        self._family: Family = family
        self._groups: list[Group] = []
        self._topics = 0
        self._types: list[str] = []
        self._sizes = np.zeros(2, dtype=np.int64)
        self._sums: Vectors = np.zeros((2, width), dtype=np.float32)

    def part(self, members: Sequence[ClusterContext]) -> list[Group]:
        """Args: members: in canonical order, topics of documents first."""
        for context in members:
            score, place = (
                self._same_title(context) if context.cluster.about else self._fit(context)
            )
            self._join(context, score, place)
        return self._groups

    def _same_title(self, context: ClusterContext) -> tuple[float, int | None]:
        """The group of that very title: other titles of the name are other entities."""
        title = title_key(context)
        places = [n for n, group in enumerate(self._groups) if group.title == title]
        if not places:
            return _CERTAIN, None
        cosine = cosines(context.vector[None], self._sums[places])[0]
        best = int(cosine.argmax())
        joins = cosine[best] >= same_title_threshold(context.cluster.type, self._key)
        return _CERTAIN, places[best] if joins else None

    def _fit(self, context: ClusterContext) -> tuple[float, int | None]:
        if not self._groups:
            return _CERTAIN, None
        kind = context.cluster.type
        contested = self._topics > 1
        thresholds = {
            other: join_threshold(kind, other, self._key, contested) for other in set(self._types)
        }
        fit = scores(
            cosines(context.vector[None], self._sums[: len(self._groups)])[0],
            priors(self._sizes[: len(self._groups)]),
            np.array([kind == other for other in self._types]),
        )
        allowed = fit >= np.array([thresholds[other] for other in self._types])
        if not allowed.any():
            return _CERTAIN, None
        best = int(np.where(allowed, fit, -np.inf).argmax())
        return as_link_score(float(fit[best])), best

    def _join(self, context: ClusterContext, score: float, place: int | None) -> None:
        if place is None:
            place = len(self._groups)
            title = title_key(context) if context.cluster.about else ""
            self._topics += context.cluster.about
            self._groups.append(Group(self._key, self._family, title))
            self._types.append(context.cluster.type)
            if place == len(self._sums):
                self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
                self._sizes = np.concatenate([self._sizes, np.zeros_like(self._sizes)])
        self._groups[place].add(context, score)
        self._types[place] = self._groups[place].type
        self._sizes[place] += 1
        self._sums[place] += context.vector
