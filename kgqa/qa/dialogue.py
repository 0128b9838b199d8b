"""A dialogue: what earlier turns named, so that the next question can be put in full."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgqa.link.candidates import Seed, seed_entities
from kgqa.names import name_key, without_qualifier
from kgqa.qa.follow_up import standing_alone
from kgqa.qa.follow_up_words import RELATIVES, TYPE_NOUNS
from kgqa.qa.fragments import RELATIVE
from kgqa.qa.past_turns import Antecedent, Gender, Named, PastTurn
from kgqa.qa.question import check_question, question_of
from kgqa.store.base import GraphStore
from kgqa.types import Answer, Entity, Question

_TURNS = 8
"""A pronoun reaches back so far."""
_SURE = 0.4
"""The least score of a seed that counts as a name; below it are common words."""
_READ = 3000
"""Characters of a person's document in which pronouns are counted."""
_CLEAR, _FEWEST = 3, 2
"""One gender's pronouns outnumber the other's so many times, and are so many at least."""
_HE = re.compile(r"\b(?:he|him|his)\b", re.IGNORECASE)
_SHE = re.compile(r"\b(?:she|her|hers)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """`question` is what was asked in full, `said` what the user said."""

    said: str
    question: Question
    answer: Answer


class Dialogue:
    """The turns of one dialogue.

    Args:
        store: knows the entities that questions and answers name.

    Example:
        question = dialogue.resolve("Where was she born?")
        dialogue.add("Where was she born?", question, ask(question, store, models))
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._past: list[PastTurn] = []
        self._genders: dict[str, Gender] = {}
        self.turns: list[Turn] = []

    def resolve(self, said: str) -> Question:
        """The question with pronouns and ellipsis written out.

        Raises:
            QuestionError: it is empty or no Unicode text.
        """
        check_question(said)
        text = " ".join(said.split())
        return question_of(standing_alone(text, self._named(text), self._past))

    def add(self, said: str, question: Question, answer: Answer) -> Turn:
        """Keep what was asked and answered for the questions to come."""
        turn = Turn(said, question, answer)
        self.turns.append(turn)
        named = tuple(self._named(question.text))
        self._past.append(PastTurn(question.text, named, self._answered(question, answer)))
        del self._past[:-_TURNS]
        return turn

    def forget(self) -> None:
        """Start anew."""
        self.turns.clear()
        self._past.clear()

    def _named(self, question: str) -> list[Named]:
        """What the question names, in its order; of namesakes the likeliest."""
        places: dict[tuple[int, int], Seed] = {}
        for seed in seed_entities(self._store, question):
            whole = seed.end - seed.start >= len(question.rstrip("?.! "))
            if seed.score >= _SURE or whole or _fragment(question, seed):
                places.setdefault((seed.start, seed.end), seed)
        named = []
        for _, seed in sorted(places.items()):
            named.append(self._place(question, seed))
            named += _relative(question, named[-1])
        return named

    def _place(self, question: str, seed: Seed) -> Named:
        """A name with its article: `the Analytical Engine`."""
        article = re.search(r"\bthe\s+$", question[: seed.start], re.IGNORECASE)
        start = article.start() if article else seed.start
        antecedent = self._antecedent(seed.entity, seed.surface, "the " if article else "")
        return Named(start, seed.end, antecedent)

    def _antecedent(self, entity: Entity, surface: str, article: str = "") -> Antecedent:
        """By the fuller of its names."""
        name = entity.name if len(entity.name) >= len(surface) else surface
        return Antecedent(article + name, entity.type, self._gender(entity))

    def _answered(self, question: Question, answer: Answer) -> Antecedent | None:
        if answer.text is None or answer.text in ("yes", "no"):
            return None
        supporting = {end for triple in answer.triples for end in (triple.head, triple.tail)}
        found = [one.entity for one in self._store.find_entities([name_key(answer.text)])]
        found.sort(key=lambda entity: entity.id not in supporting)
        if found:
            known = self._antecedent(found[0], answer.text)
            return Antecedent(known.name, known.type, known.gender or _asked_gender(question.text))
        if not answer.text[:1].isupper():
            return None
        return Antecedent(answer.text, _asked_type(question.text), _asked_gender(question.text))

    def _gender(self, entity: Entity) -> Gender:
        """By the pronouns of the document that is about a person."""
        if entity.type != "person":
            return ""
        if entity.id not in self._genders:
            self._genders[entity.id] = _gender_of_text(self._text_about(entity))
        return self._genders[entity.id]

    def _text_about(self, entity: Entity) -> str:
        keys = {name_key(name) for name in (entity.name, *entity.aliases)}
        for document in self._store.documents_of([entity.id]).get(entity.id, ()):
            if name_key(without_qualifier(document.title)) in keys:
                full = self._store.find_documents(document.id)
                return full[0].text[:_READ] if full else ""
        return ""


def _relative(question: str, owner: Named) -> list[Named]:
    """`Marie Curie's husband`, whom a later "he" may mean."""
    following = RELATIVE.match(question[owner.end :])
    if following is None:
        return []
    end = owner.end + following.end()
    gender = RELATIVES[following["role"].casefold()]
    return [Named(owner.start, end, Antecedent(question[owner.start : end], "person", gender))]


def _fragment(question: str, seed: Seed) -> bool:
    """Whether the question is little more than this name: `What about radium?`"""
    rest = f"{question[: seed.start]} {question[seed.end :]}"
    return (
        re.fullmatch(r"\W*(?:and)?\s*(?:(?:what|how) about)?(?: the)?\W*", rest, re.I) is not None
    )


def _gender_of_text(text: str) -> Gender:
    he, she = len(_HE.findall(text)), len(_SHE.findall(text))
    if he >= max(_FEWEST, _CLEAR * she):
        return "he"
    return "she" if she >= max(_FEWEST, _CLEAR * he) else ""


def _asked_type(question: str) -> str:
    """The mention type that the question word asks for."""
    words = re.findall(r"\w+", question.casefold())
    first = words[0] if words else ""
    if first in ("who", "whom"):
        return "person"
    if first == "where":
        return "location"
    asked = re.search(r"\b(?:which|what)\s+(\w+)", question.casefold())
    return TYPE_NOUNS.get(asked[1], ("", ""))[0] if asked else ""


def _asked_gender(question: str) -> Gender:
    """`Who was her husband?` asks for a man."""
    words = re.findall(r"[a-z]+", question.casefold())
    return RELATIVES.get(words[-1], "") if words[:1] == ["who"] else ""
