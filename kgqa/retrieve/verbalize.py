"""Triples as short English text, which is how a language model or a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kgqa.documents.relation_words import relation_words
from kgqa.types import Subgraph, Triple

if TYPE_CHECKING:
    from kgqa.ontology import Ontology


class Verbalizer:
    """Writes `Marie Curie, place of birth, Warsaw` for (Q7186, P19, Q270).

    A relation that the ontology does not have (an imported one) is put into words.
    """

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology

    def relation(self, relation_id: str) -> str:
        """The relation's label."""
        known = self._ontology.relation(relation_id)
        return known.label if known else relation_words(relation_id)

    def triple(self, triple: Triple, names: Mapping[str, str]) -> str:
        """One triple as text.

        Args:
            names: entity id -> name; an id without one stands for itself.
        """
        head, tail = names.get(triple.head, triple.head), names.get(triple.tail, triple.tail)
        return f"{head}, {self.relation(triple.relation)}, {tail}"

    def subgraph(self, subgraph: Subgraph) -> list[str]:
        """Each triple of a subgraph as text, in its order."""
        names = {entity.id: entity.name for entity in subgraph.entities}
        return [self.triple(triple, names) for triple in subgraph.triples]
