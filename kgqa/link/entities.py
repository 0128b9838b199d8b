"""Groups of clusters to entities, with ids that follow from their content."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from kgqa.link.blocks import Group
from kgqa.link.forms import family_of, first_start
from kgqa.names import name_key, without_qualifier
from kgqa.store.records import NamedEntity
from kgqa.types import Entity, digest_of

_MADE_ID = re.compile(r"n[0-9a-f]{16}")
_ANY_TYPE = "miscellaneous"


def is_given(entity: Entity) -> bool:
    """Whether an entity came from elsewhere than `entities_of`, by the shape of its id."""
    return _MADE_ID.fullmatch(entity.id) is None


def entities_of(groups: Sequence[Group], tier: str) -> list[Entity]:
    """One new entity for each group of one name key, in their order.

    An id is a digest of tier, family, key and the group's first member: the same for the
    same clusters, wherever and whenever they were stored.
    """
    used: Counter[tuple[str, ...]] = Counter()
    entities = []
    for group in groups:
        first = group.members[0]
        place = (first.document_digest, str(first_start(first)), first.cluster.name)
        identity = (tier, group.family, group.key, *place, first.cluster.type)
        used[identity] += 1
        made = digest_of(*identity, str(used[identity]))[:16]
        entities.append(Entity(f"n{made}", group.type, _name(group), (), _description(group)))
    return entities


def _name(group: Group) -> str:
    """The most frequent of its clusters' full names; ties: the longest, then the first."""
    names = Counter(" ".join(member.cluster.name.split()) for member in group.members)
    own = [name for name in names if name_key(name) == group.key] or list(names)
    return min(own, key=lambda name: (-names[name], -len(name), name))


def _description(group: Group) -> str:
    """The title that tells it from namesakes: "John Smith (explorer)"; else empty."""
    titles = (" ".join(m.document_title.split()) for m in group.members if m.cluster.about)
    return min((title for title in titles if without_qualifier(title) != title), default="")


def match_given(groups: Sequence[Group], given: Sequence[NamedEntity]) -> dict[int, str]:
    """Which groups of one key are which given entities of that name: place -> entity id.

    A given entity takes the largest group that fits its type; one of type miscellaneous
    (imported graphs often know no types) fits all but times and numbers. Where two given
    ones fit a group alike, nothing tells which is meant, and it stays a new entity.
    """
    order = sorted(range(len(groups)), key=lambda n: (-len(groups[n].members), n))
    free = {named.entity.id: named.entity for named in given}
    matched: dict[int, str] = {}
    for place in order:
        group = groups[place]
        exact = [e.id for e in free.values() if e.type == group.type]
        fitting = exact or [e.id for e in free.values() if _fits(e, group)]
        if len(fitting) == 1:
            matched[place] = fitting[0]
            del free[fitting[0]]
    return matched


def _fits(entity: Entity, group: Group) -> bool:
    if group.family in ("time", "number"):
        return entity.type == group.family
    return family_of(entity.type) == group.family or entity.type == _ANY_TYPE
