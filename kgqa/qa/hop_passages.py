"""What a hop reads: the passages about a name, and the names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgqa.names import name_key, without_qualifier
from kgqa.store.base import GraphStore
from kgqa.types import Entity, Passage, ScoredPassage

ABOUT, MENTIONS, NEITHER = 2, 1, 0
"""How a passage stands to a name; the first two are the store's weights of such edges."""
MOST_PASSAGES = 2
"""How many are found for a name."""
_MOST_MATCHES, _LOOKED_AT = 30, 12
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class HopPassage:
    """A passage to read.

    Attributes:
        tie: ABOUT, MENTIONS or NEITHER.
        names: half-open characters of its text -> the entity that they name.
    """

    passage: ScoredPassage
    tie: int
    names: dict[tuple[int, int], Entity]

    def of_types(self, types: frozenset[str]) -> list[tuple[int, int]]:
        """The names of entities of these mention types."""
        return [span for span, entity in self.names.items() if entity.type in types]


def hop_passages(
    store: GraphStore, name: str, entities: Sequence[str], asked: str
) -> list[HopPassage]:
    """At most two passages: of documents about the name first, then those that mention it,
    then others; of equal ones those that the question finds first.

    Args:
        entities: ids that the name may stand for.
        asked: the hop's question.
    """
    matches = dict(store.search_text(asked, _MOST_MATCHES))
    ties = _ties(store, entities)
    ranked = sorted(
        dict.fromkeys([*ties, *matches]),
        key=lambda one: (-ties.get(one, NEITHER), -matches.get(one, 0.0), one),
    )
    looked_at = store.passages(ranked[:_LOOKED_AT])
    titled = _titled(name, [found.title for found in looked_at])
    tied = [
        (ABOUT if found.title in titled else ties.get(found.passage.id, NEITHER), found)
        for found in looked_at
    ]
    tied.sort(key=lambda one: (-one[0], one[1].title not in titled))
    chosen = tied[:MOST_PASSAGES]
    names = _names(store, [found.passage for _, found in chosen])
    return [HopPassage(found, tie, own) for (tie, found), own in zip(chosen, names, strict=True)]


def _ties(store: GraphStore, entities: Sequence[str]) -> dict[str, int]:
    """Passage id -> ABOUT or MENTIONS."""
    if not entities:
        return {}
    edges = store.edges(list(store.node_keys(entity_ids=entities).values()))
    weights: dict[int, int] = {}
    for target, weight in zip(edges.targets.tolist(), edges.weights.tolist(), strict=True):
        if target % 2 == 0:
            weights[target] = max(min(int(weight), ABOUT), weights.get(target, NEITHER))
    ids = store.node_ids(list(weights))
    return {ids[node]: weight for node, weight in weights.items() if node in ids}


def _titled(name: str, titles: Sequence[str]) -> frozenset[str]:
    """The titles that are the name; without any those that are but for a qualifier, a part."""
    key, short = name_key(name), name_key(without_qualifier(name))
    exact = frozenset(title for title in titles if name_key(title) == key)
    return exact or frozenset(title for title in titles if _same_name(short, title))


def _same_name(key: str, title: str) -> bool:
    """Whether a title is the name, or one of the two has all words of the other, at least two:
    "Enriqueta Pinto" and "Enriqueta Pinto Garmendia"."""
    other = name_key(without_qualifier(title))
    if key == other:
        return True
    short, long = sorted((set(_WORD.findall(key)), set(_WORD.findall(other))), key=len)
    return len(short) > 1 and short <= long


def _names(store: GraphStore, passages: Sequence[Passage]) -> list[dict[tuple[int, int], Entity]]:
    """Where each passage names the entities that it mentions, by name or alias, whole words."""
    mentioned = store.entities_of([passage.id for passage in passages])
    ids = dict.fromkeys(one for passage in passages for one in mentioned.get(passage.id, ()))
    known = {entity.id: entity for entity in store.entities(list(ids))}
    found = []
    for passage in passages:
        spans: dict[tuple[int, int], Entity] = {}
        for entity in (known[one] for one in mentioned.get(passage.id, ()) if one in known):
            for name in dict.fromkeys((entity.name, *entity.aliases)):
                for span in _whole_words(name, passage.text) if len(name) > 1 else ():
                    spans.setdefault(span, entity)
        found.append(spans)
    return found


def _whole_words(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a text has a name, not as a part of a longer word. A pattern for each of a
    passage's names would take ten times as long to compile as to find."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if _is_edge(text[start - 1 : start]) and _is_edge(text[end : end + 1]):
            yield start, end
            start = text.find(name, end)
        else:
            start = text.find(name, start + 1)


def _is_edge(character: str) -> bool:
    """Whether a name may end beside it; empty at either end of the text."""
    return not (character.isalnum() or character == "_")
