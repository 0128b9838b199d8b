"""What speaks for the names that a hop may lead to.

    p(name) = 1 - (1 - p_graph)(1 - p_text)

p_graph is the best score of a triple that leads there, p_text the reader's calibrated
probability for the best place that names it, less what speaks against that place. The factors
were set by hand on 121 questions of 2wiki's training part; no search for better ones was made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kgqa.names import name_key
from kgqa.qa.calibration import Calibration
from kgqa.qa.hop_passages import ABOUT, MENTIONS, NEITHER, HopPassage
from kgqa.types import AnswerSpan, Entity, Evidence, ScoredPassage, Triple

TRUST = {ABOUT: 1.0, MENTIONS: 0.7, NEITHER: 0.3}
"""What a reading keeps of its probability by how the passage stands to the name asked about."""
EXTRACTED = 0.7
"""What an extracted triple keeps of its score."""
SURE = 0.7
"""A probability at which one more passage is not read. On 260 questions of 2wiki's training part
F1 stays 69.69; with 0.6 it is 69.26, and that is one answer in 260."""
_WRONG_TYPE, _OTHER_RELATION = 0.3, 0.4
_MOST_SPANS = 4
_BORN, _DIED = "P569", "P570"
_LIFE = re.compile(r"(.*\d.*?)\s*[\u2013\u2014-]\s*(.*\d.*)")
_DIGIT = re.compile(r"\d")


@dataclass(slots=True)
class Vote:
    """What speaks for one name; `graph` and `text` in [0, 1]."""

    name: str
    graph: float = 0.0
    text: float = 0.0
    entity: str | None = None
    evidence: dict[Triple, Evidence | None] = field(default_factory=dict)
    passages: tuple[ScoredPassage, ...] = ()
    spans: tuple[AnswerSpan, ...] = ()

    @property
    def score(self) -> float:
        """In [0, 1]."""
        return 1 - (1 - self.graph) * (1 - self.text)


class Votes:
    """
    Args:
        relation: of the hop.
        types: mention types that it may lead to.
        before: keys of names that it may not lead back to.
        related: ids of all that the graph joins to where the hop starts: if by another
            relation only, that speaks against one.
    """

    def __init__(
        self, relation: str, types: frozenset[str], before: frozenset[str], related: frozenset[str]
    ) -> None:
        self._relation, self._types = relation, types
        self._before, self._related = before, related
        self._votes: dict[str, Vote] = {}

    def all(self) -> list[Vote]:
        """The votes, in the order in which their names were first found."""
        return list(self._votes.values())

    def is_sure(self, tie: int) -> bool:
        """Whether a passage about the name has said enough that another need not be read.

        Args:
            tie: of the passage that was read.
        """
        return tie == ABOUT and max((v.score for v in self._votes.values()), default=0.0) >= SURE

    def add_triple(self, triple: Triple, end: Entity, evidence: Evidence | None) -> None:
        """The graph's: a triple that leads to `end`; without evidence it was given."""
        if name_key(end.name) in self._before:
            return
        vote = self._votes.setdefault(end.id, Vote(end.name, entity=end.id))
        vote.evidence[triple] = evidence
        vote.graph = max(vote.graph, 1.0 if evidence is None else EXTRACTED * evidence.score)

    def add_reading(
        self, read: HopPassage, margins: Mapping[tuple[int, int], float], calibration: Calibration
    ) -> None:
        """The text's: the best of the spans that one passage was read for.

        Args:
            margins: span of the passage's text -> the reader's margin.
        """
        for span, margin in sorted(margins.items(), key=lambda one: -one[1])[:_MOST_SPANS]:
            score = calibration.score(margin) * TRUST[read.tie]
            self._add_span(read, span, score)

    def _add_span(self, read: HopPassage, span: tuple[int, int], score: float) -> None:
        passage = read.passage.passage
        whole = passage.text[span[0] : span[1]]
        entity = read.names.get(span) or _of_surname(whole, read)
        first, last = _one_date(whole, self._relation)
        text = whole[first:last]
        keys = {name_key(text)} | ({name_key(entity.name)} if entity else set())
        if not text.strip() or keys & self._before:
            return
        if not self._fits(text, entity):
            score *= _WRONG_TYPE
        key = f"text {name_key(text)}" if entity is None else entity.id
        if key not in self._votes and key in self._related:
            score *= _OTHER_RELATION
        vote = self._votes.setdefault(key, Vote(text, entity=entity.id if entity else None))
        if score > vote.text:
            vote.text, vote.name, vote.passages = score, text, (read.passage,)
            start = passage.start + span[0] + first
            end = start + len(text)
            vote.spans = (AnswerSpan(passage.id, read.passage.source, start, end, text),)

    def _fits(self, text: str, entity: Entity | None) -> bool:
        """Whether a span may be of the types: an unknown name may be anything but a person."""
        if "time" in self._types:
            return _DIGIT.search(text) is not None
        if entity is not None:
            return entity.type in self._types
        return "person" not in self._types and (
            "number" in self._types or _DIGIT.search(text) is None
        )


def _of_surname(text: str, read: HopPassage) -> Entity | None:
    """The one person of the passage whose last name the text is: "directed by O'Connor"."""
    ending = f" {_plain(text)}"
    found = {
        entity.id: entity
        for entity in read.names.values()
        if entity.type == "person" and _plain(entity.name).endswith(ending)
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _plain(name: str) -> str:
    return name_key(name).replace("\u2019", "'")


def _one_date(text: str, relation: str) -> tuple[int, int]:
    """The characters of the birth or the death in "1817 - 1904"; of other texts, all."""
    found = _LIFE.fullmatch(text)
    if found is None or relation not in (_BORN, _DIED):
        return 0, len(text)
    return found.span(1) if relation == _BORN else found.span(2)
