"""Relations against the ontology's heads and tails: what it does not allow is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kgqa.ontology import Ontology
from kgqa.types import Refusal, RelationMention


class Validator:
    """Collects the relations of one document that its ontology allows."""

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology

    def validate(
        self, relations: Iterable[RelationMention], types: dict[str, str]
    ) -> tuple[tuple[RelationMention, ...], tuple[Refusal, ...]]:
        """The allowed relations in order, and what was refused.

        Args:
            relations: as extracted.
            types: cluster id -> mention type.
        """
        allowed: list[RelationMention] = []
        refused: Counter[tuple[str, str, str]] = Counter()
        for relation in relations:
            head, tail = types[relation.head], types[relation.tail]
            if relation.head != relation.tail and self.ontology.allows(
                head, relation.relation, tail
            ):
                allowed.append(relation)
            else:
                refused[(relation.relation, head, tail)] += 1
        counts = tuple(Refusal(*key, count) for key, count in sorted(refused.items()))
        return tuple(allowed), counts
