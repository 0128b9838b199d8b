"""What a question compares two named things by, read from its words.

"Which film has the director who was born first, A or B?" asks for the earlier of two dates of
birth, those of the two directors: one step to who stands behind each thing, a question for
each of the two, and a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kgqa.ontology import Ontology
from kgqa.qa.compared_names import ComparedNames
from kgqa.qa.comparison import Comparison, ValueKind
from kgqa.qa.comparison_words import Rule, comparison_words
from kgqa.qa.countries import countries
from kgqa.qa.question_paths import Hop
from kgqa.qa.question_words import Followed, question_words

_WHETHER = re.compile(r"(?:is|are|was|were|do|does|did|have|has|had|can)\b")
_PERSON = re.compile(r"\b(?:who|whose|whom)\b")
_ONE_OF = re.compile(
    r"\b(?:which|what|who (?:is|was) the)"
    r"(?: (?!has\b|have\b|had\b|with\b|whose\b|of\b)[a-z]+){0,3} $"
)
"""Before a role's noun: it says what the two are, as in "Which director was born first?"."""
_OWNED = re.compile(r"^who\b.*(?:\bof (?:the )?(?:[a-z]+ )?\{a\}|\{a\}['\u2019]s)")
"""The role belongs to the first name and is asked for."""
_DATE_OF_BIRTH, _DATE_OF_DEATH, _IN_COUNTRY = "P569", "P570", "P17"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question around its names.

    Attributes:
        rest: folded, with {a} and {b} for the names.
        joint: what joins the names.
        types: mention types of what the value is asked of.
        role: the step from the names to it.
    """

    rest: str
    joint: str
    types: frozenset[str]
    role: tuple[Hop, ...]

    @property
    def whether(self) -> bool:
        """The question starts like one for yes or no."""
        return _WHETHER.match(self.rest) is not None


class ComparisonParser:
    """
    Args:
        ontology: a role must fit the types of what is compared.
    """

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._words = comparison_words()

    def parse(self, question: str, names: ComparedNames) -> Comparison | None:
        """What the question compares the two by; None if it does not, or not in known words."""
        rest = _around(question, names).casefold()
        types = self._types(rest, names)
        role = self._role(rest, types)
        if role:
            relation = self._ontology.relation(role[0].step.relation)
            types = frozenset(relation.tail) if relation else types
        asked = _Asked(rest, names.joint, types, role)
        if asked.whether and self._words.same.search(rest):
            return self._same(asked)
        if asked.whether and re.search(r"\bboth\b", rest):
            return self._both(asked, _around(question, names))
        ordered = self._life(asked) or self._dates(asked) or self._number(asked)
        if ordered is None or asked.joint in ("and", "or"):
            return ordered
        return replace(ordered, verdict=True) if asked.whether else None

    def _types(self, rest: str, names: ComparedNames) -> frozenset[str]:
        """By the words for what the two are, else by the entities of those names."""
        one, other = (
            frozenset(entity.type for entity in name.entities)
            for name in (names.first, names.second)
        )
        known = (one & other) or (one | other)
        if any(re.search(rf"\b{kind}s?\b", rest) for kind in question_words().kinds - {"person"}):
            return frozenset({"miscellaneous"})
        if _PERSON.search(rest) and "person" in known:
            return frozenset({"person"})
        return known

    def _role(self, rest: str, types: frozenset[str]) -> tuple[Hop, ...]:
        """The step to the person behind each thing: "has the director", "whose director"."""
        for found in self._words.role.finditer(rest):
            step = self._words.role_of[found[1]]
            relation = self._ontology.relation(step.relation)
            fits = relation and "person" in relation.tail and types & set(relation.head)
            one_of = _ONE_OF.search(rest[: found.start()])
            if fits and (not one_of or rest[found.end() :].startswith((" of", "s of"))):
                return (self._ask(step.relation),)
        return ()

    def _life(self, asked: _Asked) -> Comparison | None:
        for rule, pattern in self._words.lives.items():
            if pattern.search(asked.rest):
                dates = (self._ask(_DATE_OF_BIRTH), self._ask(_DATE_OF_DEATH))
                return self._ordered(asked, rule, "life", dates)
        return None

    def _dates(self, asked: _Asked) -> Comparison | None:
        order = self._words.order(asked.rest)
        if order is None:
            return None
        rule, word = order
        date = self._date(asked.rest) or self._age(asked, word)
        return self._ordered(asked, rule, "date", (date,)) if date else None

    def _date(self, rest: str) -> Hop | None:
        """The question for the date that the words name."""
        for relation, pattern in self._words.dates.items():
            found = pattern.search(rest)
            if found is not None and found[0] in self._words.participles:
                return Hop(Followed(relation), f"When was {{x}} {found[0]}?")
            if found is not None:
                return self._ask(relation)
        return None

    def _age(self, asked: _Asked, word: str) -> Hop | None:
        """The question for how old something is, by what it is."""
        if word not in self._words.ages and not self._words.bare.search(asked.rest):
            return None
        relation = _by_type(asked.types, self._words.age_relations)
        return self._ask(relation) if relation else None

    def _number(self, asked: _Asked) -> Comparison | None:
        for rule in self._words.counts:
            if found := self._words.counts[rule].search(asked.rest):
                has = f"has {{x}} {found[1]}" if found[1] else "does {x} have"
                text = f"How many {found[2]} {has}?"
            elif found := self._words.sizes[rule].search(asked.rest):
                text = f"What is the {found[1]} of {{x}}?"
            elif found := self._words.adjectives[rule].search(asked.rest):
                text = f"How {self._words.measured[found[1]]} is {{x}}?"
            else:
                continue
            counted = self._words.role.search(text)  # "has more characters" asks for no person
            about = replace(asked, role=()) if counted else asked
            return self._ordered(about, rule, "number", (Hop(Followed(""), text),))
        return None

    def _ordered(
        self, asked: _Asked, rule: Rule, kind: ValueKind, hops: tuple[Hop, ...]
    ) -> Comparison:
        names_role = bool(asked.role) and _OWNED.search(asked.rest) is not None
        return Comparison(rule, kind, asked.role, hops, names_role=names_role)

    def _same(self, asked: _Asked) -> Comparison | None:
        if self._words.country.search(asked.rest):
            country = self._country(asked)
            if country is None:
                return None
            return Comparison("same", "country", asked.role, (country,), True)
        found = self._words.same_thing.search(asked.rest)
        noun = found[1] if found else ""
        if noun in ("year", "day", "date"):
            date = self._date(asked.rest)
            kind: ValueKind = "year" if noun == "year" else "date"
            return Comparison("same", kind, asked.role, (date,), True) if date else None
        shared = self._shared(asked, noun)
        if shared is None:
            return None
        return Comparison("same", "name", asked.role, (self._ask(shared),), True)

    def _both(self, asked: _Asked, rest: str) -> Comparison | None:
        """One country that both should have: "Are A and B both from France?"."""
        if self._words.role.search(asked.rest.partition("{b}")[2]):
            return None  # "both American authors": what they are, nobody behind them
        named = list(countries().named_in(rest))
        country = self._country(asked)
        if len(named) != 1 or country is None:
            return None
        more = bool(rest[named[0].end :].strip(" ?.,"))
        one = named[0].country
        return Comparison("same", "country", asked.role, (country,), True, one, more)

    def _country(self, asked: _Asked) -> Hop | None:
        if self._words.placed.search(asked.rest) and "person" not in asked.types:
            return self._ask(_IN_COUNTRY)
        relation = _by_type(asked.types, self._words.country_relations)
        return self._ask(relation) if relation else None

    def _shared(self, asked: _Asked, noun: str) -> str | None:
        """The relation to what the two may share: a director, a place of birth, a genre."""
        if noun in self._words.place_words:
            verb = self._words.place_verb.search(asked.rest)
            by_type = _by_type(asked.types, self._words.place_relations)
            return self._words.places[verb[0]] if verb else by_type
        if verb := self._words.by_same.search(asked.rest):
            return self._words.verbs[verb[1]]
        step = self._words.relation_of(noun)
        return step.relation if step else None

    def _ask(self, relation: str) -> Hop:
        step = Followed(relation)
        return Hop(step, question_words().question(step) or "What is {x}?")


def _around(question: str, names: ComparedNames) -> str:
    """The question with {a} and {b} for its names."""
    first, second = names.first, names.second
    between = question[first.end : second.start]
    text = f"{question[: first.start]}{{a}}{between}{{b}}{question[second.end :]}"
    return " ".join(text.split())


def _by_type(types: frozenset[str], relations: Mapping[str, str]) -> str | None:
    """The relation of the first of the table's types that the things may have."""
    return next((relation for kind, relation in relations.items() if kind in types), None)
