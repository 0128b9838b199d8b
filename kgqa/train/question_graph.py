"""The part of a graph that questions can be made from: facts that one passage states.

A fact is kept if its evidence is confident, its passage is about one of its ends (the title
names it) and names the other, and no other fact contradicts it. A step follows a fact in one
direction; it is *sure* if it leads to one place only, by everything that the graph says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgqa.names import name_key
from kgqa.ontology import Ontology
from kgqa.qa.dates import parse_date
from kgqa.train.question_logic import contradicted, synonyms, targets_by_step
from kgqa.train.question_names import Naming
from kgqa.train.question_templates import QuestionTemplates
from kgqa.train.reading_tasks import TaskPassage, TaskSpan, spans_of
from kgqa.types import Entity, Triple

_DATES = frozenset({"P569", "P570", "P571", "P576", "P577", "P580", "P582", "P585"})


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """A triple and the passage that states it best; `score` in [0, 1]."""

    triple: Triple
    passage_id: str
    score: float


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """From `source` to `target` along a fact, against its direction if `inverse`."""

    source: str
    relation: str
    inverse: bool
    target: str
    fact: Fact

    @classmethod
    def along(cls, fact: Fact, inverse: bool) -> Step:
        """Along a triple, from head to tail or `inverse`."""
        head, relation, tail = fact.triple.head, fact.triple.relation, fact.triple.tail
        source, target = (tail, head) if inverse else (head, tail)
        return cls(source, relation, inverse, target, fact)


@dataclass(frozen=True, slots=True)
class GraphContent:
    """What was read from a store.

    Attributes:
        triples: all of the graph, with or without evidence.
        facts: one for each triple with confident evidence.
        entities, passages: by id; passages of the facts, and others for distractors.
        documents: passage id -> document id.
        mentioned: passage id -> ids of the entities that it names.
        topics: (entity id, document id) of the entities that documents are about.
        naming: what a question may call each entity.
    """

    triples: Sequence[Triple]
    facts: Sequence[Fact]
    entities: Mapping[str, Entity]
    passages: Mapping[str, TaskPassage]
    documents: Mapping[str, str]
    mentioned: Mapping[str, frozenset[str]]
    topics: frozenset[tuple[str, str]]
    naming: Naming


class QuestionGraph:
    """Steps to make questions from, each list sorted, so that a seed decides all.

    Attributes:
        steps_to: entity -> all steps that lead to it.
        sure_to: entity -> those of them that lead to it alone.
        sure_from: (entity, relation, inverse) -> the sure step, if there is one.
    """

    def __init__(
        self, content: GraphContent, templates: QuestionTemplates, ontology: Ontology
    ) -> None:
        self.content = content
        self.entities = content.entities
        self.passages = content.passages
        self.naming = content.naming
        self.templates = templates
        self._countries: dict[str, str | None] = {}
        self._synonyms = synonyms(ontology)
        self._targets = targets_by_step(content.triples)
        refused = contradicted(content.triples)
        self.facts = sorted(
            fact for fact in content.facts if fact.triple not in refused and self._plausible(fact)
        )
        self.steps_to: dict[str, list[Step]] = defaultdict(list)
        self.sure_to: dict[str, list[Step]] = defaultdict(list)
        self.sure_from: dict[tuple[str, str, bool], Step] = {}
        for fact in self.facts:
            for inverse in (False, True):
                step = Step.along(fact, inverse)
                self.steps_to[step.target].append(step)
                if self._is_sure(step):
                    self.sure_to[step.target].append(step)
                    self.sure_from[step.source, step.relation, inverse] = step
        self.passages_of: dict[str, list[str]] = defaultdict(list)
        for passage, entities in sorted(content.mentioned.items()):
            for entity in entities:
                self.passages_of[entity].append(passage)

    def targets(self, source: str, relation: str, inverse: bool) -> frozenset[str]:
        """Everything the step could lead to, by the same relation or one that asks the same."""
        steps = self._synonyms.get((relation, inverse), {(relation, inverse)})
        return frozenset().union(
            *(self._targets.get((source, *step), frozenset()) for step in steps)
        )

    def document_of(self, step: Step) -> str:
        """The id of the document that states the step."""
        return self.content.documents[step.fact.passage_id]

    def is_about(self, entity: str, passage_id: str) -> bool:
        """Whether the passage's document is about the entity."""
        return (entity, self.content.documents[passage_id]) in self.content.topics

    def spans(self, entity: str, passages: Sequence[TaskPassage]) -> tuple[TaskSpan, ...]:
        """All places that name the entity: any of its names, but a single word only where no
        other entity of the passage has that word in a name."""
        own = self.entities[entity]
        names = [own.name, *own.aliases]
        found: list[TaskSpan] = []
        for passage in passages:
            others = {
                word
                for other in self.content.mentioned.get(passage.id, frozenset()) - {entity}
                for name in (self.entities[other].name, *self.entities[other].aliases)
                for word in name_key(name).split()
            }
            sure = [n for n in names if len(n.split()) > 1 or name_key(n) not in others]
            found += spans_of(sure, (passage,), any_case=False)
        return tuple(found)

    def name_of(self, entity: str) -> str:
        """The entity's name."""
        return self.entities[entity].name

    def type_of(self, entity: str) -> str:
        """The entity's type."""
        return self.entities[entity].type

    def country_of(self, entity: str) -> str | None:
        """The country that its name or adjective stands for; None if it is none."""
        if entity not in self._countries:
            self._countries[entity] = self.templates.country(self.name_of(entity))
        return self._countries[entity]

    def _is_sure(self, step: Step) -> bool:
        found = self.targets(step.source, step.relation, step.inverse)
        if len(found) > 1 and not step.inverse and self.templates.needs_country(step.relation):
            # "American" and "the United States" are one answer.
            return (
                len(
                    {
                        self.country_of(target) or target
                        for target in found
                        if target in self.entities
                    }
                )
                == 1
            )
        return len(found) == 1

    def _plausible(self, fact: Fact) -> bool:
        head, relation, tail = fact.triple.head, fact.triple.relation, fact.triple.tail
        if head == tail or not {head, tail} <= self.entities.keys():
            return False
        if not self.templates.fits(relation, self.type_of(head), self.type_of(tail)):
            return False
        about = [end for end in (head, tail) if self.is_about(end, fact.passage_id)]
        if not about or not all(
            end in about or end in self.content.mentioned[fact.passage_id] for end in (head, tail)
        ):
            return False
        if relation in _DATES and parse_date(self.name_of(tail)) is None:
            return False
        if self.templates.needs_country(relation) and self.country_of(tail) is None:
            return False
        kinds, kind = self.templates.kinds(relation), self.naming.kind(head)
        if kinds and kind is not None and kind not in kinds:
            return False
        return self.naming.is_name(self.entities[head]) and self.naming.is_name(self.entities[tail])
