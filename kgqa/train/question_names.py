"""What a question calls an entity: by a name that only one entity has, or by its title."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from kgqa.names import name_key, without_qualifier
from kgqa.qa.dates import parse_date
from kgqa.types import Entity

_KINDS = (
    "film|movie|documentary|television series|TV series|serial|miniseries|sitcom|episode|song|"
    "single|album|EP|mixtape|soundtrack|novel|short story|poem|book|memoir|biography|play|opera|"
    "musical|ballet|symphony|anthem|comic|manga|magazine|newspaper|journal|video game|band|"
    "company|university|college|school|museum|airport|station|stadium|bridge|church|castle|"
    "city|town|village|municipality|county|district|province|river|lake|mountain|island|"
    "political party|football club|club|record label|newspaper|award|war|battle|language"
)
_OPENING = re.compile(
    rf"\b(?:is|was|are|were) (?:(?:a|an|the|one of the)\b)[^.;]{{0,90}}?\b({_KINDS})\b(?!-)"
)
_OPENING_LENGTH = 300
_LONGEST = 70
_BAD_EDGE = re.compile(r"(?:^[^\w\"'\u2018\u201c(]|\b(?:of|the|and|in|de|von|van|der|by|to)$)")
_SPLIT_HYPHEN = re.compile(r"\w- \w|\w -\w|[()\[\]]$|^\(")


class Naming:
    """
    Args:
        names: (name, entity id) of every name and alias in the graph.
        titles: entity id -> title of the document that is about it; a title that several
            documents have is left out.
        openings: entity id -> how that document begins.
    """

    def __init__(
        self,
        names: Iterable[tuple[str, str]],
        titles: Mapping[str, str],
        openings: Mapping[str, str],
    ) -> None:
        self._bearers: dict[str, set[str]] = defaultdict(set)
        for name, entity in names:
            self._bearers[name_key(name)].add(entity)
        self._titles = titles
        self._kinds = {entity: _kind(opening) for entity, opening in openings.items()}

    def name(self, entity: Entity) -> str | None:
        """What a question may call it; None if nothing tells it from its namesakes."""
        if entity.type == "time":
            return entity.name if parse_date(entity.name) is not None else None
        title = self._titles.get(entity.id)
        if title is not None:
            short = without_qualifier(title)
            alone = short != title and self._bearers[name_key(short)] <= {entity.id}
            return short if alone else title
        if entity.type == "number" or not self.is_name(entity):
            return None
        if entity.type in ("person", "miscellaneous") and len(entity.name.split()) < 2:
            return None
        return entity.name if len(self._bearers[name_key(entity.name)]) == 1 else None

    def kind(self, entity_id: str) -> str | None:
        """As "film", "song", "city" ... as its own document begins; None if it does not tell."""
        return self._kinds.get(entity_id)

    def is_topic(self, entity_id: str) -> bool:
        """Whether a document is about the entity."""
        return entity_id in self._titles

    def is_name(self, entity: Entity) -> bool:
        """Whether its name looks like a whole one, not like a torn piece of text."""
        name = entity.name
        if not 1 < len(name) <= _LONGEST or _BAD_EDGE.search(name) or _SPLIT_HYPHEN.search(name):
            return False
        if entity.type in ("time", "number"):
            return True
        return any(c.isalpha() for c in name) and (name[0].isupper() or not name[0].isalpha())


def _kind(opening: str) -> str | None:
    found = _OPENING.search(opening[:_OPENING_LENGTH])
    return found[1] if found else None
