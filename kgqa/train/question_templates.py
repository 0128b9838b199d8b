"""The words of made questions: `question_templates.yaml` as records.

2WikiMultihopQA made its questions from Wikidata triples by templates in the same manner (Ho et
al., "Constructing A Multi-hop QA Dataset for Comprehensive Evaluation of Reasoning Steps",
COLING 2020, section 3); the wordings here are our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgqa.names import name_key
from kgqa.ontology import Ontology
from kgqa.qa.countries import countries
from kgqa.qa.question_words import templates, texts_of

_OF_COUNTRY = frozenset({"P17", "P27", "P495"})


@dataclass(frozen=True, slots=True)
class Phrasing:
    """How one direction of a relation is put; see the head of the YAML file for the parts.

    `answer`: mention types that the answer may have. `kinds`: what the answer is called; more
    than one are the only kinds that it may be.
    """

    ask: tuple[str, ...] = ()
    noun: tuple[str, ...] = ()
    verb: tuple[str, ...] = ()
    ask_year: tuple[str, ...] = ()
    ask_adjective: tuple[str, ...] = ()
    answer: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatePhrasing:
    """Questions for the earlier and for the later of {a} and {b}."""

    first: tuple[str, ...]
    last: tuple[str, ...]


class QuestionTemplates:
    """
    Args:
        ontology: gives the types and, for relations without wording of their own, the labels.
    """

    def __init__(self, ontology: Ontology) -> None:
        content = templates()
        self.ontology = ontology
        self._generic: Mapping[str, Any] = content["generic"]
        self._written: Mapping[str, Any] = content["relations"]
        self._phrasings: dict[tuple[str, bool, str], Phrasing] = {}
        self.dates = _date_phrasings(content["dates"])
        self.role_dates = _date_phrasings(content["role_dates"])
        self.longer_life = tuple(content["lifetimes"]["longer"])
        self.same = {relation: tuple(texts) for relation, texts in content["same"].items()}
        self.role_same = {r: tuple(texts) for r, texts in content["role_same"].items()}
        self.compositions = {
            tuple(entry["path"]): tuple(entry["ask"]) for entry in content["compositions"]
        }
        self.roles: Mapping[str, str] = content["roles"]
        self._countries = countries()
        # The first name after a country is its adjective, unless it has none.
        adjectives = [names[0] for names in content["countries"].values() if names]
        self._adjectives = {name_key(name) for name in (*adjectives, *content["adjectives"])}

    def phrasing(self, relation: str, inverse: bool, answer_type: str) -> Phrasing:
        """Wordings for an answer of that mention type; empty ones where there are none."""
        key = (relation, inverse, answer_type)
        if key not in self._phrasings:
            self._phrasings[key] = self._made(*key)
        return self._phrasings[key]

    def kinds(self, relation: str) -> tuple[str, ...]:
        """The only kinds that a head of the relation may be; empty: any."""
        kinds = texts_of(self._written.get(relation, {}).get("inverse", {}).get("kind"))
        return kinds if len(kinds) > 1 else ()

    def fits(self, relation: str, head_type: str, tail_type: str) -> bool:
        """Whether questions are worded for these two types; the ontology may allow more."""
        written = self._written.get(relation, {})
        tails = written.get("forward", {}).get("answer", (tail_type,))
        heads = written.get("inverse", {}).get("answer", (head_type,))
        return head_type in heads and tail_type in tails

    def country(self, name: str) -> str | None:
        """The country that a name or an adjective ("French") stands for, if it is one."""
        return self._countries.country(name)

    def needs_country(self, relation: str) -> bool:
        """Whether the relation's tail is a country."""
        return relation in _OF_COUNTRY

    def is_adjective(self, name: str) -> bool:
        """Whether the name is that of a country, as an adjective: "French"."""
        return name_key(name) in self._adjectives

    def surely_different(self, one: str, other: str) -> bool:
        """Whether two countries are neither the same nor (once) part of each other."""
        return self._countries.surely_different(one, other)

    def _made(self, relation: str, inverse: bool, answer_type: str) -> Phrasing:
        entry = self.ontology.relation(relation)
        if relation not in self._written:
            return (
                _generic(self._generic, entry.label, inverse, answer_type) if entry else Phrasing()
            )
        written = self._written[relation].get("inverse" if inverse else "forward", {})
        answer = frozenset(written.get("answer", ()))
        if entry is not None and not answer:
            answer = frozenset(entry.head if inverse else entry.tail)
        if answer_type not in answer:
            return Phrasing()
        names = ("ask", "noun", "verb", "ask_year", "ask_adjective")
        parts = {name: texts_of(written.get(name)) for name in names}
        return Phrasing(**parts, answer=answer, kinds=texts_of(written.get("kind")))


def _generic(generic: Mapping[str, Any], label: str, inverse: bool, answer_type: str) -> Phrasing:
    written: Mapping[str, Any] = generic["inverse" if inverse else answer_type]
    noun: Sequence[str] = () if inverse else generic["noun"]
    return Phrasing(
        tuple(text.replace("{label}", label) for text in written["ask"]),
        tuple(text.replace("{label}", label) for text in noun),
        tuple(text.replace("{label}", label) for text in written.get("verb", ())),
        answer=frozenset({answer_type}),
    )


def _date_phrasings(content: Mapping[str, Mapping[str, Iterable[str]]]) -> dict[str, DatePhrasing]:
    return {
        relation: DatePhrasing(tuple(texts["first"]), tuple(texts["last"]))
        for relation, texts in content.items()
    }
