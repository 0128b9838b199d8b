"""Clusters to entities across documents; NIL clusters become new entities.

The result is a function of the set of stored documents. It is made in two tiers:

1. Clusters whose name says enough, and topics of documents, are parted within the block of
   their name key (`blocks`). A block depends on its own clusters only, and a change of one
   of them leaves the block's key in the queue.
2. Clusters with a short name link to what tier 1 made of the clusters under that key
   (`short_names`); the rest is parted like a block of its own. Depends on the clusters
   under the key and the tier-1 entities of those: so all keys of the clusters in the
   touched blocks are touched too, and nothing beyond them.

A step of tier 1 that is written before the queue is emptied costs nothing but time when the
run is killed: the next run finds the same queue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kgqa.link.blocks import Group, group_block
from kgqa.link.entities import entities_of, is_given, match_given
from kgqa.link.forms import block_key, initial_form, is_short, lookup_keys
from kgqa.link.short_names import bearers_of, link_short
from kgqa.names import name_key
from kgqa.store.base import GraphStore
from kgqa.store.records import ClusterContext, NamedEntity
from kgqa.types import Entity, Link

_BATCH = 2_000
_RUNS = 3
"""How often a queue that another writer refills is taken up; what is left then waits."""

Blocks = dict[str, list[ClusterContext]]


@dataclass(slots=True)
class _Resolution:
    """What one batch of keys comes to; only links that change are kept."""

    entities: list[Entity] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def link(self, context: ClusterContext, entity_id: str, score: float) -> None:
        if context.entity_id != entity_id:
            self.links.append(Link(context.cluster.id, entity_id, score))

    def add_block(self, groups: Sequence[Group], tier: str, given: Sequence[NamedEntity]) -> None:
        """Link each group to the given entity it is, or to a new one."""
        matched = match_given(groups, given)
        for place, (group, new) in enumerate(zip(groups, entities_of(groups, tier), strict=True)):
            entity_id = matched.get(place, new.id)
            if entity_id == new.id:
                self.entities.append(new)
            for member, score in zip(group.members, group.scores, strict=True):
                self.link(member, entity_id, score)

    def write(self, store: GraphStore) -> int:
        if self.entities or self.links:
            store.assign(self.entities, self.links, ())
        return len(self.links)


def resolve(store: GraphStore, batch: int = _BATCH) -> int:
    """Link all clusters under the store's pending keys, and empty that queue.

    Args:
        store: where clusters are read and links written.
        batch: name keys that are held in memory at once, with all their clusters.

    Returns:
        How many clusters were linked, or linked anew.
    """
    linked = 0
    for _ in range(_RUNS):
        pending = store.pending_keys()
        if not pending:
            break
        touched = set(pending)
        for keys in _batches(pending, batch):
            linked += _resolve_blocks(store, keys, touched)
        touched.update(form for key in pending if (form := initial_form(key)))
        for keys in _batches(sorted(touched), batch):
            linked += _resolve_short(store, keys)
        store.assign((), (), pending)
    return linked


def _batches(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _resolve_blocks(store: GraphStore, keys: Sequence[str], touched: set[str]) -> int:
    """Tier 1 of the blocks `keys`; adds the keys of their clusters to `touched`."""
    wanted = set(keys)
    blocks: Blocks = defaultdict(list)
    for context in store.clusters(keys):
        key = block_key(context)
        if key in wanted and not is_short(context):
            blocks[key].append(context)
            touched.update(context.keys)
    given = _given(store, blocks)
    resolution = _Resolution()
    for key, contexts in sorted(blocks.items()):
        resolution.add_block(group_block(key, contexts), "full", given[key])
    return resolution.write(store)


def _resolve_short(store: GraphStore, keys: Sequence[str]) -> int:
    """Tier 2 of the short names `keys`."""
    forms = {form for key in keys for form in lookup_keys(key)}
    short: Blocks = defaultdict(list)
    full: Blocks = defaultdict(list)
    wanted = set(keys)
    for context in store.clusters(sorted(forms)):
        if not is_short(context):
            for key in context.keys:
                full[key].append(context)
        elif (key := name_key(context.cluster.name)) in wanted:
            short[key].append(context)
    given = _given(store, short)
    resolution = _Resolution()
    for key, contexts in sorted(short.items()):
        clusters = {c.cluster.id: c for form in lookup_keys(key) for c in full.get(form, ())}
        _resolve_short_key(key, contexts, list(clusters.values()), given[key], resolution)
    return resolution.write(store)


def _resolve_short_key(
    key: str,
    contexts: Sequence[ClusterContext],
    full: Sequence[ClusterContext],
    given: Sequence[NamedEntity],
    resolution: _Resolution,
) -> None:
    decided = link_short(key, contexts, bearers_of(full))
    by_id = {context.cluster.id: context for context in contexts}
    for link in decided.links:
        if link.entity_id is not None:
            resolution.link(by_id[link.cluster_id], link.entity_id, link.score)
    taken = {context.entity_id for context in full}
    free = [named for named in given if named.entity.id not in taken]
    resolution.add_block(group_block(key, decided.nil), "short", free)


def _given(store: GraphStore, keys: Iterable[str]) -> dict[str, list[NamedEntity]]:
    """Given entities by their own name's key.

    Aliases do not count: those that were given cannot be told from those that documents
    added, which come and go with what is linked here.
    """
    found: dict[str, list[NamedEntity]] = defaultdict(list)
    for named in store.find_entities(sorted(keys)):
        if is_given(named.entity) and name_key(named.entity.name) == named.key:
            found[named.key].append(named)
    return found
