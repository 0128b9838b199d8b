"""Keys of nodes: numbers hashed from the graph's name, the kind of node, and its id.

Several graphs live side by side in one database (Community has only one), told apart by
what their keys are hashed with. Names of any length can be looked up: Neo4j's range index
refuses a value of more than about 8 kB, and a number is never that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from kgqa.names import name_key

_BITS = 62
"""Twice a key plus one is still a 64-bit integer (`Edges`' node keys). Two of ten million
nodes meet with probability 1e-5; a constraint refuses the second."""
_NOT_WORD = re.compile(r"[^A-Za-z0-9]+")
_HASH_DIGITS = 8


class Keys:
    """The keys of one graph, and the ontology whose identifiers name its relationship types.

    Args:
        ontology: a YAML file; None takes the packaged one. It is read when a relation is new.
    """

    def __init__(self, graph: str, ontology: Path | None = None) -> None:
        self.ontology = ontology
        self.graph = _number("graph", graph)
        self._entity = _hashed(str(self.graph), "entity")
        self._name = _hashed(str(self.graph), "name")

    def document(self, uid: str) -> int:
        """The uid of a Document node, by its id."""
        return _number(str(self.graph), "document", uid)

    def passage(self, uid: str) -> int:
        """The uid of a Passage node, by its id."""
        return _number(str(self.graph), "passage", uid)

    def cluster(self, uid: str) -> int:
        """The uid of a Cluster node, by its id."""
        return _number(str(self.graph), "cluster", uid)

    def entity(self, uid: str) -> int:
        """The uid of an Entity node, by its id."""
        return self._entity(uid)

    def alias(self, entity: int, name: str) -> int:
        """The uid of an Alias node, by its entity and its name as written."""
        return _number(str(self.graph), "alias", str(entity), name)

    def name(self, key: str) -> int:
        """Of a `name_key`, wherever it is looked up."""
        return self._name(key)

    def text(self, text: str) -> int:
        """Of a source, a file name or a title."""
        return _number(str(self.graph), "text", text)

    def relation(self, relation: str) -> int:
        """The uid of a Relation node, by its id."""
        return _number(str(self.graph), "relation", relation)

    def named(self, name: str) -> int:
        """Of the `name_key` of a name."""
        return self.name(name_key(name))


def _hashed(*first: str) -> Callable[[str], int]:
    """`_number` of the first parts and one more, with the first ones joined once."""
    lengths = ",".join(str(len(part)) for part in first)
    joined = "\x1f".join(first)

    def number(last: str) -> int:
        content = f"{lengths},{len(last)}\x1f{joined}\x1f{last}".encode("utf-8", "surrogatepass")
        return int.from_bytes(sha256(content).digest()[:8], "big") >> (64 - _BITS)

    return number


def _number(*parts: str) -> int:
    return _hashed(*parts[:-1])(parts[-1])


def type_label(mention_type: str) -> str:
    """The label that entities of a type bear beside `Entity`: ASCII words in camel case.

    >>> type_label("work of art"), type_label("entity"), type_label("")
    ('WorkOfArt', 'EntityType', 'Untyped')
    """
    words = [word for word in _NOT_WORD.split(mention_type) if word]
    label = "".join(word[:1].upper() + word[1:] for word in words)[:100]
    if not label:
        return "Untyped"
    return f"{label}Type" if label in _OWN_LABELS or label[0].isdigit() else label


_OWN_LABELS = frozenset(
    ("Graph", "Document", "Passage", "Cluster", "Surface", "Entity", "Alias", "Relation", "Pending")
)


def relationship_type(relation: str, taken: frozenset[str] | set[str]) -> str:
    """A relationship type for a relation that the ontology does not have: its ASCII words in
    capitals, joined by underscores, and a hash where nothing is left or the type is taken.

    >>> relationship_type("born in", set()), relationship_type("born in", {"BORN_IN"})
    ('BORN_IN', 'BORN_IN_21AA1F2C')
    """
    words = "_".join(word.upper() for word in _NOT_WORD.split(relation) if word)[:100]
    plain = f"R_{words}" if words[:1].isdigit() else words
    if plain and plain not in taken:
        return plain
    digest = sha256(relation.encode("utf-8", "surrogatepass")).hexdigest()
    return "_".join(part for part in (plain or "R", digest[:_HASH_DIGITS].upper()) if part)
