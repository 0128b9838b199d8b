"""The neighbourhood of a question as a Subgraph: its best entities and the triples among them."""

from __future__ import annotations

from collections.abc import Sequence

from kgqa.retrieve.node_cache import NodeCache
from kgqa.retrieve.ppr import PageRank
from kgqa.store.base import GraphStore
from kgqa.types import Subgraph, Triple

_TRIPLES_PER_ENTITY = 50


def ranked_entities(cache: NodeCache, walk: PageRank, limit: int) -> list[tuple[str, float]]:
    """The walk's best entities as (entity id, PageRank score), best first."""
    is_entity = walk.nodes % 2 == 1
    nodes = walk.nodes[is_entity][:limit].tolist()
    scores = walk.scores[is_entity][:limit].tolist()
    ids = cache.node_ids(nodes)
    return [(ids[node], score) for node, score in zip(nodes, scores, strict=True) if node in ids]


def build_subgraph(
    store: GraphStore, cache: NodeCache, seeds: Sequence[str], walk: PageRank, limit: int
) -> Subgraph:
    """The seeds and the walk's best entities, at most `limit` of them, seeds first to stay.

    Entities come best first by PageRank (0 for a seed that the walk left out); triples are
    all with both ends among them, but for those of entities with thousands of triples,
    where the best supported count.
    """
    kept = list(dict.fromkeys(seeds))[:limit]
    ranked = dict(ranked_entities(cache, walk, limit))
    chosen = dict.fromkeys([*kept, *ranked])
    names = sorted(list(chosen)[:limit], key=lambda name: (-ranked.get(name, 0.0), name))
    entities = store.entities(names)
    inside = {entity.id for entity in entities}
    return Subgraph(
        seeds=tuple(seed for seed in kept if seed in inside),
        entities=tuple(entities),
        triples=_triples_among(store, [entity.id for entity in entities], inside),
        scores=tuple(ranked.get(entity.id, 0.0) for entity in entities),
    )


def _triples_among(
    store: GraphStore, entity_ids: Sequence[str], inside: set[str]
) -> tuple[Triple, ...]:
    if not entity_ids:
        return ()
    found = store.triples_of(entity_ids, limit=_TRIPLES_PER_ENTITY * len(entity_ids))
    return tuple(triple for triple in found if {triple.head, triple.tail} <= inside)
