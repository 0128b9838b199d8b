"""One step from names to names, along a relation: the graph and the text together.

The graph answers with the triples it has; where extraction missed one, the passages about the
name are read with a question for that step alone (`hop_votes` weighs the two).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgqa.names import name_key, without_qualifier
from kgqa.ontology import Ontology
from kgqa.qa.hop_passages import MOST_PASSAGES, HopPassage, hop_passages
from kgqa.qa.hop_votes import Vote, Votes
from kgqa.qa.question_paths import Hop
from kgqa.qa.question_words import Followed
from kgqa.qa.reader import Reader
from kgqa.qa.span_scores import span_margins
from kgqa.qa.windows import Reading, ReadText
from kgqa.store.base import GraphStore
from kgqa.types import AnswerSpan, Entity, Evidence, ScoredPassage, Triple

BEAM = 2
"""How many names a step keeps."""
_MOST_NAMESAKES, _MOST_TRIPLES = 4, 200


@dataclass(frozen=True, slots=True)
class Reached:
    """A name that the hops so far lead to.

    Attributes:
        entities: ids that the name may stand for; empty for a name that only texts have.
        score: the product over the hops, in [0, 1].
        before: keys of the names on the way, which no later hop may lead back to.
        triples, evidence, passages: of all hops, in their order.
        spans: where the last name is read.
    """

    name: str
    entities: tuple[str, ...]
    score: float
    before: frozenset[str]
    triples: tuple[Triple, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    passages: tuple[ScoredPassage, ...] = ()
    spans: tuple[AnswerSpan, ...] = ()

    def next(self, vote: Vote) -> Reached:
        """The way to here, and one hop on."""
        stated = [one for one in vote.evidence.values() if one is not None]
        return Reached(
            vote.name,
            () if vote.entity is None else (vote.entity,),
            self.score * vote.score,
            self.before | {name_key(vote.name)},
            (*self.triples, *vote.evidence),
            (*self.evidence, *stated),
            (*self.passages, *vote.passages),
            vote.spans,
        )


class HopSteps:
    """
    Args:
        reader: reads one step's question in one passage at a time.
        ontology: tells what a relation may lead to, and which say the same the other way.
    """

    def __init__(self, reader: Reader, ontology: Ontology) -> None:
        self.reader = reader
        self._ontology = ontology

    def step(
        self, hop: Hop, store: GraphStore, starts: Sequence[Reached], most: int = BEAM
    ) -> list[Reached]:
        """The best names, at most `most`, that one hop leads to from any of the starts.

        Args:
            starts: best first. Where one name is wanted, those are not read that cannot lead
                to a better one: no hop makes a way surer than its start.
        """
        reached: list[Reached] = []
        for group in [starts] if most > 1 else [[start] for start in starts]:
            if reached and reached[0].score >= group[0].score:
                break
            reached += [one for found in self._from(hop, store, group) for one in found]
            reached = _best(reached, most)
        return reached

    def step_sides(
        self, hop: Hop, store: GraphStore, sides: Sequence[Sequence[Reached]], most: int = BEAM
    ) -> list[list[Reached]]:
        """`step` from several sets of starts, read in the same passes."""
        found = iter(self._from(hop, store, [start for side in sides for start in side]))
        return [_best([one for _ in side for one in next(found)], most) for side in sides]

    def _from(self, hop: Hop, store: GraphStore, starts: Sequence[Reached]) -> list[list[Reached]]:
        """For each start the names that one hop leads to, all read in as few passes as may be.

        A start's second passage is read only where its first leaves doubt.
        """
        asked = [hop.question.replace("{x}", start.name) for start in starts]
        found = [
            hop_passages(store, start.name, start.entities, text)
            for start, text in zip(starts, asked, strict=True)
        ]
        types = self._types(hop.step)
        votes = [self._voted(hop.step, start, types, store) for start in starts]
        for rank in range(MOST_PASSAGES):
            due = [
                i
                for i, passages in enumerate(found)
                if len(passages) > rank and not (rank and votes[i].is_sure(passages[0].tie))
            ]
            read = self._margins([(asked[i], found[i][rank]) for i in due], types)
            for i, margins in zip(due, read, strict=True):
                votes[i].add_reading(found[i][rank], margins, self.reader.calibration)
        return [
            [start.next(vote) for vote in one.all()]
            for start, one in zip(starts, votes, strict=True)
        ]

    def _voted(
        self, step: Followed, start: Reached, types: frozenset[str], store: GraphStore
    ) -> Votes:
        """What the graph says."""
        triples = triples_around(start, store)
        related = frozenset(end for t in triples for end in (t.head, t.tail))
        votes = Votes(step.relation, types, start.before, related)
        for triple, end, evidence in self.stated(step, start, triples, store):
            votes.add_triple(triple, end, evidence)
        return votes

    def _margins(
        self, asked: Sequence[tuple[str, HopPassage]], types: frozenset[str]
    ) -> list[dict[tuple[int, int], float]]:
        """For each passage the reader's margins of its names of the types, and of its best span."""
        readings = [
            Reading(text, (ReadText(one.passage.passage.text, one.passage.title),))
            for text, one in asked
        ]
        spans = [one.of_types(types) for _, one in asked]
        return span_margins(self.reader.model, self.reader.backbone, readings, spans)

    def stated(
        self, step: Followed, start: Reached, triples: Sequence[Triple], store: GraphStore
    ) -> Iterator[tuple[Triple, Entity, Evidence | None]]:
        """The triples that the step follows, each with where it leads and its best evidence,
        None if it is given.

        Args:
            triples: as `triples_around` gives them for the start.
        """
        ends = dict(self._ends(step, start, triples))
        best: dict[Triple, Evidence] = {}
        for evidence in store.evidence_of(list(ends)):
            best.setdefault(evidence.triple, evidence)
        known = {one.id: one for one in store.entities(list(dict.fromkeys(ends.values())))}
        for triple, end in ends.items():
            if end in known:
                yield triple, known[end], best.get(triple)

    def _ends(
        self, step: Followed, start: Reached, triples: Sequence[Triple]
    ) -> Iterator[tuple[Triple, str]]:
        """The triples that the step follows, each with the id where it leads."""
        relation = self._ontology.relation(step.relation)
        ways = {(step.relation, step.inverse)}
        if relation is not None and relation.symmetric:
            ways.add((step.relation, not step.inverse))
        if relation is not None and relation.inverse is not None:
            ways.add((relation.inverse, not step.inverse))
        for triple in triples:
            if (triple.relation, False) in ways and triple.head in start.entities:
                yield triple, triple.tail
            elif (triple.relation, True) in ways and triple.tail in start.entities:
                yield triple, triple.head

    def _types(self, step: Followed) -> frozenset[str]:
        """The mention types that the step may lead to."""
        relation = self._ontology.relation(step.relation)
        if relation is None:
            return frozenset()
        return frozenset(relation.head if step.inverse else relation.tail)


def _best(reached: Sequence[Reached], most: int) -> list[Reached]:
    return sorted(reached, key=lambda one: -one.score)[:most]


def triples_around(thing: Reached, store: GraphStore) -> Sequence[Triple]:
    """The triples of the entities that a name may stand for."""
    return store.triples_of(thing.entities, _MOST_TRIPLES) if thing.entities else ()


def start_of(name: str, entities: Sequence[Entity], store: GraphStore) -> Reached:
    """The name that a path begins from, with the namesakes that it may stand for.

    Args:
        name: as the question has it.
        entities: of that name, the most used first.
    """
    topics = _titled(store, entities[:_MOST_NAMESAKES], name)
    before = {name_key(form) for topic in topics for form in (topic.name, *topic.aliases)}
    before |= {name_key(name), name_key(without_qualifier(name))}
    return Reached(name, tuple(topic.id for topic in topics), 1.0, frozenset(before))


def _titled(store: GraphStore, topics: Sequence[Entity], name: str) -> Sequence[Entity]:
    """Of namesakes, those in a document with that very title, if there are any."""
    if len(topics) < 2:
        return topics
    documents, key = store.documents_of([topic.id for topic in topics]), name_key(name)
    return [
        topic
        for topic in topics
        if any(name_key(document.title) == key for document in documents.get(topic.id, ()))
    ] or topics
